"""Every performance figure of the README: `python -m bench NAME`."""

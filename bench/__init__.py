"""Every performance figure of docs/FIGURES.md: `python -m bench NAME`."""

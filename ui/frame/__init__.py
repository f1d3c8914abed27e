"""What every page begins and ends with."""

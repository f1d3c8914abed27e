"""The sections of the page Class."""

"""The Pixels page."""

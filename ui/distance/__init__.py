"""The Distance page."""

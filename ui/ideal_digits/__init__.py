"""The Ideal digits page."""

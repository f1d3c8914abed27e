"""The Learning rates page."""

"""Widgets, charts and pictures that more than one page uses."""

"""The Gradient descent page."""

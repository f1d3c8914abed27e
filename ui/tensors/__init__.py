"""The Tensors page."""

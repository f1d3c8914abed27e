"""Gradient descent on digits: one step, one epoch, a run."""

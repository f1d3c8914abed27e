"""Many learning rates at once: the sweep, the LR range test, the loss landscape, the verdicts, the edge of learning."""

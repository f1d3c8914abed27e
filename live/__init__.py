"""The machinery that computes for many learners at once: worker processes, and work in short chunks."""

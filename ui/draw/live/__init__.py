"""What moves on the Draw page while a pen is on the paper: the verdicts, and what carries strokes to them."""

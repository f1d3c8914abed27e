"""What of the Draw page acts at once: the verdicts, a push, and the pixels that change a mind."""

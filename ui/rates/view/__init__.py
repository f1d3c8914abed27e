"""The view of a sweep: its curves, the U of rate against final loss, and the rates that a person looks at."""

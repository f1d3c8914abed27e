"""What the Learning rates page has computed by many workers at once."""

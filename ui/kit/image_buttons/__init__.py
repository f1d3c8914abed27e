"""Images that are buttons."""

"""Settings and how a link carries them, and the names of what a session remembers besides."""

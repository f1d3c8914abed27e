"""Settings, session keys, and how a link carries them."""

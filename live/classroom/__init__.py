"""A class: who is in it, and what they hand in. Kept in a database, so that it outlasts the server."""

"""What the Makefile needs beside the app."""

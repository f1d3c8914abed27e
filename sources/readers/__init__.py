"""Readers of what people bring: zip files, folders, IDX files and pictures, none of which is trusted."""

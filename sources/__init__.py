"""Where digits come from: each source puts them into a folder that core/dataset.py reads."""

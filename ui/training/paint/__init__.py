"""The part of Training in which a person paints weights by hand."""

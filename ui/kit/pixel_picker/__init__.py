"""A picture in which pixels are picked, and that can be cropped."""

"""What every page has of a class: the strip at its top, "Hand in", and the answers that are counted."""

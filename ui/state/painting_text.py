"""Painted weights as a short text for a link."""

import numpy as np

from core.dataset import SIDE
from ui.state.drawing_text import parse_pixels, write_pixels

STRONG = 2  # the strongest colour; -STRONG is the other, 0 is none


def write_painting(painting: np.ndarray) -> str:
    """Write painted weights as text: (28, 28) int8 from -STRONG to STRONG. An empty picture is an empty text."""
    return write_pixels((painting + STRONG).astype(np.uint8)) if painting.any() else ""


def parse_painting(text: str) -> np.ndarray:
    """Read painted weights from their text: (28, 28) int8. Raises ValueError if it is no such text."""
    if not text:
        return np.zeros((SIDE, SIDE), np.int8)
    painting = parse_pixels(text)
    if painting.max() > 2 * STRONG:
        raise ValueError("This is no painting.")
    return painting.astype(np.int8) - STRONG

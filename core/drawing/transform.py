"""Move, scale, turn and thicken a digit that is already normalised to 28 x 28 pixels."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from PIL import Image, ImageFilter

FINE = 4  # fine pixels along each edge of a pixel: all is computed at this resolution


@dataclass(frozen=True)
class Adjustment:
    """How to change a digit; the default changes nothing."""

    right: float = 0.0  # pixels
    down: float = 0.0  # pixels
    scale: float = 1.0  # factor, above 0, about the middle
    turn: float = 0.0  # degrees, clockwise, about the middle
    thicker: int = 0  # half pixels added to the width of each stroke; thinner if negative


UNCHANGED = Adjustment()


def adjust(digit: np.ndarray, by: Adjustment) -> np.ndarray:
    """Thicken a digit, then scale and turn it about the middle, then move it; ink that leaves the field is cut off.

    digit: (28, 28) uint8, 0 is paper and 255 is ink. Returns the same shape and type.
    """
    if by == UNCHANGED:
        return digit
    height, width = digit.shape
    fine = Image.fromarray(digit).resize((width * FINE, height * FINE), Image.Resampling.BICUBIC)
    if by.thicker:
        grow = ImageFilter.MaxFilter if by.thicker > 0 else ImageFilter.MinFilter
        fine = fine.filter(grow(2 * abs(by.thicker) + 1))  # one fine pixel on each side is half a pixel in all
    # Pillow needs the inverse map, from each place of the result to its origin.
    middle_x, middle_y = fine.width / 2, fine.height / 2
    cosine, sine = cos(radians(by.turn)) / by.scale, sin(radians(by.turn)) / by.scale
    x, y = middle_x + by.right * FINE, middle_y + by.down * FINE  # where the middle goes
    inverse = (cosine, sine, middle_x - cosine * x - sine * y, -sine, cosine, middle_y + sine * x - cosine * y)
    moved = fine.transform(fine.size, Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC)
    return np.asarray(moved.resize((width, height), Image.Resampling.BOX))

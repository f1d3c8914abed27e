"""Bring a drawing to 28 x 28 pixels, as the makers of MNIST did with their scans.

Ink is found, cropped, scaled so that its longest side is 20 pixels, and laid into 28 x 28 with its
centre of mass in the middle: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to
document recognition", Proceedings of the IEEE 86 (1998), section III.A. Each stage is one function.
"""

import numpy as np
from PIL import Image

from core.dataset import SIDE

BOX = 20  # pixels along the longest side of the ink
FAINT = 16  # of 255: a stroke's anti-aliased edge fainter than this doesn't count as ink


def ink_of(rgba: np.ndarray) -> np.ndarray:
    """Turn a drawing of dark strokes on white or transparent paper into ink.

    rgba: (height, width, 4) uint8. Returns (height, width) uint8, 0 is paper and 255 is ink.
    """
    alpha = rgba[..., 3:].astype(np.float32) / 255
    on_white = rgba[..., :3] * alpha + 255 * (1 - alpha)
    luminance = on_white @ np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
    return (255 - luminance).round().clip(0, 255).astype(np.uint8)


def crop_to_ink(ink: np.ndarray) -> np.ndarray | None:
    """Cut away the paper around the ink: (height, width) uint8 -> a smaller view, or None if there is no ink."""
    rows = np.flatnonzero((ink > FAINT).any(1))
    columns = np.flatnonzero((ink > FAINT).any(0))
    if rows.size == 0:
        return None
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit_to_box(ink: np.ndarray, box: int = BOX) -> np.ndarray:
    """Scale ink so that its longest side is `box` pixels, anti-aliased, its aspect ratio kept.

    ink: (height, width) uint8, not empty. Returns (h, w) uint8 with max(h, w) == box and min(h, w) >= 1.
    """
    height, width = ink.shape
    scale = box / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # BOX averages the pixels that fall into one: the plain anti-aliasing for shrinking.
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(ink).resize(size, method))


def centre_of_mass(ink: np.ndarray) -> tuple[float, float]:
    """Return the row and the column where the ink balances; pixel centres lie at whole numbers.

    ink: (height, width) uint8 with some ink in it.
    """
    weight = ink.astype(np.float64)
    rows, columns = np.indices(ink.shape)
    return (rows * weight).sum() / weight.sum(), (columns * weight).sum() / weight.sum()


def centre_in_field(ink: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Lay ink into an empty field with its centre of mass in the middle, as near as whole pixels allow.

    ink: (h, w) uint8, h and w at most `side`, with some ink in it. Returns (side, side) uint8; nothing is cut off.
    """
    height, width = ink.shape
    row, column = centre_of_mass(ink)
    middle = side / 2  # where MNIST's digits balance: their mean centre of mass is at 14.0, not at 13.5
    top = min(max(round(middle - row), 0), side - height)
    left = min(max(round(middle - column), 0), side - width)
    field = np.zeros((side, side), dtype=np.uint8)
    field[top : top + height, left : left + width] = ink
    return field


def digit_from_drawing(rgba: np.ndarray) -> np.ndarray | None:
    """Bring a drawing to a digit as MNIST has them.

    rgba: (height, width, 4) uint8. Returns (28, 28) uint8, 0 is paper and 255 is ink; None for a blank canvas.
    """
    cropped = crop_to_ink(ink_of(rgba))
    if cropped is None:
        return None
    fitted = fit_to_box(cropped)
    # A few faint specks far apart vanish when they are scaled down: that is no drawing either.
    return centre_in_field(fitted) if fitted.any() else None

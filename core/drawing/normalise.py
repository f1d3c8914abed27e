"""Bring a drawing to 28 x 28 pixels, as the makers of MNIST did with their scans.

Ink is found, cropped, scaled so that its longest side is 20 pixels, and laid into 28 x 28 with its
centre of mass in the middle: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to
document recognition", Proceedings of the IEEE 86 (1998), section III.A. Each stage is one function,
and each can be left out, to see what it is good for.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.dataset import SIDE

BOX = 20  # pixels along the longest side of the ink
FAINT = 16  # of 255: a stroke's anti-aliased edge fainter than this doesn't count as ink


@dataclass(frozen=True)
class Switches:
    """Which stages a drawing goes through."""

    crop: bool = True  # cut away the paper around the ink; else the whole paper is kept
    fit: bool = True  # scale the longest side to 20 pixels; else shrink as the paper shrinks to 28 x 28
    centre: bool = True  # move the centre of mass to the middle; else leave the ink where it was on the paper


EVERY_STAGE = Switches()


@dataclass(frozen=True)
class Stages:
    """A drawing after each stage, all uint8, 0 is paper and 255 is ink.

    ink: (height, width); cropped: (h, w), a part of it; fitted: (h, w), at most 28 each; digit: (28, 28).
    """

    ink: np.ndarray
    cropped: np.ndarray
    fitted: np.ndarray
    digit: np.ndarray


def ink_of(rgba: np.ndarray) -> np.ndarray:
    """Turn a drawing of dark strokes on white or transparent paper into ink.

    rgba: (height, width, 4) uint8. Returns (height, width) uint8, 0 is paper and 255 is ink.
    """
    alpha = rgba[..., 3:].astype(np.float32) / 255
    on_white = rgba[..., :3] * alpha + 255 * (1 - alpha)
    luminance = on_white @ np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
    return (255 - luminance).round().astype(np.uint8)


def box_of_ink(ink: np.ndarray, faint: int = FAINT) -> tuple[slice, slice] | None:
    """Return the rows and the columns that hold ink darker than `faint`: (height, width) uint8, None if none is."""
    rows = np.flatnonzero((ink > faint).any(1))
    columns = np.flatnonzero((ink > faint).any(0))
    if rows.size == 0:
        return None
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def crop_to_ink(ink: np.ndarray) -> np.ndarray | None:
    """Cut away the paper around the ink: (height, width) uint8 -> a smaller view, or None if there is no ink."""
    box = box_of_ink(ink)
    return None if box is None else ink[box]


def fit_to_box(ink: np.ndarray) -> np.ndarray:
    """Scale ink so that its longest side is 20 pixels, anti-aliased, its aspect ratio kept.

    ink: (height, width) uint8, not empty. Returns (h, w) uint8 with max(h, w) == 20 and min(h, w) >= 1.
    """
    return scale_ink(ink, BOX / max(ink.shape))


def scale_ink(ink: np.ndarray, scale: float) -> np.ndarray:
    """Scale ink, anti-aliased: (height, width) uint8, not empty -> (h, w) uint8, each side at least 1 pixel."""
    height, width = ink.shape
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


def centre_in_field(ink: np.ndarray) -> np.ndarray:
    """Lay ink into an empty field with its centre of mass in the middle, as near as whole pixels allow.

    ink: (h, w) uint8, h and w at most 28, with some ink in it. Returns (28, 28) uint8; no ink is cut off.
    """
    ink = ink[box_of_ink(ink, 0)]  # paper round it must not keep it from moving
    row, column = centre_of_mass(ink)
    middle = SIDE / 2  # where MNIST's digits balance: their mean centre of mass is at 14.0, not at 13.5
    return lay_in_field(ink, round(middle - row), round(middle - column))


def lay_in_field(ink: np.ndarray, top: int, left: int) -> np.ndarray:
    """Lay ink into an empty field, or as near to that place as it fits: (h, w) uint8 -> (28, 28) uint8."""
    height, width = ink.shape
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    field = np.zeros((SIDE, SIDE), dtype=np.uint8)
    field[top : top + height, left : left + width] = ink
    return field


def go_through(ink: np.ndarray, switches: Switches = EVERY_STAGE) -> Stages | None:
    """Take ink through the stages that are switched on: (height, width) uint8. None if there is no ink."""
    box = box_of_ink(ink)
    if box is None:
        return None
    height, width = ink.shape
    if not switches.crop:
        box = slice(0, height), slice(0, width)
    cropped = ink[box]
    shrinkage = SIDE / max(height, width)  # of the paper, if all of it were to become the field
    fitted = fit_to_box(cropped) if switches.fit else scale_ink(cropped, shrinkage)
    # A few faint specks far apart vanish when they are scaled down: that is no drawing either.
    if not fitted.any():
        return None
    if switches.centre:
        digit = centre_in_field(fitted)
    else:
        middles = [
            SIDE / 2 + ((part.start + part.stop) / 2 - side / 2) * shrinkage
            for part, side in zip(box, (height, width), strict=True)
        ]
        corner = [round(middle - side / 2) for middle, side in zip(middles, fitted.shape, strict=True)]
        digit = lay_in_field(fitted, *corner)
    return Stages(ink, cropped, fitted, digit)


def digit_from_drawing(rgba: np.ndarray) -> np.ndarray | None:
    """Bring a drawing to a digit as MNIST has them, through every stage.

    rgba: (height, width, 4) uint8. Returns (28, 28) uint8, 0 is paper and 255 is ink; None for a blank canvas.
    """
    stages = go_through(ink_of(rgba))
    return None if stages is None else stages.digit

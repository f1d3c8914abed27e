"""Normalise a drawing to 28 x 28 pixels, as the makers of MNIST did with their scans.

The ink is cropped, scaled so that its longest side is 20 pixels, and centred in 28 x 28 by its centre of mass:
LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings of the IEEE 86
(1998), section III.A. Each stage is one function, and each can be switched off to see its effect.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.pictures import SIDE

BOX = 20  # pixels along the longest side of the ink
FAINT = 16  # of 255: pixels no darker than this, such as a stroke's anti-aliased edge, don't count as ink


@dataclass(frozen=True)
class Switches:
    """Which stages are applied to a drawing."""

    crop: bool = True  # cut away the paper around the ink; else keep all of the paper
    fit: bool = True  # scale the longest side to 20 pixels; else scale as if all of the paper became 28 x 28
    centre: bool = True  # move the centre of mass to the middle; else keep the ink where it was on the paper


EVERY_STAGE = Switches()


@dataclass(frozen=True)
class Stages:
    """A drawing after each stage, all uint8, 0 is paper and 255 is ink.

    ink: (height, width); cropped: (h, w), a view of a part of it; fitted: (h, w), at most 28 each; digit: (28, 28).
    """

    ink: np.ndarray
    cropped: np.ndarray
    fitted: np.ndarray
    digit: np.ndarray


def ink_of(rgba: np.ndarray) -> np.ndarray:
    """Convert a drawing of dark strokes on white or transparent paper to ink.

    rgba: (height, width, 4) uint8. Returns (height, width) uint8, 0 is paper and 255 is ink.
    """
    alpha = rgba[..., 3:].astype(np.float32) / 255
    on_white = rgba[..., :3] * alpha + 255 * (1 - alpha)
    luminance = on_white @ np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
    return (255 - luminance).round().astype(np.uint8)


def box_of_ink(ink: np.ndarray, faint: int = FAINT) -> tuple[slice, slice] | None:
    """Return the bounding box of the ink as slices of rows and columns; None if there is no ink.

    ink: (height, width) uint8. Pixels count as ink if they are greater than `faint`.
    """
    rows = np.flatnonzero((ink > faint).any(1))
    columns = np.flatnonzero((ink > faint).any(0))
    if rows.size == 0:
        return None
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def fit_to_box(ink: np.ndarray) -> np.ndarray:
    """Scale ink so that its longest side is 20 pixels, anti-aliased, and its aspect ratio is kept.

    ink: (height, width) uint8, not empty. Returns (h, w) uint8 with max(h, w) == 20 and min(h, w) >= 1.
    """
    return scale_ink(ink, BOX / max(ink.shape))


def scale_ink(ink: np.ndarray, scale: float) -> np.ndarray:
    """Scale ink by a factor, anti-aliased: (height, width) uint8, not empty -> (h, w) uint8, h and w at least 1."""
    height, width = ink.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # BOX gives each small pixel the mean of the large ones in it.
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(ink).resize(size, method))


def centre_of_mass(ink: np.ndarray) -> tuple[float, float]:
    """Return the row and the column of the ink's centre of mass; pixel centres lie at whole numbers.

    ink: (height, width) uint8 with at least one pixel above 0.
    """
    weight = ink.astype(np.float64)
    rows, columns = np.indices(ink.shape)
    return (rows * weight).sum() / weight.sum(), (columns * weight).sum() / weight.sum()


def centre_in_field(ink: np.ndarray) -> np.ndarray:
    """Place ink in an empty field with its centre of mass in the middle, as near as whole pixels allow.

    ink: (h, w) uint8, h and w at most 28, at least one pixel above 0. Returns (28, 28) uint8; no ink is cut off.
    """
    ink = ink[box_of_ink(ink, 0)]  # paper around it would limit how far it can move
    row, column = centre_of_mass(ink)
    middle = SIDE / 2  # the mean centre of mass of MNIST's digits is at 14.0, not at 13.5
    return lay_in_field(ink, round(middle - row), round(middle - column))


def lay_in_field(ink: np.ndarray, top: int, left: int) -> np.ndarray:
    """Place ink in an empty field, moved as little as makes it fit: (h, w) uint8 -> (28, 28) uint8.

    top, left: row and column of the ink's first pixel.
    """
    height, width = ink.shape
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    field = np.zeros((SIDE, SIDE), dtype=np.uint8)
    field[top : top + height, left : left + width] = ink
    return field


def go_through(ink: np.ndarray, switches: Switches = EVERY_STAGE) -> Stages | None:
    """Apply the stages that are switched on to ink: (height, width) uint8. Returns None if there is no ink."""
    box = box_of_ink(ink)
    if box is None:
        return None
    height, width = ink.shape
    if not switches.crop:
        box = slice(0, height), slice(0, width)
    cropped = ink[box]
    shrinkage = SIDE / max(height, width)  # the scale at which all of the paper fits into the field
    fitted = fit_to_box(cropped) if switches.fit else scale_ink(cropped, shrinkage)
    if not fitted.any():  # a few faint specks far apart vanish when they are scaled down
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

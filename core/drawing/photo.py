"""Find a digit in a photo or any other picture file: dark on light or light on dark, in uneven light.

Each stage is one function, and each can be switched off to see its effect. The result is ink, for
`core.drawing.normalise`.
"""

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFilter

from core.pictures import as_grey, highest, opened, shrink

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # of all that Pillow knows
MAX_SIDE = 320  # pixels to which the longest side is reduced: sixteen for each of the digit's 20, and fast
COARSE = 64  # pixels along the longest side of the small copy in which the light is measured
WINDOW = 31  # pixels along each edge of the window, in the small copy, whose median is the light
CONTRAST = 20  # of 255, between ink and paper: a smaller one is the paper's grain
GAP = 32  # ink closer than this part of the longest side is one piece, such as the two strokes of a 5
EDGE_SHARE = 10  # a piece at the picture's edge is chosen only if no other has a tenth of its size


@dataclass(frozen=True)
class Switches:
    """Which stages are applied to a photo."""

    even: bool = True  # remove uneven light
    threshold: bool = True  # ink or paper, no greys
    largest: bool = True  # keep only the largest piece of ink


EVERY_STAGE = Switches()


@dataclass(frozen=True)
class Found:
    """A photo after each stage, all (height, width) uint8.

    grey: 0 is black; evened: 0 is black, the paper 128; ink: 0 is paper, 255 the most ink; split: the same, but only 0
    or 255 if the threshold is switched on; kept: the same with only the largest piece.
    dark: whether the ink is darker than the paper. level: Otsu's threshold of the ink.
    """

    grey: np.ndarray
    evened: np.ndarray
    ink: np.ndarray
    split: np.ndarray
    kept: np.ndarray
    dark: bool
    level: int


def open_grey(file: BinaryIO) -> np.ndarray:
    """Open a picture file: (height, width) uint8, 0 is black, its longest side at most 320 pixels.

    Takes the first frame of an animation, and white where the picture is transparent.
    Raises ValueError with one sentence if it is no picture, is damaged, or is too large to open.
    """
    with opened(file, FORMATS, MAX_SIDE) as img:
        white = highest(img)
        return np.asarray(shrink(img, MAX_SIDE, lambda part: as_grey(part, white)))


def even_light(grey: np.ndarray) -> np.ndarray:
    """Remove uneven light: (height, width) uint8 -> the same shape and type, 128 is the paper.

    The light at a pixel is the median of a wide window around it, since most of that is paper. It is subtracted, and
    the difference is halved.
    """
    picture = Image.fromarray(grey)
    coarse = picture.copy()
    coarse.thumbnail((COARSE, COARSE), Image.Resampling.BOX, reducing_gap=None)
    light = coarse.filter(ImageFilter.MedianFilter(WINDOW)).resize(picture.size, Image.Resampling.BICUBIC)
    difference = grey.astype(np.int16) - np.asarray(light)
    return (128 + difference / 2).round().clip(0, 255).astype(np.uint8)


def is_dark_on_light(grey: np.ndarray) -> bool:
    """Return whether the ink is darker than the paper: (height, width) uint8.

    There is less ink than paper, so the median is paper, and the distribution is skewed towards the ink.
    """
    from_paper = grey.astype(np.float64) - np.median(grey)
    return bool((from_paper**3).sum() <= 0)


def ink_on(grey: np.ndarray, dark: bool) -> np.ndarray:
    """Convert a picture to ink: (height, width) uint8 -> the same, 0 is paper, 255 the pixel most different from it."""
    paper = float(np.median(grey))
    strength = (paper - grey.astype(np.float64)) if dark else (grey.astype(np.float64) - paper)
    strength = strength.clip(0)
    return (255 * strength / max(strength.max(), 1)).round().astype(np.uint8)


def otsu_level(grey: np.ndarray) -> int:
    """Return the threshold that separates dark from light best; light is what is greater.

    It maximises the variance between the two classes: Otsu, "A threshold selection method from gray-level histograms",
    IEEE Transactions on Systems, Man, and Cybernetics 9 (1979). grey: any shape, uint8.
    """
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * np.arange(256)).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.nan_to_num(below * above * apart, posinf=0).argmax())


def largest_piece(mask: np.ndarray) -> np.ndarray:
    """Keep the largest piece of ink, and what is close to it: (height, width) bool -> the same.

    A piece at the picture's edge is probably the edge of the paper or a shadow, so others are preferred.
    """
    reach = max(mask.shape) // GAP
    near = np.asarray(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(reach // 2 * 2 + 1))) > 0
    labels = label_pieces(near)
    sizes = np.bincount(labels[mask], minlength=labels.max() + 1)
    if sizes.sum() == 0:
        return mask
    edge = np.concatenate([labels[rows, columns][mask[rows, columns]] for rows, columns in _EDGES])
    inside = sizes.copy()
    inside[edge] = 0
    best = inside.argmax() if inside.max() * EDGE_SHARE >= sizes.max() else sizes.argmax()
    return mask & (labels == best)


_EDGES = ((0, slice(None)), (-1, slice(None)), (slice(None), 0), (slice(None), -1))


def label_pieces(mask: np.ndarray) -> np.ndarray:
    """Number the connected pieces of a mask from 1 on: (height, width) bool -> int64, 0 outside the mask.

    Pixels are connected by their edges. Each row consists of runs of pixels; runs that touch one in the row above are
    united, as sets with a parent each ("union-find").
    """
    starts = mask & ~np.pad(mask, ((0, 0), (1, 0)))[:, :-1]  # the first pixel of each run
    runs = starts.cumsum().reshape(mask.shape) * mask  # the number of each pixel's run, from 1 on
    parent = list(range(runs.max() + 1))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    touching = mask[:-1] & mask[1:]
    for above, below in set(zip(runs[:-1][touching].tolist(), runs[1:][touching].tolist(), strict=True)):
        low, high = sorted((root(above), root(below)))
        parent[high] = low
    roots = [root(run) for run in range(len(parent))]
    return np.unique(roots, return_inverse=True)[1][runs]


def find_ink(grey: np.ndarray, switches: Switches = EVERY_STAGE, dark: bool | None = None) -> Found | None:
    """Apply the stages that are switched on to a photo. Returns None if there is no ink in it.

    grey: (height, width) uint8, 0 is black. dark: whether the ink is darker than the paper; None to detect it.
    """
    evened = even_light(grey) if switches.even else grey
    dark = is_dark_on_light(evened) if dark is None else dark
    ink = ink_on(evened, dark)
    level = otsu_level(ink)
    mask = ink > level
    if not mask.any() or mask.all():
        return None
    unit = 2 if switches.even else 1  # even_light halves differences
    if unit * abs(float(evened[mask].mean()) - float(evened[~mask].mean())) < CONTRAST:
        return None
    split = np.where(mask, 255, 0).astype(np.uint8) if switches.threshold else ink
    kept = np.where(largest_piece(mask), split, 0).astype(np.uint8) if switches.largest else split
    return Found(grey, evened, ink, split, kept, dark, level)

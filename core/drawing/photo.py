"""Find a digit in a photo or any other picture file: dark on light or light on dark, in uneven light.

Each stage is one function, and each can be left out, to see what it is good for. What comes out is ink as
`core.drawing` takes it.
"""

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from core.pictures import opened

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # of all that Pillow knows
LONGEST = 320  # pixels that the longest side is brought to: sixteen for each of the digit's 20, and quick
COARSE, WINDOW = 64, 31  # pixels of the picture in which the light is looked for, and of the part it is taken from
CONTRAST = 20  # of 255, between ink and paper: less is the paper's own grain
GAP = 32  # parts of the longest side; ink nearer than one of them is one piece, as the two strokes of a 5
EDGE_SHARE = 10  # ink that runs off the picture wins only against pieces smaller than a tenth of it


@dataclass(frozen=True)
class Switches:
    """Which stages a photo goes through."""

    even: bool = True  # take away the light of the surroundings
    threshold: bool = True  # ink or no ink, nothing between
    largest: bool = True  # only the largest piece of ink


EVERY_STAGE = Switches()


@dataclass(frozen=True)
class Found:
    """A photo after each stage, all (height, width) uint8.

    grey: 0 is black; evened: 0 is black, the paper 128; ink: 0 is paper, the more the darker; split: 0 or 255 where
    the threshold is in use; kept: the same with nothing but the largest piece.
    dark: whether the ink was taken to be darker than the paper. level: Otsu's threshold of the ink.
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

    Of an animation it takes the first frame; what is transparent becomes white.
    Raises ValueError with one sentence if it is no picture, is damaged, or is too large to open.
    """
    with opened(file, FORMATS, LONGEST) as img:
        return _small_grey(img)


def _small_grey(img: Image.Image) -> np.ndarray:
    if img.mode.startswith(("I", "F")):  # 16 bits or more, which Pillow would cut off at 255
        img = _eight_bits(img)
    if img.has_transparency_data:
        img = img.convert("RGBA")
        img = Image.alpha_composite(Image.new("RGBA", img.size, "white"), img)
    grey = ImageOps.exif_transpose(img).convert("L")
    grey.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return np.asarray(grey)


def _eight_bits(img: Image.Image) -> Image.Image:
    values = np.asarray(img).astype(np.float64)
    top = 65535 if img.mode.startswith("I") and values.max() <= 65535 else max(np.nanmax(values), 1e-12)
    exif = img.getexif()
    small = Image.fromarray(np.nan_to_num(values / top * 255).clip(0, 255).astype(np.uint8))
    small.getexif().update(exif)
    return small


def even_light(grey: np.ndarray) -> np.ndarray:
    """Take the light of the surroundings away from each pixel: (height, width) uint8 -> the same, 128 for the paper.

    The light is the median of a wide window, in which ink is the smaller part.
    """
    picture = Image.fromarray(grey)
    coarse = picture.resize(_within(picture.size, COARSE), Image.Resampling.BOX)
    light = coarse.filter(ImageFilter.MedianFilter(WINDOW)).resize(picture.size, Image.Resampling.BICUBIC)
    difference = grey.astype(np.int16) - np.asarray(light)
    return (128 + difference / 2).round().clip(0, 255).astype(np.uint8)


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def is_dark_on_light(grey: np.ndarray) -> bool:
    """Tell whether the ink is darker than the paper: (height, width) uint8.

    There is less ink than paper, so the median is paper, and the values stray further to the side of the ink.
    """
    from_paper = grey.astype(np.float64) - np.median(grey)
    return bool((from_paper**3).sum() <= 0)


def ink_on(grey: np.ndarray, dark: bool) -> np.ndarray:
    """Turn a picture into ink: 0 for the paper, 255 for the pixel that stands out most. (height, width) uint8."""
    paper = float(np.median(grey))
    strength = (paper - grey.astype(np.float64)) if dark else (grey.astype(np.float64) - paper)
    strength = strength.clip(0)
    return (255 * strength / max(strength.max(), 1)).round().astype(np.uint8)


def otsu_level(grey: np.ndarray) -> int:
    """Return the threshold that parts dark from light best: the upper part is what is greater.

    It maximises the variance between the two parts: Otsu, "A threshold selection method from gray-level histograms",
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
    """Keep the largest piece of ink, and what lies close to it: (height, width) bool -> the same.

    A piece that runs off the picture is rather the edge of the paper or a shadow, so one inside is taken before it.
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
    """Number the connected pieces of a mask from 1 on: (height, width) bool -> int64, 0 where the mask is not.

    Pixels are connected by their edges. Each row is a few runs; runs that touch the one above are joined.
    """
    padded = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    rows, begins = np.nonzero(np.diff(padded, axis=1) == 1)
    ends = np.nonzero(np.diff(padded, axis=1) == -1)[1]
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    first_of_row = np.searchsorted(rows, np.arange(mask.shape[0] + 1))
    for row in range(1, mask.shape[0]):
        above, last_above = first_of_row[row - 1], first_of_row[row]
        here, last_here = first_of_row[row], first_of_row[row + 1]
        while above < last_above and here < last_here:
            if begins[above] < ends[here] and begins[here] < ends[above]:
                parent[root(above)] = root(here)
            if ends[above] < ends[here]:
                above += 1
            else:
                here += 1
    numbers: dict[int, int] = {}
    labels = np.zeros(mask.shape, dtype=np.int64)
    for run, (row, begin, end) in enumerate(zip(rows, begins, ends, strict=True)):
        labels[row, begin:end] = numbers.setdefault(root(run), len(numbers) + 1)
    return labels


def find_ink(grey: np.ndarray, switches: Switches = EVERY_STAGE, dark: bool | None = None) -> Found | None:
    """Take a photo through the stages that are switched on, or return None if there is no ink in it.

    grey: (height, width) uint8, 0 is black. dark: whether the ink is darker than the paper, None to have it decided.
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

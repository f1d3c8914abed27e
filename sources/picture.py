"""Convert a picture of one handwritten digit, of any size and either polarity, to 28 x 28 pixels like MNIST's."""

import io

import numpy as np
from PIL import Image

from core.dataset import SIDE
from core.drawing.normalise import FAINT, go_through
from core.pictures import to_grey

MOST_PIXELS = 16_000_000  # of one picture; a phone's photo of a whole page has fewer
SCAN, MOST_SCANS = b"\xff\xda", 100  # the marker before each scan of a JPEG; cameras write 1, some programs a dozen
DARKEST_PAPER = 128  # of ink: pixels darker than this count as ink, whatever the border is like
UNREADABLE = "can't be read as a picture"

INVERTED = "dark on light, so inverted"
EVENED = "paper made even"
RESIZED = "brought to 28 × 28 as the Draw page does"
CONVERTED = "made grey"


class NoDigit(Exception):
    """A file has no digit; the message says why in a few words."""


def open_picture(content: bytes) -> tuple[np.ndarray, bool]:
    """Open a PNG or JPEG file as grey. Returns (height, width) uint8, 0 is black, and whether colours were lost.

    Raises NoDigit for anything else, and for a picture that is too large.
    """
    try:
        img = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        if content.count(SCAN) > MOST_SCANS and img.format == "JPEG":
            raise NoDigit(f"has more than {MOST_SCANS} scans")
        if img.width * img.height > MOST_PIXELS:
            raise NoDigit(f"has more than {MOST_PIXELS // 1_000_000} million pixels")
        if img.mode == "L" and img.format == "PNG" and "transparency" not in img.info:
            return _pixels(img), False
        return _pixels(to_grey(img)), img.mode not in ("1", "L", "LA", "I;16", "I")
    except NoDigit:
        raise
    except Exception as problem:  # a damaged file can make Pillow raise an error of any kind
        raise NoDigit(UNREADABLE) from problem


def _pixels(img: Image.Image) -> np.ndarray:
    # Takes half the time of np.asarray(img), which matters for thousands of small pictures.
    return np.frombuffer(img.tobytes(), np.uint8).reshape(img.height, img.width)


def to_digit(grey: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Turn a grey picture into ink on even paper, and convert it to 28 x 28 if it has another size.

    grey: (height, width) uint8, of either polarity, which the border decides, as ink seldom reaches it.
    Returns (28, 28) uint8, 0 is paper and 255 is ink, and the changes made. Raises NoDigit if there is no ink.
    """
    border = np.sort(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    changes = []
    if border[len(border) // 2] > 127:
        grey, border = 255 - grey, 255 - border[::-1]
        changes.append(INVERTED)
    median, upper = int(border[len(border) // 2]), int(border[len(border) * 9 // 10])
    # 90 % of normally distributed noise lie below 1.3 standard deviations, nearly all below 3.5.
    paper = min(median + 2.7 * (upper - median), DARKEST_PAPER)
    if paper > FAINT // 2:
        ink = grey.astype(np.float32) - paper
        if ink.max() < FAINT:
            raise NoDigit("has no ink")
        grey = (ink * (255 / ink.max())).round().clip(0, 255).astype(np.uint8)
        changes.append(EVENED)
    if grey.shape == (SIDE, SIDE):
        digit = grey if grey.max() > FAINT else None
    else:
        stages = go_through(grey)
        digit = stages and stages.digit
        changes.append(RESIZED)
    if digit is None:
        raise NoDigit("has no ink")
    return digit, tuple(changes)

"""Bring a picture of one handwritten digit, of any size and either polarity, to 28 x 28 as MNIST has them."""

import io

import numpy as np
from PIL import Image, ImageOps

from core.dataset import SIDE
from core.drawing.normalise import FAINT, digit_from_drawing

MOST_PIXELS = 16_000_000  # of one picture; a phone's photo of a whole page has fewer
DARKEST_PAPER = 128  # of ink: whatever the border holds, what is darker counts as ink
UNREADABLE = "can't be read as a picture"

INVERTED = "dark on light, so inverted"
EVENED = "paper made even"
RESIZED = "brought to 28 × 28 as the Draw page does"
CONVERTED = "made grey"


class NoDigit(Exception):
    """A file gives no digit; the message says why in a few words."""


def open_picture(content: bytes) -> tuple[np.ndarray, bool]:
    """Open a PNG or JPEG file as grey. Returns (height, width) uint8, and whether that took away colours.

    Raises NoDigit for anything else, and for a picture that is too large.
    """
    try:
        img = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        if img.width * img.height > MOST_PIXELS:
            raise NoDigit(f"has more than {MOST_PIXELS // 1_000_000} million pixels")
        if img.mode == "L" and img.format == "PNG" and "transparency" not in img.info:
            return _pixels(img), False
        return _pixels(_grey(ImageOps.exif_transpose(img))), img.mode not in ("1", "L", "LA", "I;16", "I")
    except NoDigit:
        raise
    except Exception as problem:  # of any kind, as in core.picture_file
        raise NoDigit(UNREADABLE) from problem


def _pixels(img: Image.Image) -> np.ndarray:
    # Half the time of np.asarray(img), which for thousands of small pictures is what counts.
    return np.frombuffer(img.tobytes(), np.uint8).reshape(img.height, img.width)


def _grey(img: Image.Image) -> Image.Image:
    if img.mode.startswith("I"):  # 16 bits a pixel
        return Image.fromarray((np.asarray(img).astype(np.int64) // 257).clip(0, 255).astype(np.uint8))
    if img.has_transparency_data:  # what is not drawn on is paper
        img = img.convert("RGBA")
        paper = Image.new("RGBA", img.size, "white")
        return Image.alpha_composite(paper, img).convert("L")
    return img.convert("RGB").convert("L") if img.mode == "CMYK" else img.convert("L")


def to_digit(grey: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Make ink on paper of a grey picture, and bring it to 28 x 28 if it has another size.

    grey: (height, width) uint8, of either polarity: the border tells which, since paper reaches it and ink seldom
    does. Returns (28, 28) uint8, 0 is paper and 255 is ink, and what was changed. Raises NoDigit if there is no ink.
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    changes = []
    border.sort()
    if border[len(border) // 2] > 127:
        grey, border = 255 - grey, 255 - border[::-1]
        changes.append(INVERTED)
    median, upper = int(border[len(border) // 2]), int(border[len(border) * 9 // 10])
    # Nine tenths of normal noise lie within 1.3 standard deviations of its median, nearly all within three and a half.
    paper = min(median + 2.7 * (upper - median), DARKEST_PAPER)
    if paper > FAINT // 2:
        ink = grey.astype(np.float32) - paper
        top = ink.max()
        if top < FAINT:
            raise NoDigit("has no ink")
        grey = (ink * (255 / top)).round().clip(0, 255).astype(np.uint8)
        changes.append(EVENED)
    if grey.shape == (SIDE, SIDE):
        if grey.max() <= FAINT:
            raise NoDigit("has no ink")
        return grey, tuple(changes)
    digit = digit_from_drawing(np.dstack([255 - grey] * 3 + [np.full_like(grey, 255)]))
    if digit is None:
        raise NoDigit("has no ink")
    return digit, (*changes, RESIZED)

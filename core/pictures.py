"""Open picture files of users: of any size, perhaps damaged, perhaps no pictures at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps

SIDE = 28  # pixels along each edge of a digit, as in MNIST
FORMATS = ("PNG", "JPEG", "WEBP")  # of all that Pillow knows
MOST_PIXELS = 55_000_000  # a phone's photo has 12 to 50 million
STRIP = 1_000_000  # pixels that are converted at a time


@contextmanager
def opened(file: BinaryIO, formats: tuple[str, ...], longest: int) -> Iterator[Image.Image]:
    """Open a picture file for a `with` block that reads it and reduces it to at most `longest` pixels a side.

    formats: Pillow's names of those that are allowed. The size in the file's header is checked before anything is
    decoded. Raises ValueError with one sentence if the file is no such picture, is damaged, or is too large; also for
    any error within the block, but for a lack of memory.
    """
    try:
        with Image.open(file, formats=formats) as img:
            pixels = img.width * img.height
            if pixels <= MOST_PIXELS:
                img.draft("RGB", (longest, longest))  # JPEG files can be decoded at a smaller size
                yield img
                return
    except Image.DecompressionBombError:
        pixels = 2 * Image.MAX_IMAGE_PIXELS  # at least: Pillow does not say how many there are
    except MemoryError:
        raise
    except Exception:  # a damaged file can make Pillow raise an error of any kind
        *others, last = formats
        kinds = f"{', '.join(others)} or {last}"
        raise ValueError(f"This file can't be read as a picture: choose a {kinds} file.") from None
    raise ValueError(
        f"This picture has {pixels / 1e6:.0f} million pixels or more: "
        f"choose one of at most {MOST_PIXELS / 1e6:.0f} million."
    )


def shrink(img: Image.Image, longest: int, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Convert an opened picture, and reduce it to at most `longest` pixels a side, upright according to its EXIF data.

    It is converted in strips, each reduced at once: a copy of the whole could take several times its memory.
    """
    img.load()
    factor = max(1, max(img.size) // (2 * longest))
    rows = factor * max(1, STRIP // (factor * img.width))
    strips = [(0, top, img.width, min(top + rows, img.height)) for top in range(0, img.height, rows)]
    parts = [convert(img.crop(strip)).reduce(factor) for strip in strips]
    small = Image.new(parts[0].mode, (parts[0].width, sum(part.height for part in parts)))
    for n, part in enumerate(parts):
        small.paste(part, (0, n * rows // factor))
    small.thumbnail((longest, longest), Image.Resampling.BOX)
    small.getexif()[ExifTags.Base.Orientation] = img.getexif().get(ExifTags.Base.Orientation, 1)
    return ImageOps.exif_transpose(small)


def open_colour(file: BinaryIO, longest: int = 256) -> np.ndarray:
    """Open a picture file in colour, reduced so that its longest side is at most `longest` pixels.

    Returns (height, width, 3) uint8 in [0, 255]: red, green, blue. Raises ValueError as `opened` does.
    """
    with opened(file, FORMATS, longest) as img:
        return np.array(shrink(img, longest, lambda part: part.convert("RGB")))


def to_grey(img: Image.Image) -> Image.Image:
    """Convert an opened picture to grey (mode "L", 0 is black), upright according to its EXIF data.

    Transparent pixels become white. Of 16 bits, the upper 8 are kept; Pillow would clip all values at 255.
    """
    return as_grey(ImageOps.exif_transpose(img), highest(img))


def highest(img: Image.Image) -> float:
    """Return the value that stands for white in a picture: 255, 65535, or the highest that it has if that is more."""
    if not img.mode.startswith(("I", "F")):
        return 255
    top = np.nanmax(img.getextrema())
    return 65535 if img.mode.startswith("I") and top <= 65535 else max(top, 1e-12)


def as_grey(img: Image.Image, white: float = 255) -> Image.Image:
    """Convert a picture, or a part of one, to grey as `to_grey` does, but as it lies. white: of more than 8 bits."""
    if img.mode.startswith(("I", "F")):
        values = np.asarray(img).astype(np.float32)
        return Image.fromarray(np.nan_to_num(values * 255 / white).clip(0, 255).astype(np.uint8))
    if img.has_transparency_data:
        img = img.convert("RGBA")
        img = Image.alpha_composite(Image.new("RGBA", img.size, "white"), img)
    return img.convert("L")

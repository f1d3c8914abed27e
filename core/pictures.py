"""Open picture files of users: of any size, perhaps damaged, perhaps no pictures at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

FORMATS = ("PNG", "JPEG", "WEBP")  # of all that Pillow knows
MOST_PIXELS = 55_000_000  # a phone's photo has 12 to 50 million


@contextmanager
def opened(file: BinaryIO, formats: tuple[str, ...], longest: int) -> Iterator[Image.Image]:
    """Open a picture file for a `with` block that reads it and reduces it to at most `longest` pixels a side.

    formats: Pillow's names of those that are allowed. The size in the file's header is checked before anything is
    decoded. Raises ValueError with one sentence if the file is no such picture, is damaged, or is too large; also for
    any error within the block.
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
    except Exception:  # a damaged file can make Pillow raise an error of any kind
        raise ValueError("This file can't be read as a picture: choose a PNG, JPEG or WebP file.") from None
    raise ValueError(
        f"This picture has {pixels / 1e6:.0f} million pixels or more: "
        f"choose one of at most {MOST_PIXELS / 1e6:.0f} million."
    )


def open_colour(file: BinaryIO, longest: int = 256) -> Tensor:
    """Open a picture file as a colour tensor, reduced so that its longest side is at most `longest` pixels.

    Returns (3, height, width) uint8 in [0, 255]: red, green, blue. Raises ValueError as `opened` does.
    """
    with opened(file, FORMATS, longest) as img:
        small = ImageOps.exif_transpose(img).convert("RGB")
        small.thumbnail((longest, longest))
    return torch.from_numpy(np.array(small)).permute(2, 0, 1).contiguous()


def to_grey(img: Image.Image) -> Image.Image:
    """Convert an opened picture to grey (mode "L", 0 is black), upright according to its EXIF data.

    Transparent pixels become white. Of 16 bits, the upper 8 are kept; Pillow would clip all values at 255.
    """
    img = ImageOps.exif_transpose(img)
    if img.mode.startswith(("I", "F")):
        values = np.asarray(img).astype(np.float64)
        top = 65535 if img.mode.startswith("I") and values.max() <= 65535 else max(np.nanmax(values), 1e-12)
        return Image.fromarray(np.nan_to_num(values * 255 / top).clip(0, 255).astype(np.uint8))
    if img.has_transparency_data:
        img = img.convert("RGBA")
        img = Image.alpha_composite(Image.new("RGBA", img.size, "white"), img)
    return img.convert("L")

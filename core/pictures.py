"""Open a picture file that may be anything: huge, damaged, or no picture at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

LARGEST = 55_000_000  # pixels; a photograph of a phone has 12 to 50 million


@contextmanager
def opened(file: BinaryIO, formats: tuple[str, ...], longest: int) -> Iterator[Image.Image]:
    """Open a picture to be unpacked and brought to at most `longest` pixels a side within the `with` block.

    formats: those of Pillow's names that may be opened. Its header says how large it is before anything is unpacked.
    Raises ValueError with one sentence if it is no such picture, is damaged, or has more than 55 million pixels.
    """
    try:
        with Image.open(file, formats=formats) as img:
            pixels = img.width * img.height
            if pixels <= LARGEST:
                img.draft("RGB", (longest, longest))  # lets JPEG files be read at a smaller size
                yield img
                return
    except Image.DecompressionBombError:
        pixels = 2 * Image.MAX_IMAGE_PIXELS  # at least: Pillow does not say how large it is
    except Exception:  # of any kind: a file that is broken inside leads Pillow and its decoders to whatever error
        raise ValueError("This file can't be read as a picture: choose a PNG, JPEG or WebP file.") from None
    raise ValueError(
        f"This picture has {pixels / 1e6:.0f} million pixels or more: "
        f"choose one of at most {LARGEST / 1e6:.0f} million."
    )


FORMATS = ("PNG", "JPEG", "WEBP")  # of all that Pillow knows, for an upload may be anything


def open_colour(file: BinaryIO, longest: int = 256) -> Tensor:
    """Open a picture file as a colour tensor, made smaller so that its longest side is at most `longest` pixels.

    Returns (3, height, width) uint8 in [0, 255]: red, green, blue.
    Raises ValueError with one sentence if it is no picture, is damaged, or is too large to open.
    """
    with opened(file, FORMATS, longest) as img:
        small = ImageOps.exif_transpose(img).convert("RGB")
        small.thumbnail((longest, longest))
    return torch.from_numpy(np.array(small)).permute(2, 0, 1).contiguous()

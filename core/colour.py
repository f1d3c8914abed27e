"""Colour pictures: three numbers a pixel instead of one."""

from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

FORMATS = ("PNG", "JPEG", "WEBP")  # of all that Pillow knows, for an upload may be anything
LARGEST = 40_000_000  # pixels; a photograph of a phone has 12 to 50 million


def open_colour(file: BinaryIO, longest: int = 256) -> Tensor:
    """Open a picture file as a colour tensor, made smaller so that its longest side is at most `longest` pixels.

    Returns (3, height, width) uint8 in [0, 255]: red, green, blue.
    Raises ValueError with one sentence if it is no picture, is damaged, or is too large to open.
    """
    try:
        with Image.open(file, formats=FORMATS) as img:
            pixels = img.width * img.height
            if pixels <= LARGEST:  # the header says so, before anything is unpacked
                img.draft("RGB", (longest, longest))  # lets JPEG files be read at a smaller size
                small = ImageOps.exif_transpose(img).convert("RGB")
                small.thumbnail((longest, longest))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValueError("This file can't be read as a picture: choose a PNG, JPEG or WebP file.") from None
    if pixels > LARGEST:
        raise ValueError(
            f"This picture has {pixels / 1e6:.0f} million pixels: choose one of at most {LARGEST / 1e6:.0f} million."
        )
    return torch.from_numpy(np.array(small)).permute(2, 0, 1).contiguous()

"""Colour pictures: three numbers a pixel instead of one."""

from typing import BinaryIO

import numpy as np
import torch
from PIL import ImageOps
from torch import Tensor

from core.picture_file import opened

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

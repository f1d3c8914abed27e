"""Tensors as pictures for the browser: small PNGs with hard pixel edges."""

import base64
import io
import math

import numpy as np
from PIL import Image, ImageOps
from torch import Tensor

from core.dataset import SIDE

# The ends of every signed picture: blue where the first image has more ink, orange where the second has.
BLUE, ORANGE, PAPER = np.array([11, 107, 181]), np.array([224, 123, 0]), np.array([255, 255, 255])
GREY = (200, 205, 212)  # between signed pictures, which may be white at their edges
UNITS_SHOWN = 36
WIDTH = 220  # of the picture of the weights, in pixels


def ink(image: Tensor, scale: int = 8) -> Image.Image:
    """Draw an image as ink on paper: (h, w), uint8 in [0, 255] or float in [0, 1]; 0 is white, the maximum is black."""
    values = image.numpy()
    if values.dtype != np.uint8:
        values = (values * 255).round().clip(0, 255).astype(np.uint8)
    return _enlarged(Image.fromarray(255 - values), scale)


def signed(difference: Tensor, scale: int = 8, reach: float = 1.0) -> Image.Image:
    """Draw a difference: (h, w) float, blue where it is positive, orange where negative, white at 0 and at NaN.

    reach: the size of a difference that gets the full colour.
    """
    share = np.nan_to_num(difference.numpy() / reach).clip(-1, 1)[..., None]
    colour = np.where(share > 0, BLUE, ORANGE)
    return _enlarged(Image.fromarray((PAPER + abs(share) * (colour - PAPER)).round().astype(np.uint8)), scale)


def colour(image: Tensor, scale: int = 8) -> Image.Image:
    """Draw a colour image: (3, h, w) uint8."""
    return _enlarged(Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()), scale)


def sheet(images: Tensor, columns: int, scale: int = 2, gap: int = 2) -> Image.Image:
    """Put n images, (n, h, w), side by side in one picture, row by row."""
    return _side_by_side([ink(image, 1) for image in images], columns, scale, gap, 255)


def signed_sheet(values: Tensor, columns: int, scale: int = 2, gap: int = 1) -> Image.Image:
    """Put n signed images, (n, h, w) float, side by side, each with the full colour at its own largest value."""
    drawn = [signed(one, 1, max(one.abs().max().item(), 1e-12)) for one in values]
    return _side_by_side(drawn, columns, scale, gap, GREY)


def weights_picture(weights: Tensor) -> str:
    """Draw the weights of each unit, (units, 784), as a signed picture; many units in a grid. Returns a data URL."""
    units = weights[:UNITS_SHOWN].reshape(-1, SIDE, SIDE)
    columns = next(side for side in range(1, 7) if side * side >= len(units))
    return data_url(signed_sheet(units, columns, max(1, WIDTH // ((SIDE + 1) * columns))))


def framed(picture: Image.Image) -> Image.Image:
    """Give a picture an edge of one pixel, so that one that is white at its sides ends somewhere."""
    return ImageOps.expand(picture, 1, GREY if picture.mode == "RGB" else GREY[0])


def data_url(picture: Image.Image) -> str:
    """Encode a picture as a data URL: the browser need not request it, so it does not blink when it changes."""
    packed = io.BytesIO()
    picture.save(packed, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode()


def _side_by_side(drawn: list[Image.Image], columns: int, scale: int, gap: int, between) -> Image.Image:
    width, height = drawn[0].size
    size = (columns * (width + gap) - gap, math.ceil(len(drawn) / columns) * (height + gap) - gap)
    paper = Image.new(drawn[0].mode, size, between)
    for position, one in enumerate(drawn):
        row, column = divmod(position, columns)
        paper.paste(one, (column * (width + gap), row * (height + gap)))
    return _enlarged(paper, scale)


def _enlarged(picture: Image.Image, scale: int) -> Image.Image:
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)

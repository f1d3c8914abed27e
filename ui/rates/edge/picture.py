"""The picture of the edge of learning: its colours, its PNG file, and the component that a person zooms in."""

import base64
import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from ui.component import component

show_picture = component(Path(__file__).with_suffix(".js"))
# From the fastest that converges to the slowest, then from the slowest that does not to the fastest: bright is fast.
CONVERGED = ("#e6f2fd", "#84bdec", "#0b6bb5", "#062a55")
APART = ("#4a2300", "#b35f00", "#f0962f", "#fdeed8")
HALF = 128  # shades of each
PNG_SIDE = 1024


@cache
def palette() -> np.ndarray:
    """Return the colour of each shade: (256, 3) uint8."""
    stops = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in (*CONVERGED, *APART)]
    at = np.linspace(0, 3, HALF)
    halves = [[np.interp(at, range(4), part) for part in zip(*half, strict=True)] for half in (stops[:4], stops[4:])]
    return np.concatenate(halves, 1).T.round().astype(np.uint8)


def shades(picture: np.ndarray) -> np.ndarray:
    """Give each pixel a shade that says how it ended, and by its rank among those of this picture, how fast.

    picture: (n, n) float64, as of an `EdgeMap`. Returns (n, n) uint8: below HALF for converged, the fastest first; from
    there on for the others, the slowest first.
    """
    size = np.round(np.log(np.abs(picture)), 5)  # smaller differences would show rounding errors
    result = np.empty(picture.shape, np.uint8)
    for ended, first, sign in ((picture < 0, 0, 1), (picture > 0, HALF, -1)):
        values = sign * size[ended]
        ranks = np.searchsorted(np.sort(values), values) / max(1, len(values))
        result[ended] = first + (HALF * ranks).astype(np.uint8)
    return result


def png(picture: np.ndarray) -> bytes:
    """Return a picture as a PNG file of PNG_SIDE x PNG_SIDE pixels, with rates that rise to the right and upwards."""
    image = Image.fromarray(palette()[shades(picture)[::-1]])
    file = io.BytesIO()
    image.resize((PNG_SIDE, PNG_SIDE), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def as_text(numbers: np.ndarray) -> str:
    """Write bytes as a text, as JSON needs them."""
    return base64.b64encode(numbers.astype(np.uint8).tobytes()).decode()

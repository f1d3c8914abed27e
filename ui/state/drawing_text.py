"""A drawing as a short text that a link can carry: its strokes, or its 28 x 28 pixels.

Sixty-four signs that no address has to escape stand for the numbers 0 to 63. A stroke is the width of its pen (one
sign), its first point (three: 280 y + x), then a step in x and one in y for each further point (one sign each, 32 more
than the step). Strokes are set apart by dots.
"""

import base64
import zlib

import numpy as np

from core.dataset import SIDE
from core.drawing.strokes import CANVAS, THICKEST, THINNEST, PenStroke

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
VALUES = {sign: value for value, sign in enumerate(SIGNS)}
NO_STEP = 32  # the sign of a step that does not move
LONGEST = 1_500  # signs of strokes in a link: with the pixels and the settings, all programs take such an address
FULL = 40_000  # signs of strokes on the canvas: far more than any digit, and still judged in a second


def parse_strokes(text: str, longest: int = LONGEST) -> tuple[PenStroke, ...]:
    """Read strokes from their text; an empty text holds none. Raises ValueError for anything else than such a text."""
    if len(text) > longest:
        raise ValueError(f"The strokes are longer than {longest} signs.")
    return tuple(_parse_stroke(part) for part in text.split(".")) if text else ()


def _parse_stroke(text: str) -> PenStroke:
    if not set(text) <= VALUES.keys() or len(text) < 4 or len(text) % 2:
        raise ValueError("This is no stroke.")
    width, *place = (VALUES[sign] for sign in text[:4])
    steps = np.array([VALUES[sign] for sign in text[4:]], dtype=np.int64).reshape(-1, 2) - NO_STEP
    y, x = divmod((place[0] * 64 + place[1]) * 64 + place[2], CANVAS)
    points = np.cumsum(np.concatenate([[[x, y]], steps]), axis=0)
    if not THINNEST <= width <= THICKEST or points.min() < 0 or points.max() >= CANVAS:
        raise ValueError("This stroke leaves the canvas, or its pen is none of the app's.")
    return PenStroke(width, points)


def write_strokes(strokes: tuple[PenStroke, ...]) -> str:
    """Write strokes as text. Raises ValueError if a step is too long for one sign, or anything is out of range."""
    text = ".".join(_write_stroke(stroke) for stroke in strokes)
    parse_strokes(text, len(text))
    return text


def _write_stroke(stroke: PenStroke) -> str:
    x, y = (int(value) for value in stroke.points[0])
    place = CANVAS * y + x
    steps = np.diff(stroke.points, axis=0).ravel() + NO_STEP
    numbers = [stroke.width, place // 4096, place // 64 % 64, place % 64, *steps.tolist()]
    if not all(0 <= number < len(SIGNS) for number in numbers):
        raise ValueError("A step is longer than 31 pixels.")
    return "".join(SIGNS[number] for number in numbers)


def write_pixels(digit: np.ndarray) -> str:
    """Write a digit as text: (28, 28) uint8."""
    return base64.urlsafe_b64encode(zlib.compress(digit.tobytes(), 9)).decode().rstrip("=")


def parse_pixels(text: str) -> np.ndarray:
    """Read a digit from its text: (28, 28) uint8. Raises ValueError for anything else than such a text."""
    if len(text) > 2 * SIDE * SIDE:
        raise ValueError("This is longer than any digit.")
    unpacker = zlib.decompressobj()
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        pixels = unpacker.decompress(packed, SIDE * SIDE + 1)  # and no more, however much there is
    except (ValueError, zlib.error):
        raise ValueError("This is no digit.") from None
    if len(pixels) != SIDE * SIDE or not unpacker.eof or unpacker.unused_data:
        raise ValueError("This is no digit.")
    return np.frombuffer(pixels, dtype=np.uint8).reshape(SIDE, SIDE).copy()

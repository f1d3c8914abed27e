"""A drawing as a short text for a link: its strokes, or its 28 x 28 pixels.

The 64 characters that a URL need not escape stand for the numbers 0 to 63. A stroke is the width of its pen (one
character), its first point (three: 280 y + x), then a step in x and one in y for each further point (one character
each, 32 more than the step). Dots separate strokes.
"""

import base64
import zlib

import numpy as np

from core.dataset import SIDE
from core.drawing.strokes import CANVAS, THICKEST, THINNEST, PenStroke

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
VALUES = {character: value for value, character in enumerate(CHARACTERS)}
NO_STEP = 32  # stands for a step of 0
LINK_LIMIT = 1_500  # characters of strokes: with the pixels and the settings, such a URL works everywhere
CANVAS_LIMIT = 40_000  # characters of strokes: far more than any digit, and still judged in a second


def parse_strokes(text: str, longest: int = LINK_LIMIT) -> tuple[PenStroke, ...]:
    """Read strokes from their text; an empty text holds none. Raises ValueError if it is no such text."""
    if len(text) > longest:
        raise ValueError(f"The strokes are longer than {longest} characters.")
    return tuple(_parse_stroke(part) for part in text.split(".")) if text else ()


def _parse_stroke(text: str) -> PenStroke:
    if not set(text) <= VALUES.keys() or len(text) < 4 or len(text) % 2:
        raise ValueError("This is no stroke.")
    width, *place = (VALUES[character] for character in text[:4])
    steps = np.array([VALUES[character] for character in text[4:]], dtype=np.int64).reshape(-1, 2) - NO_STEP
    y, x = divmod((place[0] * 64 + place[1]) * 64 + place[2], CANVAS)
    points = np.cumsum(np.concatenate([[[x, y]], steps]), axis=0)
    if not THINNEST <= width <= THICKEST or points.min() < 0 or points.max() >= CANVAS:
        raise ValueError("This stroke leaves the canvas, or its pen is none of the app's.")
    return PenStroke(width, points)


def write_strokes(strokes: tuple[PenStroke, ...]) -> str:
    """Write strokes as text. Raises ValueError if a step is longer than 31 pixels, or anything is out of range."""
    text = ".".join(_write_stroke(stroke) for stroke in strokes)
    parse_strokes(text, len(text))
    return text


def _write_stroke(stroke: PenStroke) -> str:
    x, y = (int(value) for value in stroke.points[0])
    place = CANVAS * y + x
    steps = np.diff(stroke.points, axis=0).ravel() + NO_STEP
    numbers = [stroke.width, place // 4096, place // 64 % 64, place % 64, *steps.tolist()]
    if not all(0 <= number < len(CHARACTERS) for number in numbers):
        raise ValueError("A step is longer than 31 pixels.")
    return "".join(CHARACTERS[number] for number in numbers)


def write_pixels(digit: np.ndarray) -> str:
    """Write a digit as text: (28, 28) uint8."""
    return base64.urlsafe_b64encode(zlib.compress(digit.tobytes(), 9)).decode().rstrip("=")


def parse_pixels(text: str) -> np.ndarray:
    """Read a digit from its text: (28, 28) uint8. Raises ValueError if it is no such text."""
    if len(text) > 2 * SIDE * SIDE:
        raise ValueError("This is longer than any digit.")
    unpacker = zlib.decompressobj()
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        pixels = unpacker.decompress(packed, SIDE * SIDE + 1)  # no more, however much the text would unpack to
    except (ValueError, zlib.error):
        raise ValueError("This is no digit.") from None
    if len(pixels) != SIDE * SIDE or not unpacker.eof or unpacker.unused_data:
        raise ValueError("This is no digit.")
    return np.frombuffer(pixels, dtype=np.uint8).reshape(SIDE, SIDE).copy()

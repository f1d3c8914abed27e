"""A drawing as a short text that a link can carry: its strokes, or its 28 x 28 pixels.

Sixty-four signs that no address has to escape stand for the numbers 0 to 63. A stroke is the width of its pen (one
sign), its first point (three: 280 y + x), then a step in x and one in y for each further point (one sign each, 32 more
than the step). Strokes are set apart by dots.
"""

import base64
import zlib
from dataclasses import dataclass

import numpy as np

from core.dataset import SIDE
from core.strokes import CANVAS, render

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
VALUES = {sign: value for value, sign in enumerate(SIGNS)}
NO_STEP = 32  # the sign of a step that does not move
THINNEST, THICKEST = 8, 28  # widths of the pen
LONGEST = 1_500  # signs of strokes in a link: with the pixels and the settings, all programs take such an address
NEAR = 4  # pixels from each point to the next: a hand's curves need no more of them
FAR = 31  # pixels in x or y: the longest step that one sign can say
FULL = 40_000  # signs of strokes on the canvas: far more than any digit, and still judged in a second


@dataclass(frozen=True)
class PenStroke:
    """One stroke of the pen: its width in pixels, and (n, 2) int64 points x, y in [0, 280), n >= 1."""

    width: int
    points: np.ndarray


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


def sparse(points: np.ndarray) -> np.ndarray:
    """Return as few points as say where a pen went, near each other as a link wants them, and on the canvas.

    points: (n, 2) float, n >= 1, in pixels of the canvas, finite. Returns (m, 2) int64, m >= 1.
    """
    first, *others = np.clip(points, 0, CANVAS - 1).round().astype(np.int64)
    kept = [first]
    for number, point in enumerate(others, start=1):
        step = point - kept[-1]
        if np.hypot(*step) < (1 if number == len(others) else NEAR):
            continue
        parts = -(-abs(step).max() // FAR)
        kept += [kept[-1] + (step * part / parts).round().astype(np.int64) for part in range(1, parts + 1)]
    return np.array(kept)


def draw_strokes(strokes: tuple[PenStroke, ...]) -> np.ndarray:
    """Draw strokes as the canvas does: (280, 280, 4) uint8, black on white."""
    widths = sorted({stroke.width for stroke in strokes})
    layers = [render([s.points for s in strokes if s.width == width], width, CANVAS) for width in widths]
    return np.minimum.reduce(layers) if layers else render([], THINNEST, CANVAS)


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

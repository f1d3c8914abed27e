"""Draw pen strokes as the canvas of the page draws them, so that a link or a benchmark can do without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Stroke = np.ndarray  # (n, 2) float, n >= 1: x and y in pixels of the canvas, y growing downwards

CANVAS = 280  # pixels along each edge of the canvas: ten to a pixel of MNIST
PEN = 20  # pixels: as thick on this canvas as the strokes of MNIST are
SPACING = 3  # pixels between points of a curve: it strays a tenth of a pixel from the arc of the tightest hand
MOST_POINTS = 64  # on one curve, however long it is


def smooth(stroke: Stroke) -> np.ndarray:
    """Return points along the curve that the canvas lays through a stroke: (n, 2) float -> (m, 2) float64.

    The curve runs straight to the first half-way point, then in a parabola from each half-way point to the next with
    the stroke's own point between them to steer it, and straight to the end, as fabric.js's PencilBrush does.
    """
    points = np.asarray(stroke, dtype=np.float64).reshape(-1, 2)
    if len(points) < 3:
        return points
    halfway = (points[:-1] + points[1:]) / 2
    curve = [points[:1], halfway[:1]]
    for begin, steer, end in zip(halfway[:-1], points[1:-1], halfway[1:], strict=True):
        length = np.hypot(*(steer - begin)) + np.hypot(*(end - steer))
        count = int(min(max(np.ceil(length / SPACING), 1), MOST_POINTS))
        t = np.arange(1, count + 1)[:, None] / count
        curve.append((1 - t) ** 2 * begin + 2 * t * (1 - t) * steer + t**2 * end)
    return np.concatenate([*curve, points[-1:]])


def coverage(strokes: Sequence[Stroke], width: float, side: int = CANVAS) -> np.ndarray:
    """Return how much of each pixel a round pen covers: (side, side) float64 in [0, 1].

    strokes: as `render` takes them. A pixel's share is taken from the distance of its centre to the stroke's edge.
    """
    squared = np.full((side, side), np.inf)
    for stroke in strokes:
        curve = smooth(stroke).tolist()
        for begin, end in pairwise(curve if len(curve) > 1 else 2 * curve):
            _bring_near(squared, *begin, *end, width / 2 + 1)
    return np.clip(width / 2 - np.sqrt(squared) + 0.5, 0, 1)


def render(strokes: Sequence[Stroke], width: float, side: int = CANVAS) -> np.ndarray:
    """Draw strokes in black on white with a round pen, anti-aliased; a lone point is a dot.

    strokes: each (n, 2) float, n >= 1, x and y in pixels of the canvas, y growing downwards; they may leave the canvas.
    width: of the pen in pixels. Returns (side, side, 4) uint8, RGBA.
    Raises ValueError if a coordinate is not a finite number.
    """
    if not all(np.isfinite(stroke).all() for stroke in strokes):
        raise ValueError("The strokes hold a coordinate that is not a finite number.")
    grey = (255 * (1 - coverage(strokes, width, side))).round().astype(np.uint8)
    return np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1)


def _bring_near(squared: np.ndarray, x0: float, y0: float, x1: float, y1: float, reach: float) -> None:
    """Lower each pixel's squared distance, in place, to that of the straight line from 0 to 1, as far as it reaches."""
    # Plain numbers where there are two of them: NumPy would take twice as long for the whole drawing.
    left, right = _span(x0, x1, reach, len(squared))
    top, bottom = _span(y0, y1, reach, len(squared))
    x = np.arange(left, right) + (0.5 - x0)  # from the line's beginning to the centre of each pixel
    y = np.arange(top, bottom)[:, None] + (0.5 - y0)
    along_x, along_y = x1 - x0, y1 - y0
    length = along_x**2 + along_y**2
    if length > 0:
        nearest = x * (along_x / length) + y * (along_y / length)  # the place on the line, 0 its begin and 1 its end
        np.maximum(nearest, 0, out=nearest)
        np.minimum(nearest, 1, out=nearest)
        x, y = x - nearest * along_x, y - nearest * along_y
    area = squared[top:bottom, left:right]
    np.minimum(area, x * x + y * y, out=area)


def _span(a: float, b: float, reach: float, side: int) -> tuple[int, int]:
    """Return the first pixel near a line from a to b along one axis, and the one after the last, within the canvas."""
    first, end = min(a, b) - reach, max(a, b) + reach + 1
    return min(max(int(first), 0), side), min(max(int(end), 0), side)


THINNEST, THICKEST = 8, 28  # widths of the pen
NEAR = 4  # pixels from each point to the next: a hand's curves need no more of them
FAR = 31  # pixels in x or y: the longest step that one sign can say


@dataclass(frozen=True)
class PenStroke:
    """One stroke of the pen: its width in pixels, and (n, 2) int64 points x, y in [0, 280), n >= 1."""

    width: int
    points: np.ndarray


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

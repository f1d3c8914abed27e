"""Draw pen strokes as the canvas on the page does, so that a link or a benchmark needs no browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Stroke = np.ndarray  # (n, 2) float, n >= 1: x and y in pixels of the canvas, y growing downwards

CANVAS = 280  # pixels along each edge of the canvas: ten for each pixel of MNIST
PEN = 20  # width of the pen in pixels, as wide relative to the canvas as the strokes of MNIST
THINNEST, THICKEST = 8, 28  # widths of the pen in pixels
SPACING = 3  # pixels between points of a curve: at most a tenth of a pixel off the tightest curve of a hand
MOST_POINTS = 64  # on one parabola, however long it is
MIN_STEP = 4  # pixels between resampled points: enough for a hand's curves
MAX_STEP = 31  # pixels in x or y between resampled points: the most that one character of a link can encode


@dataclass(frozen=True)
class PenStroke:
    """One stroke of the pen. width: in pixels; points: (n, 2) int64 in [0, 280), n >= 1, x and y."""

    width: int
    points: np.ndarray


def smooth(stroke: Stroke) -> np.ndarray:
    """Return points along the curve that the canvas draws for a stroke: (n, 2) float -> (m, 2) float64.

    The curve is straight up to the first midpoint between two points and from the last one on. From each midpoint to
    the next it is a parabola (quadratic Bézier curve), whose control point is the stroke's own point between them.
    Source: PencilBrush of fabric.js.
    """
    points = np.asarray(stroke, dtype=np.float64).reshape(-1, 2)
    if len(points) < 3:
        return points
    midpoints = (points[:-1] + points[1:]) / 2
    curve = [points[:1], midpoints[:1]]
    for begin, control, end in zip(midpoints[:-1], points[1:-1], midpoints[1:], strict=True):
        length = np.hypot(*(control - begin)) + np.hypot(*(end - control))
        count = int(min(max(np.ceil(length / SPACING), 1), MOST_POINTS))
        t = np.arange(1, count + 1)[:, None] / count
        curve.append((1 - t) ** 2 * begin + 2 * t * (1 - t) * control + t**2 * end)
    return np.concatenate([*curve, points[-1:]])


def resample(points: np.ndarray) -> np.ndarray:
    """Return fewer points along a stroke: at least 4 pixels apart, but at most 31 in x and in y, as a link needs them.

    points: (n, 2) float, n >= 1, in pixels of the canvas, finite; those outside the canvas are moved to its edge.
    Returns (m, 2) int64 in [0, 280), m >= 1. The stroke's last point is kept even if it is less than 4 pixels away.
    """
    first, *others = np.clip(points, 0, CANVAS - 1).round().astype(np.int64)
    kept = [first]
    for number, point in enumerate(others, start=1):
        step = point - kept[-1]
        if np.hypot(*step) < (1 if number == len(others) else MIN_STEP):
            continue
        parts = -(-abs(step).max() // MAX_STEP)
        kept += [kept[-1] + (step * part / parts).round().astype(np.int64) for part in range(1, parts + 1)]
    return np.array(kept)


def coverage(strokes: Sequence[Stroke], width: float, side: int = CANVAS) -> np.ndarray:
    """Return how much of each pixel is covered by strokes of a round pen: (side, side) float64 in [0, 1].

    strokes, width: as for `render`. The coverage follows from the distance of the pixel's centre to the stroke's edge.
    """
    squared = np.full((side, side), np.inf)  # distance of each pixel's centre to the nearest stroke
    for stroke in strokes:
        curve = smooth(stroke).tolist()
        for begin, end in pairwise(curve if len(curve) > 1 else 2 * curve):
            _lower_to_segment(squared, *begin, *end, width / 2 + 1)
    return np.clip(width / 2 - np.sqrt(squared) + 0.5, 0, 1)


def _lower_to_segment(squared: np.ndarray, x0: float, y0: float, x1: float, y1: float, reach: float) -> None:
    """Lower the squared distances, in place, to those from the segment between two points, for pixels within reach."""
    # Python's floats here: for so few numbers, NumPy would double the time of the whole drawing.
    left, right = _span(x0, x1, reach, len(squared))
    top, bottom = _span(y0, y1, reach, len(squared))
    x = np.arange(left, right) + (0.5 - x0)  # from the segment's begin to the centre of each pixel
    y = np.arange(top, bottom)[:, None] + (0.5 - y0)
    along_x, along_y = x1 - x0, y1 - y0
    length = along_x**2 + along_y**2
    if length > 0:
        nearest = x * (along_x / length) + y * (along_y / length)  # position on the segment: 0 its begin, 1 its end
        np.maximum(nearest, 0, out=nearest)
        np.minimum(nearest, 1, out=nearest)
        x, y = x - nearest * along_x, y - nearest * along_y
    area = squared[top:bottom, left:right]
    np.minimum(area, x * x + y * y, out=area)


def _span(a: float, b: float, reach: float, side: int) -> tuple[int, int]:
    """Return the range of pixels within reach of a segment from a to b along one axis, cut off at the canvas."""
    first, end = min(a, b) - reach, max(a, b) + reach + 1
    return min(max(int(first), 0), side), min(max(int(end), 0), side)


def render(strokes: Sequence[Stroke], width: float, side: int = CANVAS) -> np.ndarray:
    """Draw strokes in black on white with a round pen, anti-aliased; a single point becomes a dot.

    strokes: each (n, 2) float, n >= 1, x and y in pixels of the canvas, y growing downwards; they may leave the canvas.
    width: of the pen in pixels. Returns (side, side, 4) uint8, RGBA.
    Raises ValueError if a coordinate is not a finite number.
    """
    if not all(np.isfinite(stroke).all() for stroke in strokes):
        raise ValueError("The strokes hold a coordinate that is not a finite number.")
    grey = (255 * (1 - coverage(strokes, width, side))).round().astype(np.uint8)
    return np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1)


def draw_strokes(strokes: Sequence[PenStroke]) -> np.ndarray:
    """Draw strokes, each with its own width: (280, 280, 4) uint8, black on white."""
    widths = sorted({stroke.width for stroke in strokes}) or [PEN]
    return np.minimum.reduce([render([s.points for s in strokes if s.width == width], width) for width in widths])

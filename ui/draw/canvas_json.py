"""Pen strokes from and to the JSON of fabric.js, the library that the canvas in the browser draws with."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.drawing.strokes import THICKEST, THINNEST, PenStroke, resample
from ui.state.drawing_text import CANVAS_LIMIT

SAMPLES = 33  # points on each curve whose bounding box is measured
MOST_STROKES = CANVAS_LIMIT // 5  # each takes 4 characters and a dot
MOST_POINTS = 2 * CANVAS_LIMIT  # two characters each, and of a hand's points a quarter and more are kept
TOLERANCE = 0.5  # pixels: a stroke that is nearer than this to where it was drawn has not been moved


class TooMuch(ValueError):
    """A drawing has more on it than can be judged."""


def read_drawing(drawing: object) -> tuple[PenStroke, ...]:
    """Read the strokes of a drawing from the JSON of fabric.js: {"objects": [...]}.

    They may have been moved, scaled, mirrored and rotated since they were drawn. What is off the canvas is moved to
    its edge. Raises TooMuch before it reads a drawing that would take long, and ValueError for anything else than a
    drawing of freehand strokes.
    """
    try:
        several = drawing["objects"]
        if len(several) > MOST_STROKES or sum(len(each["path"]) for each in several) > MOST_POINTS:
            raise TooMuch
        with np.errstate(all="ignore"):  # numbers that are too large become infinite, which is refused
            return tuple(map(_read_stroke, several))
    except (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError):
        raise ValueError("This is no drawing of strokes.") from None


def _read_stroke(each: dict) -> PenStroke:
    if each["type"] != "Path" or len(each["path"]) > CANVAS_LIMIT:
        raise ValueError("This is no stroke of a pen.")
    # For the points a, b, c fabric.js writes the path M a, Q a ab, Q b bc, L c, where ab is half-way from a to b.
    points = np.array([[float(number) for number in command[1:3]] for command in each["path"]])
    halves = np.array([[float(number) for number in command[3:5]] for command in each["path"][1:-1]]).reshape(-1, 2)
    across, down = float(each.get("scaleX", 1)), float(each.get("scaleY", 1))
    width = float(each["strokeWidth"]) * abs(across * down) ** 0.5
    if "left" in each:
        middle = _middle(points, halves)
        scale = np.array([-across if each.get("flipX") else across, -down if each.get("flipY") else down])
        angle = np.radians(float(each.get("angle", 0)))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = (points - middle) * scale @ turn.T + [float(each["left"]), float(each["top"])]
        # The middle is only known to a fraction of a pixel, and a stroke that was not moved must stay where it is.
        points = moved if abs(moved - points).max() > TOLERANCE else points
    if not np.isfinite([width, *points.ravel()]).all():
        raise ValueError("This stroke leads nowhere.")
    return PenStroke(min(max(round(width), THINNEST), THICKEST), resample(points))


def _middle(points: np.ndarray, halves: np.ndarray) -> np.ndarray:
    """Return the middle of the bounding box of a curve, about which it is scaled and rotated.

    fabric.js takes the box, a little larger, of the cubic curves that use the quadratic control point twice.
    """
    t = np.linspace(0, 1, SAMPLES)[:, None, None]
    begin = np.concatenate([points[:1], halves[:-1]])[: len(halves)]
    curves = (1 - t) ** 3 * begin + 3 * t * (1 - t) * points[1:-1] + t**3 * halves
    reached = np.concatenate([points[[0, -1]], curves.reshape(-1, 2)])
    return (reached.min(axis=0) + reached.max(axis=0)) / 2


def write_drawing(strokes: Sequence[PenStroke]) -> dict:
    """Write strokes as the JSON of fabric.js, so that a canvas can start with them."""
    return {"objects": [_write_stroke(stroke) for stroke in strokes]}


def _write_stroke(stroke: PenStroke) -> dict:
    points = stroke.points.tolist()
    x, y = points[0]
    halves = [["Q", a, b, (a + c) / 2, (b + d) / 2] for (a, b), (c, d) in pairwise(points)]
    path = [["M", x, y], *halves, ["L", *points[-1]]]
    if len(points) == 1:  # a dot: a line of length 0 would not be drawn
        path = [["M", x - stroke.width / 1000, y], ["L", x + stroke.width / 1000, y]]
    style = {"stroke": "black", "fill": None, "strokeLineCap": "round", "strokeLineJoin": "round"}
    return {"type": "Path", "path": path, "strokeWidth": stroke.width} | style

"""Strokes in the terms of fabric.js, the library that the canvas in the browser draws with."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.drawing.strokes import THICKEST, THINNEST, PenStroke, resample
from ui.state.drawing_text import CANVAS_LIMIT

FINE = 33  # points on each curve whose box is looked for
NOTICED = 0.5  # pixels: a stroke that is less than this from where it was drawn has not been moved
Path = list[list]  # commands such as ["M", x, y], ["Q", x, y, x, y] and ["L", x, y]


def read_drawing(drawing: object) -> tuple[PenStroke, ...]:
    """Read the strokes of a drawing, as fabric.js writes its canvas down: {"objects": [...]}.

    They may have been moved, scaled, mirrored and turned since they were drawn. What lies beside the canvas is brought
    to its edge. Raises ValueError for anything that is no drawing of freehand strokes.
    """
    try:
        return tuple(_read_stroke(each) for each in drawing["objects"])
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError):
        raise ValueError("This is no drawing of strokes.") from None


def _read_stroke(each: dict) -> PenStroke:
    if each["type"] != "Path" or len(each["path"]) > CANVAS_LIMIT:
        raise ValueError("This is no stroke of a pen.")
    # Where fabric.js was given the points a, b, c it writes M a, Q a ab, Q b bc, L c, with ab half-way from a to b.
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
        # The middle is known to a part of a pixel only: a stroke that nobody touched is to stay where it is.
        points = moved if abs(moved - points).max() > NOTICED else points
    if not np.isfinite([width, *points.ravel()]).all():
        raise ValueError("This stroke leads nowhere.")
    return PenStroke(min(max(round(width), THINNEST), THICKEST), resample(points))


def _middle(points: np.ndarray, halves: np.ndarray) -> np.ndarray:
    """Return the middle of the box around a curve, about which it is scaled and turned.

    fabric.js takes the box of cubic curves that have the control point of the quadratic ones twice, a little larger.
    """
    t = np.linspace(0, 1, FINE)[:, None, None]
    begin = np.concatenate([points[:1], halves[:-1]])[: len(halves)]
    curves = (1 - t) ** 3 * begin + 3 * t * (1 - t) * points[1:-1] + t**3 * halves
    reached = np.concatenate([points[[0, -1]], curves.reshape(-1, 2)])
    return (reached.min(axis=0) + reached.max(axis=0)) / 2


def write_drawing(strokes: Sequence[PenStroke]) -> dict:
    """Write strokes down as fabric.js does, so that a canvas can begin with them."""
    return {"objects": [_write_stroke(stroke) for stroke in strokes]}


def _write_stroke(stroke: PenStroke) -> dict:
    return {
        "type": "Path",
        "path": _path(stroke.points.tolist(), stroke.width),
        "stroke": "black",
        "fill": None,
        "strokeWidth": stroke.width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }


def _path(points: list[list[int]], width: int) -> Path:
    (x, y), (end_x, end_y) = points[0], points[-1]
    if len(points) == 1:
        return [["M", x - width / 1000, y], ["L", x + width / 1000, y]]  # of no length at all, it would not be drawn
    halves = [["Q", a, b, (a + c) / 2, (b + d) / 2] for (a, b), (c, d) in pairwise(points)]
    return [["M", x, y], *halves, ["L", end_x, end_y]]

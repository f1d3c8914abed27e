"""The canvas on which weights are painted: a component that reports the whole painting after each stroke."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.dataset import SIDE
from ui.component import component
from ui.state import keys, session
from ui.state.painting_text import STRONG

_component = component(Path(__file__).with_suffix(".js"))


def show_canvas(
    painting: np.ndarray, edition: int, digits: tuple[int, ...], words: str, on_stroke: Callable[[], None]
) -> None:
    """Show the canvas.

    painting: (28, 28) int8; it counts when the canvas is new, or `edition` is. digits: what blue and orange speak for.
    words: say above it how good the painting is.
    """
    data = {
        "painting": "".join(str(value + STRONG) for value in painting.ravel().tolist()),
        "edition": edition,
        "digits": digits,
        "words": words,
    }
    _component(key=keys.PAINT, data=data, on_stroke_change=on_stroke)


def read_stroke() -> np.ndarray | None:
    """Return the painting that the browser has sent, (28, 28) int8; None if what it sent makes no sense."""
    stroke = session.came_with(keys.PAINT, "stroke")
    marks = {str(value) for value in range(2 * STRONG + 1)}
    if not isinstance(stroke, str) or len(stroke) != SIDE * SIDE or not set(stroke) <= marks:
        return None
    return (np.frombuffer(stroke.encode(), np.int8) - ord("0") - STRONG).reshape(SIDE, SIDE)

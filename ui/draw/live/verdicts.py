"""The verdicts, which move while the pen does: the browser asks about the strokes so far, a fragment answers.

The browser asks again when it has its answer, so at most one question is under way, and a slow server is asked less
often. The newest drawing wins: a question about a paper that has been cleared or changed meanwhile, one that is cut
off, and one that arrives after a newer one are not judged.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import streamlit as st

from core.drawing.strokes import CANVAS, PenStroke, resample
from ui.component import component
from ui.draw.history import CanvasHistory
from ui.draw.judging import Judged
from ui.patches import fragments
from ui.state import keys, session
from ui.state.drawing_text import parse_strokes

LONGEST = 8_000  # pixels of lines that are judged while the pen moves, a quarter of a second: a digit has some hundred
MOST_NUMBERS = LONGEST  # x and y of each point of one stroke: a browser sends points that are 2 pixels apart

_component = component(
    Path(__file__).with_suffix(".js"),
    '<div class="judged"><dl class="verdicts"></dl><figure class="judged-pixels"><canvas width="28" height="28" '
    'role="img" aria-label="The drawing as 28 × 28 pixels"></canvas></figure>'
    '<p class="judged-said" aria-live="polite"></p></div>',
    isolate_styles=False,
)


@dataclass(frozen=True)
class Ask:
    """A question about a stroke that is being drawn.

    number: grows with each question of a session. drawing and strokes: the edition of the paper, and how many strokes
    are on it besides this one. pen: its width in pixels. points: (n, 2) float64, n >= 1, in pixels of the paper.
    """

    number: int
    drawing: int
    strokes: int
    pen: int
    points: np.ndarray


def read_ask(sent: object) -> Ask | None:
    """Return what a browser has asked; None if it has not, or if what it sent makes no sense."""
    match sent:
        case {"number": int(number), "drawing": int(drawing), "strokes": int(strokes), "pen": int(pen)}:
            points = sent.get("points")
            if not isinstance(points, list) or not 2 <= len(points) <= MOST_NUMBERS or len(points) % 2:
                return None
            if not all(type(place) in (int, float) and abs(place) < 1e6 for place in points):  # which NaN is not
                return None
            return Ask(number, drawing, strokes, pen, np.array(points, dtype=np.float64).reshape(-1, 2))
    return None


def with_stroke(history: CanvasHistory, ask: Ask | None, pen: int) -> tuple[PenStroke, ...] | None:
    """Return the strokes on the paper with the one that is being drawn; None if the question is not to be judged.

    So it is where there are very many strokes: those are judged when the pen is lifted. pen: the width that is chosen,
    in pixels.
    """
    if ask is None or ask.number <= history.asked:
        return None
    history.asked = ask.number
    if (ask.drawing, ask.strokes, ask.pen) != (history.edition, history.count, pen):
        return None
    on_paper = parse_strokes(history.text, len(history.text))
    if sum(map(_length, (*on_paper, PenStroke(pen, ask.points)))) > LONGEST:
        return None
    return *on_paper, PenStroke(pen, resample(ask.points))


def _length(stroke: PenStroke) -> float:
    """Return how long the line of a stroke is, in pixels; a dot is as long as its pen is wide."""
    steps = np.diff(np.clip(stroke.points, 0, CANVAS - 1), axis=0)
    return stroke.width + np.hypot(*steps.T).sum()


def show_verdicts(
    history: CanvasHistory, judged: Judged, judge_strokes: Callable[[tuple[PenStroke, ...]], Judged]
) -> None:
    """Show what was judged, and judge the strokes of a pen that is on the paper, for as long as a browser asks."""
    runs = count()

    @st.fragment
    def follow() -> None:
        shown, asked = judged, 0
        if next(runs):  # the fragment runs alone: the pen is on the paper
            ask = read_ask(session.came_with(keys.VERDICTS, "ask"))
            strokes = with_stroke(history, ask, session.value("pen"))
            if strokes:
                shown, asked = judge_strokes(strokes), ask.number
        # An event needs a callback, even one that does nothing.
        _component(key=keys.VERDICTS, data=_written(shown, history, asked), on_ask_change=lambda: None)
        fragments.run_page_if_changed()

    follow()


def _written(judged: Judged, history: CanvasHistory, asked: int) -> dict:
    return {
        "number": history.asked,
        "asked": asked,
        "drawing": history.edition,
        "strokes": history.count,
        "pen": session.value("pen"),
        "blank": judged.digit is None,
        "said": judged.said,
        "cards": judged.cards,
        "pixels": "" if judged.digit is None else base64.b64encode(judged.digit.tobytes()).decode(),
    }

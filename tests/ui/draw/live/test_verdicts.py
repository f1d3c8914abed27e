"""Questions about a stroke that is being drawn: what is judged, and what is not."""

import numpy as np
import pytest

from tests.pages.draw_page import CROSSED_SEVEN, SEVEN, THREE, stroke
from ui.draw.history import CanvasHistory
from ui.draw.live.verdicts import read_ask, with_stroke
from ui.state.drawing_text import parse_strokes, write_strokes

SENT = {"number": 4, "drawing": 2, "strokes": 1, "pen": 20, "points": [10, 20, 40.5, 20, 40, 60]}


def paper(text: str = SEVEN, edition: int = 2) -> CanvasHistory:
    return CanvasHistory(text, edition=edition)


def strokes(history: CanvasHistory, **changed):
    return with_stroke(history, read_ask(SENT | changed), 20)


def test_a_question_is_judged_with_the_strokes_on_the_paper_and_its_own():
    *before, last = strokes(paper())
    assert write_strokes(tuple(before)) == SEVEN
    assert last.width == 20
    assert last.points[[0, -1]].tolist() == [[10, 20], [40, 60]]


def test_a_point_is_enough():
    (dot,) = strokes(paper("", 0), drawing=0, strokes=0, points=[5, 6])
    assert dot.points.tolist() == [[5, 6]]


@pytest.mark.parametrize(
    "changed",
    [
        {"points": []},
        {"points": [10]},
        {"points": [10, 20, 30]},  # cut off within a point
        {"points": [10, "20"]},
        {"points": [10, None]},
        {"points": [10, float("nan")]},
        {"points": [10, float("inf")]},
        {"points": [10, 10**400]},
        {"points": [10, True]},
        {"points": "10,20"},
        {"points": None},
        {"points": 200_000 * [1, 2]},
        {"number": "4"},
        {"number": None},
        {"drawing": 2.5},
        {"pen": "wide"},
    ],
    ids=lambda changed: str(changed)[:40],
)
def test_a_message_that_is_cut_off_or_makes_no_sense_is_no_question(changed):
    assert read_ask(SENT | changed) is None


PARTS = [{key: value for key, value in SENT.items() if key != gone} for gone in SENT]


@pytest.mark.parametrize("sent", [None, 7, [], "ask", {}, *PARTS], ids=str)
def test_something_else_is_no_question(sent):
    assert read_ask(sent) is None


def test_a_question_that_arrives_after_a_newer_one_or_twice_is_not_judged():
    history = paper()
    assert strokes(history, number=5)
    assert strokes(history) is None
    assert strokes(history, number=5) is None
    assert strokes(history, number=6)


def test_a_question_about_a_paper_that_was_cleared_meanwhile_is_not_judged():
    history = paper()
    history.replace("")
    assert strokes(history) is None
    assert (history.text, [*history.past]) == ("", [SEVEN])  # nothing is lost


def test_a_question_about_strokes_that_were_undone_or_joined_by_others_is_not_judged():
    history = paper()
    history.record(CROSSED_SEVEN)
    assert strokes(history) is None
    history.undo()
    assert strokes(history, number=5) is None
    assert strokes(history, number=6, drawing=history.edition)


def test_a_question_of_another_pen_is_not_judged():
    assert strokes(paper(), pen=8) is None


def zigzag(times: int) -> list[int]:
    return times * [0, 0, 200, 0]  # each way of it is 200 pixels long


def test_what_would_take_long_to_draw_is_not_judged_before_the_pen_is_lifted():
    blank = {"drawing": 0, "strokes": 0}
    assert strokes(paper("", 0), points=zigzag(19), **blank)  # 7,400 pixels and a pen of 20
    assert strokes(paper("", 0), points=zigzag(21), **blank) is None
    many = ".".join(400 * [stroke((9, 9))])
    assert strokes(paper(many), strokes=400, points=zigzag(1)) is None
    assert strokes(paper(stroke((0, 0), *(16 * [(200, 0), (0, 0)]))), points=zigzag(5)) is None  # 6,400 and 1,800


def test_points_off_the_paper_are_moved_to_its_edge():
    points = strokes(paper(THREE), points=[-50, 20, 999_999, 20])[-1].points
    assert points.min() >= 0
    assert points.max() == 279
    assert len(parse_strokes(write_strokes(strokes(paper(THREE))))) == 2
    assert np.diff(points, axis=0).max() <= 31

"""What the canvas sends is read as the strokes that were drawn, and what is written for it is read back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drawing.strokes import PenStroke, resample
from ui.draw.canvas_json import TooMuch, read_drawing, write_drawing
from ui.state.drawing_text import CANVAS, CANVAS_LIMIT, parse_strokes, write_strokes

places = st.floats(-50, CANVAS + 50)
strokes = st.builds(
    lambda width, points: PenStroke(width, resample(np.array(points))),
    st.integers(8, 28),
    st.lists(st.tuples(places, places), min_size=1, max_size=30),
)
# The JSON of fabric.js 7.4 for a stroke of the mouse through (50, 100), (83, 106), (116, 113), (150, 120), (206, 146)
DRAWN = {
    "type": "Path",
    "strokeWidth": 20,
    "left": 128,
    "top": 123,
    "path": [
        ["M", 49.98, 99.98],
        ["Q", 50, 100, 66.5, 103],
        ["Q", 83, 106, 99.5, 109.5],
        ["Q", 116, 113, 133, 116.5],
        ["Q", 150, 120, 178, 133],
        ["L", 206.02, 146.02],
    ],
}
POINTS = np.array([[50, 100], [83, 106], [116, 113], [150, 120], [206, 146]])


def read_one(**changes) -> PenStroke:
    (stroke,) = read_drawing({"objects": [DRAWN | changes]})
    return stroke


def nearest(points: np.ndarray, stroke: PenStroke) -> np.ndarray:
    """Return how far each point is from the nearest of a stroke's."""
    return np.hypot(*(points[:, None] - stroke.points[None]).transpose(2, 0, 1)).min(axis=1)


@given(st.lists(strokes, max_size=4))
def test_what_is_written_is_read_back_and_fits_into_a_link(several):
    again = read_drawing(write_drawing(several))
    assert write_strokes(again) == write_strokes(tuple(several))
    assert len(parse_strokes(write_strokes(again), CANVAS_LIMIT)) == len(several)


@given(st.lists(st.tuples(places, places), min_size=1, max_size=40))
def test_thinned_out_points_stay_near_those_left_out_in_short_steps_on_the_canvas(points):
    points = np.array(points)
    kept = resample(points)
    assert kept.min() >= 0
    assert kept.max() < CANVAS
    assert abs(np.diff(kept, axis=0)).max(initial=0) <= 31
    assert (resample(kept) == kept).all()
    clipped = np.clip(points, 0, CANVAS - 1)
    assert nearest(clipped, PenStroke(20, kept)).max() < 4 + 2 * 0.5**0.5  # nearer than 4, each rounded to whole pixels


def test_a_stroke_of_the_mouse_goes_through_the_points_of_the_mouse():
    stroke = read_one()
    assert stroke.width == 20
    assert nearest(POINTS, stroke).max() == 0


def test_a_click_is_a_dot():
    click = {"type": "Path", "strokeWidth": 8, "left": 50, "top": 60, "path": [["M", 49.98, 60], ["L", 50.02, 60]]}
    (dot,) = read_drawing({"objects": [click]})
    assert dot.points.tolist() == [[50, 60]]


def test_a_moved_stroke_is_read_where_it_was_moved_to():
    assert nearest(POINTS + np.array([30, -20]), read_one(left=158, top=103)).max() <= 1


def test_a_stroke_scaled_to_half_shrinks_towards_its_middle_and_so_does_its_pen():
    half = read_one(scaleX=0.5, scaleY=0.5)
    assert half.width == 10
    assert nearest((POINTS - [128, 123]) / 2 + [128, 123], half).max() <= 1


def test_a_stroke_rotated_by_a_right_angle_goes_down_where_it_went_right():
    # (x, y) from the middle becomes (-y, x), as y grows downwards and angles go clockwise.
    x, y = (POINTS - [128, 123]).T
    assert nearest(np.stack([128 - y, 123 + x], axis=1), read_one(angle=90)).max() <= 1


def test_a_mirrored_stroke_has_left_and_right_exchanged():
    assert nearest(POINTS * [-1, 1] + [2 * 128, 0], read_one(flipX=True)).max() <= 1


def test_a_stroke_moved_off_the_canvas_stays_at_its_edge():
    assert read_one(left=1000).points[:, 0].tolist() == [CANVAS - 1] * len(read_one(left=1000).points)


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*DRAWN, "objects"]), inner),
)


@given(json | st.builds(lambda *parts: {"objects": [DRAWN | dict(parts)]}, st.tuples(st.sampled_from([*DRAWN]), json)))
def test_any_other_json_is_refused_or_read_as_strokes_on_the_canvas(drawing):
    try:
        several = read_drawing(drawing)
    except ValueError:
        return
    assert len(parse_strokes(write_strokes(several), 10 * CANVAS_LIMIT)) == len(several)


@pytest.mark.parametrize("kind", ["Image", "Circle", None])
def test_an_object_that_is_no_freehand_stroke_is_refused(kind):
    with pytest.raises(ValueError, match="no stroke"):
        read_one(type=kind)


def test_a_drawing_of_more_strokes_or_points_than_can_be_judged_is_refused_unread():
    unread = {"path": [None]}
    for several in ([unread] * 50_000, [{"path": [None] * 1_000_000}], [{"path": [None] * 30_000}] * 3):
        with pytest.raises(TooMuch):
            read_drawing({"objects": several})


@given(st.sampled_from([*DRAWN, "scaleX", "scaleY", "angle", "flipX"]), st.floats(allow_nan=True) | st.integers())
def test_any_number_in_a_stroke_is_refused_or_leads_to_a_stroke_on_the_canvas(name, number):
    try:
        stroke = read_one(**{name: number})
    except ValueError:
        return
    assert 0 <= stroke.points.min() <= stroke.points.max() < CANVAS

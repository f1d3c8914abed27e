"""Strokes become pixels as the canvas draws them: round, anti-aliased, black on white."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from core.drawing.normalise import go_through, ink_of
from core.drawing.strokes import coverage, render, smooth

FINE = 8  # times as fine Pillow draws what is compared with

inside = st.floats(30, 250)
strokes_of_a_hand = st.lists(st.lists(st.tuples(inside, inside), min_size=1, max_size=6), min_size=1, max_size=3)
pens = st.integers(8, 28)


def by_pillow(curves, width: float) -> np.ndarray:
    """Draw lines and a disc at each of their points eight times as large, and take means: (280, 280) in [0, 1]."""
    large = Image.new("L", (280 * FINE, 280 * FINE))
    pencil = ImageDraw.Draw(large)
    radius = width * FINE / 2
    for curve in curves:
        points = [(x * FINE - 0.5, y * FINE - 0.5) for x, y in curve]  # Pillow counts from the centre of a pixel
        for (x0, y0), (x1, y1) in pairwise(points):
            if (length := np.hypot(x1 - x0, y1 - y0)) > 0:
                across, down = (y1 - y0) / length * radius, (x0 - x1) / length * radius
                corners = [
                    (x0 + across, y0 + down),
                    (x1 + across, y1 + down),
                    (x1 - across, y1 - down),
                    (x0 - across, y0 - down),
                ]
                pencil.polygon(corners, fill=255)
        for x, y in points:
            inner = radius - 0.5  # to the centres of the outermost pixels
            pencil.ellipse([x - inner, y - inner, x + inner, y + inner], fill=255)
    return np.asarray(large.reduce(FINE)) / 255


@settings(max_examples=30)
@given(strokes_of_a_hand, pens)
def test_pixels_are_covered_as_pillow_covers_them_eight_times_as_fine(strokes, width):
    drawn = coverage([np.array(stroke) for stroke in strokes], width)
    expected = by_pillow([smooth(np.array(stroke)) for stroke in strokes], width)
    # Where two edges meet within one pixel, its share is taken from the nearer one only: half of it may be missing.
    # Pillow draws the edge of a polygon as a line, a sixteenth of a pixel too wide on each side.
    assert np.abs(drawn - expected).max() < 0.5 + 2 / 16
    assert np.abs(drawn - expected)[expected > 0].mean() < 0.05
    assert drawn.sum() == pytest.approx(expected.sum(), rel=0.02 + 2 / 16 / width)


def test_a_single_point_is_a_dot_as_large_as_the_pen():
    drawn = coverage([np.array([[100.0, 50.0]])], 20)
    assert drawn.sum() == pytest.approx(np.pi * 10**2, rel=0.002)
    rows, columns = np.nonzero(drawn)
    assert (rows.mean() + 0.5, columns.mean() + 0.5) == (50, 100)


def test_a_straight_line_covers_its_length_times_the_width_and_two_half_discs():
    drawn = coverage([np.array([[60.0, 100.0], [200.0, 100.0]])], 16)
    assert drawn.sum() == pytest.approx(140 * 16 + np.pi * 8**2, rel=0.002)
    assert drawn[:, 130].nonzero()[0].tolist() == list(range(92, 108))


def test_a_curve_goes_through_the_ends_and_the_midpoints_and_rounds_the_corner():
    corner = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]])
    curve = smooth(corner)
    assert [tuple(curve[0]), tuple(curve[1]), tuple(curve[-2]), tuple(curve[-1])] == [
        (0, 0),
        (50, 0),
        (100, 50),
        (100, 100),
    ]
    halfway = (0.25 * 50 + 0.5 * 100 + 0.25 * 100, 0.25 * 50)  # of a parabola: ends count 1/4 each, its point 1/2
    assert np.hypot(*(curve - halfway).T).min() < 1e-9
    assert np.hypot(*np.diff(curve[1:-1], axis=0).T).max() < 6


@given(strokes_of_a_hand, pens)
def test_strokes_are_black_on_opaque_white_whatever_their_order_and_direction(strokes, width):
    strokes = [np.array(stroke) for stroke in strokes]
    rgba = render(strokes, width)
    assert (rgba.shape, rgba.dtype) == ((280, 280, 4), np.uint8)
    assert (rgba[..., 3] == 255).all()
    assert (rgba[..., 0] == rgba[..., 1]).all()
    assert (rgba[..., 0] == rgba[..., 2]).all()
    np.testing.assert_array_equal(rgba[..., 0], (255 - 255 * coverage(strokes, width)).round())
    reversed_ = render([stroke[::-1] for stroke in strokes[::-1]], width)
    np.testing.assert_allclose(rgba.astype(int), reversed_.astype(int), atol=1)


def test_no_stroke_is_white_paper_of_any_size():
    assert (render([], 20, side=56) == 255).all()
    assert render([], 20, side=56).shape == (56, 56, 4)


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1, max_size=5))
def test_strokes_may_leave_the_canvas_however_far(points):
    assert render([np.array(points)], 20).shape == (280, 280, 4)


def test_strokes_outside_the_canvas_change_nothing_on_it():
    line = np.array([[140.0, 100.0], [140.0, 400.0]])
    longer = np.array([[140.0, 100.0], [140.0, 2000.0]])
    np.testing.assert_array_equal(render([line], 20), render([longer], 20))
    assert (render([line], 20)[-1, 130:150, 0] == 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        render([np.array([[1.0, 2.0]]), np.array([[3.0, bad]])], 20)


def test_strokes_go_through_the_drawing_functions_as_a_canvas_does():
    seven = [np.array([[70.0, 60.0], [200.0, 60.0], [125.0, 225.0]])]
    digit = go_through(ink_of(render(seven, 20))).digit
    rows = np.flatnonzero(digit.any(1))
    assert np.ptp(rows) == 19
    assert digit.max() == 255

"""A pen that fits the digit."""

import numpy as np
import pytest

from core.drawing.normalise import go_through, ink_of
from core.drawing.pen import fit_pen
from core.drawing.strokes import PenStroke, draw_strokes

SEVEN = np.array([[0, 0], [100, 0], [40, 125]])


def seven(height: int, pen: int = 20) -> PenStroke:
    return PenStroke(pen, (SEVEN * height / 125).round().astype(np.int64) + 30)


@pytest.mark.parametrize("height", [167, 200])
def test_a_digit_of_usual_size_keeps_its_pen(height):
    stroke = seven(height)
    (kept,) = fit_pen([stroke])
    assert kept is stroke


@pytest.mark.parametrize(("height", "width"), [(25, 3), (50, 6), (100, 12), (150, 18)])
def test_a_small_digit_gets_a_pen_of_an_eighth_of_its_height(height, width):
    (thinner,) = fit_pen([seven(height)])
    assert thinner.width == width
    assert (thinner.points == seven(height).points).all()


def test_a_tiny_digit_looks_like_the_same_digit_drawn_large():
    def seen(strokes):
        return go_through(ink_of(draw_strokes(strokes))).digit.astype(int)

    large, tiny = seen([seven(160)]), [seven(40)]
    assert abs(seen(fit_pen(tiny)) - large).mean() < abs(seen(tiny) - large).mean() / 3


def test_a_dot_stays_a_dot():
    dot = PenStroke(20, np.array([[50, 50], [56, 58]]))
    assert fit_pen([dot]) == (dot,)


def test_a_thin_stroke_of_a_small_digit_stays_thinner_than_a_thick_one():
    thick, thin = fit_pen([seven(60, 28), seven(60, 14)])
    assert (thick.width, thin.width) == (7, 4)


def test_of_no_strokes_there_are_none():
    assert fit_pen([]) == ()

"""Strokes and pixels survive the way through a link unchanged; anything else is rejected."""

import base64
import contextlib
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.drawing.strokes import PenStroke, draw_strokes, render
from ui.state.drawing_text import (
    CANVAS,
    CANVAS_LIMIT,
    LINK_LIMIT,
    parse_pixels,
    parse_strokes,
    write_pixels,
    write_strokes,
)


@st.composite
def strokes(draw):
    """Draw a pen, a first point, and steps that stay on the canvas."""
    steps = draw(st.lists(st.tuples(st.integers(-31, 31), st.integers(-31, 31)), max_size=30))
    points = [draw(st.tuples(st.integers(0, 279), st.integers(0, 279)))]
    for x, y in steps:
        points.append((min(max(points[-1][0] + x, 0), 279), min(max(points[-1][1] + y, 0), 279)))
    return PenStroke(draw(st.integers(8, 28)), np.array(points))


@given(st.lists(strokes(), max_size=5))
def test_strokes_come_back_unchanged(several):
    text = write_strokes(tuple(several))
    again = parse_strokes(text, CANVAS_LIMIT)
    assert [stroke.width for stroke in again] == [stroke.width for stroke in several]
    for one, other in zip(again, several, strict=True):
        assert (one.points == other.points).all()


def test_the_text_of_a_stroke_is_pen_place_and_steps():
    # pen 20 is "U"; 280 * 1 + 2 = 282 = 4 * 64 + 26 is "AEa"; a step of +1, -1 is 33, 31: "hf"
    assert write_strokes((PenStroke(20, np.array([[2, 1], [3, 0]])),)) == "UAEahf"
    assert parse_strokes("") == ()


@given(st.text(max_size=50))
def test_any_text_is_strokes_on_the_canvas_or_rejected(text):
    try:
        several = parse_strokes(text)
    except ValueError:
        return
    assert write_strokes(several) == text
    for stroke in several:
        assert 8 <= stroke.width <= 28
        assert stroke.points.min() >= 0
        assert stroke.points.max() < CANVAS


@pytest.mark.parametrize(
    "text",
    [
        "U",
        "UAA",
        "UAAAA",
        "AAAA",
        "_AAA",
        "UAAA.",
        ".UAAA",
        "UAAA..UAAA",
        "U___",
        "UAAA__AA",
        "UAAAff",
        "UAÄA",
        "UAA A",
        "UA\0A",
        "UAAA+/",
    ],
)
def test_strokes_that_were_tampered_with_are_rejected(text):
    with pytest.raises(ValueError, match="stroke"):
        parse_strokes(text)


def test_too_many_strokes_are_rejected_before_they_are_read():
    text = "UAAA" + "gg" * LINK_LIMIT
    with pytest.raises(ValueError, match="longer"):
        parse_strokes(text)
    assert len(parse_strokes(text, CANVAS_LIMIT)) == 1


def test_a_step_too_long_for_one_character_cannot_be_written():
    with pytest.raises(ValueError, match="step"):
        write_strokes((PenStroke(20, np.array([[0, 0], [40, 0]])),))


def test_strokes_of_several_pens_are_drawn_on_one_paper():
    thick, thin = PenStroke(28, np.array([[40, 40], [60, 60]])), PenStroke(8, np.array([[200, 200]]))
    both = draw_strokes((thick, thin))
    alone = [render([one.points], one.width) for one in (thick, thin)]
    assert (both == np.minimum(*alone)).all()
    assert (draw_strokes(()) == 255).all()


@given(hnp.arrays(np.uint8, (28, 28)))
def test_pixels_come_back_unchanged(digit):
    text = write_pixels(digit)
    assert (parse_pixels(text) == digit).all()
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert len(text) <= 1200


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "seven",
        "====",
        "ÄÖ",
        "\0",
        packed(b""),
        packed(bytes(783)),
        packed(bytes(785)),
        packed(bytes(10**7)),
        packed(bytes(784))[:-3],
        packed(bytes(784)) + "AAAA",
        "A" * 5000,
    ],
)
def test_pixels_that_were_tampered_with_are_rejected(text):
    with pytest.raises(ValueError, match="digit"):
        parse_pixels(text)


@given(st.text(max_size=60))
def test_any_text_is_pixels_or_rejected(text):
    with contextlib.suppress(ValueError):
        assert parse_pixels(text).shape == (28, 28)

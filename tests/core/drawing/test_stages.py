"""Each stage of normalising a drawing can be switched off, and then does nothing."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.drawing.normalise import Switches, go_through, ink_of

SIDE = 280
PAPER = np.full((SIDE, SIDE, 4), 255, np.uint8)


def bar(top: int, left: int, height: int = 120, width: int = 40) -> np.ndarray:
    """Return ink: one upright bar on the paper."""
    ink = np.zeros((SIDE, SIDE), np.uint8)
    ink[top : top + height, left : left + width] = 255
    return ink


def middle(image: np.ndarray) -> tuple[float, float]:
    """Return the row and the column where the ink balances, counted from the picture's edge."""
    rows, columns = np.indices(image.shape) + 0.5
    return (rows * image).sum() / image.sum(), (columns * image).sum() / image.sum()


inks = hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60)))
switches = st.builds(Switches, st.booleans(), st.booleans(), st.booleans())


@given(inks, switches)
def test_with_any_stages_off_ink_becomes_a_digit(ink, switched):
    stages = go_through(ink, switched)
    if stages is None:
        assert ink.max() <= 16 or max(ink.shape) > 20
        return
    assert (stages.digit.shape, stages.digit.dtype) == ((28, 28), np.uint8)
    assert stages.digit.any()
    assert max(stages.fitted.shape) == 20 if switched.fit else max(stages.fitted.shape) <= 28


@given(st.integers(0, 150), st.integers(0, 230))
def test_a_drawing_goes_through_all_stages(top, left):
    ink = bar(top, left)
    rgba = PAPER.copy()
    rgba[..., :3] -= ink[..., None]
    assert (go_through(ink).digit == go_through(ink_of(rgba)).digit).all()


def test_with_all_stages_off_the_paper_just_shrinks():
    ink = bar(30, 200)
    expected = ink.reshape(28, 10, 28, 10).mean((1, 3)).round()
    assert (go_through(ink, Switches(False, False, False)).digit == expected).all()


@pytest.mark.parametrize("turn", [np.asarray, np.transpose], ids=["wide", "high"])
def test_paper_that_is_not_square_shrinks_until_its_longer_side_fits_and_is_centred(turn):
    ink, expected = bar(20, 30)[:200], np.zeros((28, 28))
    expected[4:24] = ink.reshape(20, 10, 28, 10).mean((1, 3)).round()
    assert (go_through(turn(ink), Switches(False, False, False)).digit == turn(expected)).all()


def test_uncropped_paper_is_scaled_to_20_pixels_with_its_blank_parts():
    fitted = go_through(bar(0, 0, 140, 70), Switches(crop=False)).fitted
    assert fitted.shape == (20, 20)
    assert (fitted[:10, :5] == 255).all()
    assert fitted[10:].max() == fitted[:, 5:].max() == 0


def test_unscaled_ink_stays_as_small_as_it_was_drawn():
    assert go_through(bar(90, 90, 50, 20), Switches(fit=False)).fitted.shape == (5, 2)
    assert go_through(bar(90, 90, 50, 20)).fitted.shape == (20, 8)


@given(st.integers(0, 160), st.integers(0, 240))
def test_uncentred_ink_stays_where_it_was_as_far_as_it_fits(top, left):
    ink = bar(top, left)  # 120 x 40 become 20 x 7
    row, column = middle(go_through(ink, Switches(centre=False)).digit)
    assert row == pytest.approx(np.clip((top + 60) / 10, 10, 18), abs=0.51)
    assert column == pytest.approx(np.clip((left + 20) / 10, 3.5, 24.5), abs=0.51)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 8), st.integers(1, 8))
def test_on_paper_of_28_pixels_unscaled_and_uncentred_ink_stays_on_its_pixels(top, left, height, width):
    ink = bar(top, left, height, width)[:28, :28]
    assert (go_through(ink, Switches(fit=False, centre=False)).digit == ink).all()


@given(st.integers(0, 80), st.integers(0, 240), st.booleans())
def test_on_paper_that_is_not_square_uncentred_ink_stays_where_it_was(top, left, high):
    ink = bar(top, left)[:200]  # 200 x 280 become 20 x 28, with 4 pixels above and below
    row, column = (top + 60) / 10 + 4, (left + 20) / 10
    digit = go_through(ink.T if high else ink, Switches(centre=False)).digit
    assert middle(digit.T if high else digit) == pytest.approx(
        (np.clip(row, 10, 18), np.clip(column, 3.5, 24.5)), abs=0.51
    )


def test_on_paper_of_an_odd_number_of_pixels_uncentred_ink_stays_where_it_was():
    ink = np.zeros((7, 7), np.uint8)  # a pixel of it is 4 x 4 of the field
    ink[3:5, 4:6] = 255
    expected = np.zeros((28, 28))
    expected[12:20, 16:24] = 255
    assert (go_through(ink, Switches(fit=False, centre=False)).digit == expected).all()


@given(st.integers(0, 160), st.integers(0, 240), st.booleans(), st.booleans())
def test_centred_ink_is_in_the_middle_with_any_other_stage_off(top, left, crop, fit):
    row, column = middle(go_through(bar(top, left), Switches(crop, fit, True)).digit)
    assert abs(row - 14.5) <= 0.6  # the bar's own middle goes to pixel 14, whose middle is 14.5
    assert abs(column - 14.5) <= 0.6


@pytest.mark.parametrize("value", [Switches(), go_through(bar(0, 0))], ids=lambda value: type(value).__name__)
def test_switches_and_stages_are_immutable(value):
    for name in vars(value):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, None)

"""Moving, turning, scaling and thickening change a digit by what they say, and any digit stays one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from core.drawing.transform import Adjustment, adjust
from tests.core.drawing.test_stages import middle

digits = hnp.arrays(np.uint8, (28, 28))
DIGIT = np.zeros((28, 28), np.uint8)  # like a 7, with room around it
DIGIT[6:9, 8:20] = DIGIT[6:22, 16:20] = 255


@given(digits)
def test_without_an_adjustment_the_digit_stays_the_same(digit):
    assert (adjust(digit, Adjustment()) == digit).all()


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_moving_moves_by_whole_pixels(right, down):
    moved = adjust(DIGIT, Adjustment(right=right, down=down)).astype(int)
    expected = np.roll(DIGIT, (down, right), (0, 1)).astype(int)
    inner = np.s_[4:-4, 4:-4]  # np.roll wraps around at the edges
    assert abs(moved - expected)[inner].mean() < 8
    assert middle(moved)[0] - middle(DIGIT)[0] == pytest.approx(down, abs=0.1)
    assert middle(moved)[1] - middle(DIGIT)[1] == pytest.approx(right, abs=0.1)


@pytest.mark.parametrize("turn", [-45, -20, 10, 45])
def test_turning_goes_clockwise_where_pillow_goes_the_other_way(turn):
    turned = adjust(DIGIT, Adjustment(turn=turn)).astype(int)
    expected = np.asarray(Image.fromarray(DIGIT).rotate(-turn, Image.Resampling.BICUBIC)).astype(int)
    assert abs(turned - expected).mean() < 8
    assert np.corrcoef(turned.ravel(), expected.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.2])
def test_scaling_changes_the_amount_of_ink_by_the_square(scale):
    scaled = adjust(DIGIT, Adjustment(scale=scale))
    assert scaled.sum() / DIGIT.sum() == pytest.approx(scale**2, rel=0.05)


def test_thicker_strokes_have_more_ink_and_thinner_ones_less():
    sums = [int(adjust(DIGIT, Adjustment(thicker=by)).sum()) for by in range(-3, 6)]
    assert sums == sorted(sums)
    assert len(set(sums)) == len(sums)


def test_half_a_pixel_thicker_is_half_a_pixel_wider():
    digit = np.zeros((28, 28), np.uint8)
    digit[4:24, 12:16] = 255  # 20 x 4 pixels
    for by in (1, 2, 4):
        wider = adjust(digit, Adjustment(thicker=by))[14].sum() / 255
        assert wider == pytest.approx(4 + by / 2, abs=0.2)


changes = st.builds(
    Adjustment, st.integers(-8, 8), st.integers(-8, 8), st.floats(0.5, 1.5), st.integers(-45, 45), st.integers(-3, 5)
)


@given(digits, changes)
def test_any_change_of_any_digit_is_a_digit(digit, by):
    before = digit.copy()
    changed = adjust(digit, by)
    assert (changed.shape, changed.dtype) == ((28, 28), np.uint8)
    assert (digit == before).all()
    assert not adjust(np.zeros_like(digit), by).any()

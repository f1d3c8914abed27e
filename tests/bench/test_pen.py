"""The benchmark on pen strokes: where digits are put on the canvas, how right answers are counted, what is printed."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.kit.contact_sheet import Mistake, contact_sheet
from bench.kit.report import nested
from bench.kit.unipen import PenDigit
from bench.pen import on_canvas, replay_some, score, wilson
from tests.bench.test_command import bench

coordinates = st.integers(-500, 500)
written = st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6), min_size=1, max_size=3)


@given(written)
def test_a_digit_is_put_in_the_middle_of_the_canvas_200_pixels_long_with_its_proportions(strokes):
    before = [np.array(stroke, float) for stroke in strokes]
    points, original = np.concatenate(on_canvas(tuple(before))), np.concatenate(before)
    np.testing.assert_allclose((points.min(0) + points.max(0)) / 2, 140, atol=1e-6)
    size, was = np.ptp(points, axis=0), np.ptp(original, axis=0)
    if was.max() > 0:
        assert size.max() == pytest.approx(200)
        np.testing.assert_allclose(size / 200, was / was.max(), atol=1e-9)


def test_a_replayed_digit_has_the_size_of_mnist_digits_and_more_ink_with_a_thicker_pen():
    seven = [PenDigit(7, (np.array([[0.0, 0.0], [300.0, 0.0], [100.0, 500.0]]),))]
    images = {width: replay_some(seven, width) for width in (8, 28)}
    for image in images.values():
        assert (image.shape, image.dtype) == ((1, 28, 28), np.uint8)
        assert np.ptp(np.nonzero(image[0])[0]) == 19
    assert images[28].sum() > 2 * images[8].sum()


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_that_of_wilson(right, n, low, high):
    # From tables: Newcombe, "Two-sided confidence intervals for the single proportion", 1998; Agresti, Coull, 1998.
    assert wilson(right, n) == pytest.approx((low, high), abs=1e-4)


def test_right_answers_are_counted_over_all_and_for_each_digit():
    counted = nested(score("a", torch.tensor([0, 0, 1, 1, 1]), torch.tensor([0, 0, 0, 1, 1]), (3, 7)))["a"]
    assert counted["accuracy"] == 0.8
    assert counted["per_class"] == {"3": pytest.approx(2 / 3, abs=1e-6), "7": 1.0}
    assert counted["low"] < 0.8 < counted["high"]


def test_a_contact_sheet_shows_each_mistake_dark_on_light_sorted_by_label():
    black, half = np.full((28, 28), 255, np.uint8), np.full((28, 28), 128, np.uint8)
    sheet = np.asarray(contact_sheet([Mistake(black, 7, 3), Mistake(half, 3, 7)]))
    assert (sheet[6:90, 6:90] == 127).all()
    assert (sheet[6:90, 96:180] == 0).all()
    assert contact_sheet([]).size[0] > 0


def test_bad_strokes_or_a_single_digit_exit_with_1_and_one_sentence(tmp_path):
    (tmp_path / "text").write_text("hello")
    for arguments, says in (
        (["--strokes", str(tmp_path / "text")], "holds no pen stroke"),
        (["--strokes", str(tmp_path / "text"), "--digits", "3"], "at least two"),
    ):
        ended = bench("pen", *arguments)
        assert ended.returncode == 1
        (line,) = ended.stderr.splitlines()
        assert says in line
        with pytest.raises(json.JSONDecodeError):
            json.loads(ended.stdout.splitlines()[-1])

"""Robustness: shares against calculations by hand, and the range in which an answer is kept."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.classifiers.robustness import kept_range, nearness, probabilities, pushed, shares_by_distance
from core.distance import l2_distance
from core.drawing.transform import UNCHANGED, Adjustment, adjust

DIGIT = np.random.default_rng(2).integers(0, 256, (28, 28), dtype=np.uint8)


def test_each_push_is_made_of_the_digit_itself():
    ways = [UNCHANGED, Adjustment(turn=20), Adjustment(right=3, scale=0.7)]
    images = pushed(DIGIT, ways)
    assert images.dtype == torch.float32
    np.testing.assert_allclose(images.numpy(), np.stack([adjust(DIGIT, way) for way in ways]) / 255, atol=1e-6)


def test_of_two_ideals_the_nearer_has_the_larger_share_and_shares_sum_to_one():
    near = nearness(torch.tensor([[0.1, 0.3], [0.2, 0.2], [0.0, 0.4]]))
    assert near[:2].tolist() == pytest.approx(np.array([[0.75, 0.25], [0.5, 0.5]]))
    assert near[2].tolist() == pytest.approx([1, 0], abs=1e-4)
    assert near.sum(1).tolist() == pytest.approx([1, 1, 1])


def test_shares_by_distance_follow_the_distance():
    image, ideals = torch.zeros(1, 28, 28), torch.stack([torch.full((28, 28), 0.2), torch.full((28, 28), 0.6)])
    assert shares_by_distance(image, ideals, l2_distance)[0].tolist() == pytest.approx([0.75, 0.25])


def test_probabilities_are_the_softmax_of_the_logits():
    logits = torch.tensor([[1.0, -2.0, 0.5], [30.0, 0.0, 0.0]])
    found = probabilities(lambda xb: logits[: len(xb)], torch.zeros(2, 28, 28))
    expected = np.exp(logits.double().numpy())
    np.testing.assert_allclose(found.numpy(), expected / expected.sum(1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize(
    ("answers", "start", "kept"),
    [("777", 1, (0, 2)), ("373", 1, (1, 1)), ("3377733777", 3, (2, 4)), ("7", 0, (0, 0)), ("7337", 3, (3, 3))],
)
def test_an_answer_is_kept_up_to_the_first_other_one_on_each_side(answers, start, kept):
    assert kept_range(list(map(int, answers)), start) == kept


@given(st.lists(st.integers(0, 2), min_size=1, max_size=20), st.data())
def test_no_answer_in_the_range_differs_and_those_at_its_ends_do(answers, data):
    start = data.draw(st.integers(0, len(answers) - 1))
    first, last = kept_range(answers, start)
    assert first <= start <= last
    assert {*answers[first : last + 1]} == {answers[start]}
    assert all(answers[place] != answers[start] for place in (first - 1, last + 1) if 0 <= place < len(answers))

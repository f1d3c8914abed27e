"""Losses against PyTorch's own."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.distance import distances_to, l2_distance, nearest
from core.loss import baseline_logits, cross_entropy, nudge_one_weight


def answers(largest: float):
    """Logits (n, K) with n right answers."""
    return st.tuples(st.integers(1, 20), st.integers(2, 10)).flatmap(
        lambda size: st.tuples(
            hnp.arrays(np.float64, size, elements=st.floats(-largest, largest)).map(torch.from_numpy),
            hnp.arrays(np.int64, size[0], elements=st.integers(0, size[1] - 1)).map(torch.from_numpy),
        )
    )


@given(answers(50))
def test_cross_entropy_is_the_librarys(case):
    logits, targets = case
    loss = cross_entropy(logits, targets)
    assert loss.shape == ()
    torch.testing.assert_close(loss, F.cross_entropy(logits, targets))


@given(answers(1e30))
def test_enormous_logits_give_a_loss_all_the_same(case):
    loss, largest = cross_entropy(*case), case[0].abs().max().item()
    torch.testing.assert_close(loss, F.cross_entropy(*case), rtol=1e-7, atol=1e-15 * largest)  # finite, above all


def test_knowing_nothing_costs_the_logarithm_of_the_number_of_classes():
    loss = cross_entropy(torch.zeros(5, 10), torch.arange(5))
    assert loss.item() == np.float32(np.log(10))


@given(hnp.arrays(np.float64, (5, 28, 28), elements=st.floats(0, 1)).map(torch.from_numpy))
def test_the_baselines_logits_are_minus_the_squared_distances_summed(pixels):
    images, ideals = pixels[:3], pixels[3:]
    logits = baseline_logits(images, ideals)
    assert logits.shape == (3, 2)
    assert logits.dtype == images.dtype
    difference = images.numpy()[:, None] - ideals.numpy()[None]
    np.testing.assert_allclose(logits.numpy(), -(difference**2).sum((2, 3)), atol=1e-9)


def test_the_highest_logit_is_the_nearest_ideal_by_l2():
    generator = torch.Generator().manual_seed(0)
    images, ideals = torch.rand(50, 28, 28, generator=generator), torch.rand(10, 28, 28, generator=generator)
    by_distance = nearest(distances_to(images, ideals, l2_distance))
    assert torch.equal(baseline_logits(images, ideals).argmax(1), by_distance)


def test_a_small_nudge_of_one_weight_moves_the_loss_but_no_answer():
    generator = torch.Generator().manual_seed(0)
    images, ideals = torch.rand(2, 20, 28, 28, dtype=torch.float64, generator=generator)
    ideals, targets = ideals[:2], torch.arange(20) % 2
    before = baseline_logits(images, ideals)
    ideals[0, 9, 14] += 1e-4
    after = baseline_logits(images, ideals)
    assert torch.equal(before.argmax(1), after.argmax(1))
    assert cross_entropy(before, targets) != cross_entropy(after, targets)


def test_nudges_add_to_one_pixel_of_one_ideal_and_leave_the_ideals_alone():
    rng = np.random.default_rng(4)
    images, ideals, targets = rng.random((7, 28, 28)), rng.random((2, 28, 28)), np.repeat([0, 1], [3, 4])
    nudges, kept = [0.0, 0.01, 10.0, -3.0], torch.tensor(ideals)
    right, losses = nudge_one_weight(
        torch.tensor(images), torch.tensor(targets), kept, (1, 4, 20), torch.tensor(nudges, dtype=torch.float64)
    )
    for place, by in enumerate(nudges):
        weights = ideals.copy()
        weights[1, 4, 20] += by
        logits = -((images[:, None] - weights) ** 2).sum((2, 3))
        highest = logits.max(1)
        log_sum = highest + np.log(np.exp(logits - highest[:, None]).sum(1))
        assert right[place] == (logits.argmax(1) == targets).sum()
        assert losses[place] == pytest.approx((log_sum - logits[np.arange(7), targets]).mean(), rel=1e-9)
    np.testing.assert_array_equal(kept, ideals)

"""Painted weights: what the model that they make says, by NumPy, and that it learns from there."""

import numpy as np
import pytest
import torch

from core.model import predict
from core.painted_weights import LENGTH, paint_difference, painted_params
from core.training.evaluation import score
from core.training.run import TrainState
from tests.core.runs import CONFIG, DATA, train


def ideals_of(data):
    return torch.stack([data.train_x[data.train_y == k].float().mean(0).reshape(28, 28) / 255 for k in (0, 1)])


@pytest.mark.parametrize("strong", [1, 2, 100])
def test_the_logit_is_the_sum_of_ink_times_paint_and_the_ideals_lie_equally_far_from_0(strong):
    rng = np.random.default_rng(strong)
    painting = rng.integers(-strong, strong + 1, (28, 28))
    ideals = torch.from_numpy(rng.random((2, 28, 28), np.float32))
    params = painted_params(torch.from_numpy(painting), ideals)
    scale = LENGTH / np.sqrt((painting.astype(float) ** 2).sum())
    sums = [(scale * painting * ideal.numpy()).sum() for ideal in ideals]
    logits = predict(ideals.flatten(1), params)[:, 0].numpy()
    np.testing.assert_allclose(logits, np.array(sums) - np.mean(sums), atol=1e-4)
    assert logits[0] == pytest.approx(-logits[1], abs=1e-4)
    assert [p.shape for p in params] == [(1, 784), (1,)]
    assert {p.dtype for p in params} == {torch.float32}


def test_nothing_painted_says_nothing():
    params = painted_params(torch.zeros(28, 28), torch.rand(2, 28, 28))
    assert all(not p.any() for p in params)


def test_what_the_ideals_paint_is_blue_where_the_first_has_more_ink():
    ideals = torch.zeros(2, 28, 28)
    ideals[0, 3, 4], ideals[1, 5, 6], ideals[:, 9, 9], ideals[0, 7, 7] = 0.8, 0.8, 1.0, 0.1
    painted = paint_difference(ideals, 2)
    assert {(r, c): painted[r, c].item() for r, c in painted.nonzero().tolist()} == {(3, 4): 2, (5, 6): -2}
    assert not paint_difference(torch.ones(2, 28, 28), 2).any()


def test_the_ideals_paint_well_and_gradient_descent_goes_on_from_there():
    ideals = ideals_of(DATA)
    painted = painted_params(paint_difference(ideals, 2), ideals)
    before = score(painted, DATA, CONFIG.loss)
    assert before > 0.9
    turned = painted_params(-paint_difference(ideals, 2), ideals)
    assert score(turned, DATA, CONFIG.loss) == pytest.approx(1 - before)
    state, progress = train(60, state=TrainState(painted))
    assert progress.epochs[0].valid_accuracy == pytest.approx(before)
    assert progress.epochs[-1].valid_loss < progress.epochs[0].valid_loss
    assert state.step == 60

"""Losses against torch's own, and the gradients that autograd finds against those derived by hand."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.loss import LOSSES, binary_cross_entropy, cross_entropy, mnist_loss
from core.model import predict
from tests.core.by_library import loss_by_library

TWO = ("mnist_loss", "binary cross-entropy")


def two_classes(largest: float):
    """Strategy: logits (B, 1) and which of two classes is right."""
    return st.integers(1, 20).flatmap(
        lambda count: st.tuples(
            hnp.arrays(np.float64, (count, 1), elements=st.floats(-largest, largest)).map(torch.from_numpy),
            hnp.arrays(np.int64, count, elements=st.integers(0, 1)).map(torch.from_numpy),
        )
    )


def test_mnist_loss_of_four_images_worked_out_by_hand():
    # sigmoid(ln 3) = 3/4 and sigmoid(-ln 3) = 1/4 are for the first class. Its images lose 1/4 and 3/4, those of
    # the second class 3/4 and 1/2 (at a logit of 0): (1/4 + 3/4 + 3/4 + 1/2) / 4 = 0.5625.
    logits = torch.tensor([[3.0], [1 / 3], [3.0], [1.0]]).log()
    assert mnist_loss(logits, torch.tensor([0, 0, 1, 1])).item() == pytest.approx(0.5625)


@given(two_classes(30))
def test_mnist_loss_is_the_mean_of_what_is_missing_to_certainty(case):
    logits, targets = case
    p = 1 / (1 + np.exp(-logits.numpy()[:, 0]))
    right = np.where(targets == 0, p, 1 - p)
    assert mnist_loss(logits, targets).item() == pytest.approx((1 - right).mean(), abs=1e-12)


@given(two_classes(30) | two_classes(1e30))
def test_binary_cross_entropy_is_the_librarys_with_1_for_the_first_class(case):
    logits, targets = case
    expected = F.binary_cross_entropy_with_logits(logits[:, 0], (targets == 0).double())
    torch.testing.assert_close(binary_cross_entropy(logits, targets), expected)


@given(two_classes(30))
def test_with_two_logits_cross_entropy_is_binary_cross_entropy_of_their_difference(case):
    logits, targets = case
    both = torch.cat([logits, torch.zeros_like(logits)], 1)
    torch.testing.assert_close(cross_entropy(both, targets), binary_cross_entropy(logits, targets))


@pytest.mark.parametrize("name", LOSSES)
@given(seed=st.integers(0, 9999), batch=st.integers(1, 8), classes=st.integers(2, 5), runs=st.integers(1, 4))
def test_of_several_runs_at_once_each_has_the_loss_that_it_has_alone(name, seed, batch, classes, runs):
    rng, outputs = np.random.default_rng(seed), 1 if name in TWO else classes
    logits = torch.from_numpy(rng.normal(0, 5, (batch, outputs, runs)))
    targets = torch.from_numpy(rng.integers(0, max(outputs, 2), batch))
    alone = [loss_by_library(name, logits[..., run], targets) for run in range(runs)]
    torch.testing.assert_close(LOSSES[name](logits, targets[:, None]), torch.stack(alone))


# Gradients


def case(seed: int, batch: int, inputs: int, hidden: int, outputs: int):
    """Draw parameters, a batch and its answers, in double precision."""
    rng = np.random.default_rng(seed)
    sizes = [inputs, hidden, outputs] if hidden else [inputs, outputs]
    params = []
    for before, units in pairwise(sizes):
        params += [rng.normal(size=(units, before)), rng.normal(size=units)]
    return params, rng.uniform(size=(batch, inputs)), rng.integers(0, max(outputs, 2), batch)


def autograd(name, params, xb, targets):
    """Return the gradient of each parameter as training finds it."""
    tensors = tuple(torch.tensor(p, requires_grad=True) for p in params)
    LOSSES[name](predict(torch.from_numpy(xb), tensors), torch.from_numpy(targets)).backward()
    return [p.grad.numpy() for p in tensors]


def logits_slope(name, logits, targets):
    """Return by how much the loss rises with each logit, derived by hand: (B, outputs)."""
    if name == "cross-entropy":  # d/dz_k of log(sum of e^z) - z_right is softmax_k, less 1 for the right one
        softmax = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        return (softmax - np.eye(logits.shape[1])[targets]) / len(logits)
    p, first = 1 / (1 + np.exp(-logits)), (targets == 0)[:, None]
    if name == "mnist_loss":  # 1 - p or p, and the sigmoid's slope is p (1 - p)
        return np.where(first, -1, 1) * p * (1 - p) / len(logits)
    return (p - first) / len(logits)  # -log p has the slope p - 1, -log (1 - p) has p


def by_hand(name, params, xb, targets):
    """Return the gradients by the chain rule, written out."""
    weights, bias, *second = params
    inner = xb @ weights.T + bias
    if not second:
        dz = logits_slope(name, inner, targets)
        return [dz.T @ xb, dz.sum(0)]
    active = np.maximum(inner, 0)
    dz = logits_slope(name, active @ second[0].T + second[1], targets)
    back = dz @ second[0] * (inner > 0)
    return [back.T @ xb, back.sum(0), dz.T @ active, dz.sum(0)]


def cases(*names):
    """Each of these losses with small models and batches of any size."""
    return given(
        name=st.sampled_from(names),
        seed=st.integers(0, 9999),
        batch=st.integers(1, 8),
        inputs=st.integers(1, 6),
        hidden=st.integers(0, 5),
        classes=st.integers(2, 5),
    )


@cases(*LOSSES)
def test_autograd_finds_the_gradient_that_the_chain_rule_gives(name, seed, batch, inputs, hidden, classes):
    drawn = case(seed, batch, inputs, hidden, 1 if name in TWO else classes)
    for found, expected in zip(autograd(name, *drawn), by_hand(name, *drawn), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


@cases(*LOSSES)
def test_the_gradient_is_how_the_loss_changes_with_a_nudge_of_each_weight(name, seed, batch, inputs, hidden, classes):
    params, xb, targets = case(seed, batch, inputs, hidden, 1 if name in TWO else classes)
    if hidden:  # at the kink of ReLU there is no one slope
        assume(abs(xb @ params[0].T + params[1]).min() > 1e-4)

    def loss() -> float:
        tensors = tuple(map(torch.from_numpy, params))
        return LOSSES[name](predict(torch.from_numpy(xb), tensors), torch.from_numpy(targets)).item()

    h = 1e-6
    for p, gradient in zip(params, autograd(name, params, xb, targets), strict=True):
        for place in np.ndindex(p.shape):
            kept = p[place]
            p[place] = kept + h
            above = loss()
            p[place] = kept - h
            below = loss()
            p[place] = kept
            assert gradient[place] == pytest.approx((above - below) / (2 * h), abs=1e-7)

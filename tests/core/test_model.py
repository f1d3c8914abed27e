"""Models against torch.nn's own layers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import nn

from core.model import answers, count_params, init_params, linear, predict, probabilities

sizes = given(outputs=st.integers(1, 10), hidden=st.integers(0, 30), seed=st.integers(0, 9999))


def logits(columns):
    """Strategy: (n, columns) logits."""
    return st.tuples(st.integers(1, 20), columns).flatmap(
        lambda shape: hnp.arrays(np.float64, shape, elements=st.floats(-50, 50)).map(torch.from_numpy)
    )


def layers_of(params) -> nn.Sequential:
    """Build torch's own model with these parameters."""
    layers = []
    for weights, bias in zip(params[::2], params[1::2], strict=True):
        layer = nn.Linear(*reversed(weights.shape), dtype=weights.dtype)
        layer.load_state_dict({"weight": weights, "bias": bias})
        layers += [nn.ReLU(), layer]
    return nn.Sequential(*layers[1:])


@sizes
def test_a_model_gives_what_torchs_layers_give(outputs, hidden, seed):
    generator = torch.Generator().manual_seed(seed)
    params = [p.double() + torch.randn(p.shape, generator=generator) for p in init_params(outputs, hidden, seed)]
    xb = torch.rand(7, 784, dtype=torch.float64, generator=generator)
    torch.testing.assert_close(predict(xb, tuple(params)), layers_of(params)(xb))


@given(batch=st.integers(1, 9), inputs=st.integers(1, 9), units=st.integers(1, 9), seed=st.integers(0, 9999))
def test_a_unit_is_a_weighted_sum_and_a_bias(batch, inputs, units, seed):
    rng = np.random.default_rng(seed)
    xb, weights, bias = rng.normal(size=(batch, inputs)), rng.normal(size=(units, inputs)), rng.normal(size=units)
    expected = [
        [sum(w * x for w, x in zip(row, xs, strict=True)) + b for row, b in zip(weights, bias, strict=True)]
        for xs in xb
    ]
    result = linear(*map(torch.from_numpy, (xb, weights, bias)))
    np.testing.assert_allclose(result, expected, atol=1e-12)


@sizes
def test_first_parameters_have_the_shapes_of_the_model_and_biases_of_0(outputs, hidden, seed):
    params = init_params(outputs, hidden, seed)
    shapes = [(hidden, 784), (hidden,), (outputs, hidden), (outputs,)] if hidden else [(outputs, 784), (outputs,)]
    assert [tuple(p.shape) for p in params] == shapes
    assert {p.dtype for p in params} == {torch.float32}
    assert not any(bias.any() for bias in params[1::2])
    assert count_params(params) == sum(p.numel() for p in layers_of(params).parameters())


@sizes
def test_a_seed_draws_the_same_parameters_each_time_and_leaves_torchs_own_chance_alone(outputs, hidden, seed):
    state = torch.get_rng_state()
    first, second, other = (init_params(outputs, hidden, s) for s in (seed, seed, seed + 1))
    assert all(map(torch.equal, first, second))
    assert not torch.equal(first[0], other[0])
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("hidden", "inputs"), [(0, [784]), (100, [784, 100])])
def test_first_weights_are_spread_as_he_and_others_have_it(hidden, inputs):
    weights = init_params(10, hidden, 37)[::2]
    for one, count in zip(weights, inputs, strict=True):
        assert one.std().item() == pytest.approx((2 / count) ** 0.5, rel=0.1)
        assert one.mean().item() == pytest.approx(0, abs=0.1 * (2 / count) ** 0.5)


@given(logits(st.just(1)))
def test_of_two_classes_the_sigmoid_of_the_logit_is_for_the_first(logits):
    z = logits.numpy()
    expected = np.hstack([1 / (1 + np.exp(-z)), 1 / (1 + np.exp(z))])
    np.testing.assert_allclose(probabilities(logits), expected, atol=1e-12)


@given(logits(st.integers(2, 10)))
def test_of_more_classes_each_has_its_share_of_the_exponentials(logits):
    powers = np.exp(logits.numpy())
    np.testing.assert_allclose(probabilities(logits), powers / powers.sum(1, keepdims=True), atol=1e-12)


@given(logits(st.integers(1, 10)))
def test_the_answer_is_the_most_probable_class(logits):
    probs, chosen = probabilities(logits), answers(logits)
    assert chosen.dtype == torch.int64
    assert torch.equal(probs.gather(1, chosen[:, None])[:, 0], probs.max(1).values)

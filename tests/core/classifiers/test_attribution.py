"""The contributions of the pixels add up to the logit, and the saliency equals finite differences."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.classifiers.attribution import as_classes, contributions, saliency
from core.model import init_params, predict, probabilities

IMAGE = torch.rand(784, generator=torch.Generator().manual_seed(1))


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 99))
def test_weight_times_pixel_and_the_biases_sum_to_the_difference_of_the_logits(a, b, seed):
    weights, bias = init_params(4, 0, seed)
    bias = bias + torch.arange(4)
    each, biases = contributions(IMAGE, weights, bias, a, b)
    logits = predict(IMAGE[None], (weights, bias))[0]
    assert each.sum().item() + biases == pytest.approx((logits[a] - logits[b]).item(), abs=1e-4)
    assert each.shape == (784,)


def test_the_saliency_of_a_linear_model_is_the_difference_of_its_weights():
    weights, bias = init_params(3, 0, 5)
    found = saliency(lambda xb: predict(xb, (weights, bias)), IMAGE, 2, 0)
    torch.testing.assert_close(found, weights[2] - weights[0])


def test_the_saliency_of_a_network_is_the_finite_difference_of_each_pixel():
    params = tuple(p.double() for p in init_params(2, 12, 3))
    image, step = IMAGE.double(), 1e-6

    def margin(x):
        logits = predict(x[None], params)[0]
        return (logits[1] - logits[0]).item()

    found = saliency(lambda xb: predict(xb, params), image, 1, 0)
    for place in (0, 100, 401, 783):
        nudged = image.clone()
        nudged[place] += step
        assert found[place].item() == pytest.approx((margin(nudged) - margin(image)) / step, abs=1e-5)


def test_the_saliency_works_without_gradients_enabled_and_does_not_change_the_image():
    params = init_params(2, 0, 1)
    with torch.no_grad():
        found = saliency(lambda xb: predict(xb, params), IMAGE, 0, 1)
    assert found.abs().sum() > 0
    assert not IMAGE.requires_grad


@given(st.floats(-20, 20))
def test_a_single_logit_has_the_same_probabilities_as_two(logit):
    one = torch.tensor([[logit]])
    torch.testing.assert_close(as_classes(one).softmax(1), probabilities(one))
    assert as_classes(torch.ones(3, 4)).shape == (3, 4)

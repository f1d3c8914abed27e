"""The convolutional network computes what PyTorch's own layers compute."""

import pytest
import torch
from torch import nn

from core.classifiers.convolution import init_params, predict


def as_layers(params) -> nn.Sequential:
    """Build the same net of PyTorch's own layers."""
    first, _, second, _, third, _, hidden, _, last, _ = params
    net = nn.Sequential(
        nn.Conv2d(1, len(first), first.shape[-1], stride=2, padding=first.shape[-1] // 2),
        nn.ReLU(),
        nn.Conv2d(len(first), len(second), second.shape[-1], padding=second.shape[-1] // 2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(len(second), len(third), third.shape[-1], padding=third.shape[-1] // 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(hidden.shape[1], len(hidden)),
        nn.ReLU(),
        nn.Linear(len(hidden), len(last)),
    )
    with torch.no_grad():
        for own, given in zip(net.parameters(), params, strict=True):
            own.copy_(given)
    return net


@pytest.fixture
def xb():
    return torch.rand(5, 784, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("outputs", [2, 10])
def test_logits_are_those_of_pytorchs_own_layers(outputs, xb):
    params = init_params(outputs, seed=3)
    expected = as_layers(params)(xb.view(5, 1, 28, 28))
    assert expected.shape == (5, outputs)
    torch.testing.assert_close(predict(xb, params), expected, rtol=1e-4, atol=1e-5)


def test_gradients_are_those_of_pytorchs_own_layers(xb):
    params = tuple(p.requires_grad_() for p in init_params(10, seed=3))
    net = as_layers(params)
    predict(xb, params).logsumexp(1).sum().backward()
    net(xb.view(5, 1, 28, 28)).logsumexp(1).sum().backward()
    for given, own in zip(params, net.parameters(), strict=True):
        torch.testing.assert_close(given.grad, own.grad, rtol=1e-3, atol=1e-4)


def test_initial_parameters_depend_on_the_seed_and_their_spread_on_the_inputs():
    first, again, other = init_params(10, 3), init_params(10, 3), init_params(10, 4)
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first[0], other[0])
    for weights, bias in zip(first[::2], first[1::2], strict=True):
        assert weights.std().item() == pytest.approx((2 / weights[0].numel()) ** 0.5, rel=0.2)
        assert not bias.any()

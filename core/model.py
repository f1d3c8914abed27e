"""The models that learn: linear, or with one hidden layer. A model is its parameters and `predict`, nothing else."""

from itertools import pairwise

import torch
from torch import Tensor

from core.dataset import SIDE

PIXELS = SIDE * SIDE
Params = tuple[Tensor, ...]  # weights and bias of the first layer, then of the next


def init_params(outputs: int, hidden: int, seed: int) -> Params:
    """Draw the first parameters: normally distributed weights, biases of 0.

    outputs: logits for an image; 1 for two classes, otherwise one for each class.
    hidden: units of the hidden layer, 0 for the linear model. seed: the same seed draws the same numbers.
    Returns weights (outputs, 784) and bias (outputs,), or (hidden, 784), (hidden,), (outputs, hidden), (outputs,),
    all float32. The standard deviation keeps sums of many terms near 1.
    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", 2015.
    """
    generator = torch.Generator().manual_seed(seed)
    params = []
    sizes = [PIXELS, hidden, outputs] if hidden else [PIXELS, outputs]
    for inputs, units in pairwise(sizes):
        params += [torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5, torch.zeros(units)]
    return tuple(params)


def linear(xb: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Multiply each input by its weight, add the products and the bias: once for each unit.

    xb: (B, inputs) float32; weights: (units, inputs), one row a unit; bias: (units,). Returns (B, units).
    """
    # The same as xb @ weights.T, but 1.7 to 3 times as fast for 10 to 30 units, as measured.
    return (weights @ xb.T).T + bias


def predict(xb: Tensor, params: Params) -> Tensor:
    """Return the logits of a batch: (B, 784) float32 in [0, 1] -> (B, outputs) float32, any range."""
    activations = linear(xb, *params[:2])
    for weights, bias in zip(params[2::2], params[3::2], strict=True):
        activations = linear(activations.relu(), weights, bias)  # ReLU: negative numbers become 0
    return activations


def probabilities(logits: Tensor) -> Tensor:
    """Turn logits into the probability of each class: (B, 1) or (B, K) float32 -> (B, 2) or (B, K), rows sum to 1.

    A single logit belongs to the first class: its sigmoid is the probability of that class, the rest is the second's.
    """
    if logits.shape[1] == 1:
        first = logits.sigmoid()
        return torch.cat([first, 1 - first], 1)
    return logits.softmax(1)


def answers(logits: Tensor) -> Tensor:
    """Return the predicted class of each image: (B, 1) or (B, K) float32 -> (B,) int64 in [0, K)."""
    return (logits[:, 0] <= 0).long() if logits.shape[1] == 1 else logits.argmax(1)


def is_right(logits: Tensor, targets: Tensor) -> Tensor:
    """Say for each image whether the predicted class is right.

    logits: (B, 1) or (B, K) float32; targets: (B,) int64 in [0, K). Returns (B,) bool.
    For R runs at once: (B, 1, R) or (B, K, R), and (B, 1) -> (B, R).
    """
    # With one logit, compare twice: writing int64 answers for 64 runs would take three times as long.
    return (logits[:, 0] <= 0) == (targets == 1) if logits.shape[1] == 1 else answers(logits) == targets


def count_params(params: Params) -> int:
    """Return the number of parameters of a model."""
    return sum(one.numel() for one in params)

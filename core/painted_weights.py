"""A model that nobody has trained: a person paints its weights."""

import torch
from torch import Tensor

from core.model import Params

LENGTH = 2**0.5  # that of the random weights a run begins with, about: steps from here on count as much as from there


def painted_params(painting: Tensor, ideals: Tensor) -> Params:
    """Make a painting the weights of a linear model for two classes.

    painting: (28, 28), any numbers, above 0 where ink speaks for the first class, below 0 where for the second.
    ideals: (2, 28, 28) float32 in [0, 1], the mean image of each class. Their logits lie equally far from 0: that is
    what the bias is for. Returns weights (1, 784) and bias (1,), float32, all 0 if nothing is painted.
    """
    weights = painting.float().reshape(1, -1)
    weights = weights * (LENGTH / weights.norm().clamp(min=1e-12))
    return weights, -(ideals.flatten(1) @ weights[0]).mean(0, keepdim=True)


def paint_difference(ideals: Tensor, strong: int) -> Tensor:
    """Paint what the ideal digits have more ink of than each other: (2, 28, 28) float32 -> (28, 28) whole numbers.

    strong: the number that stands for the strongest colour; the numbers reach from -strong to strong.
    """
    difference = ideals[0] - ideals[1]
    return torch.round(strong * difference / difference.abs().max().clamp(min=1e-12))

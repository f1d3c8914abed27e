"""A small convolutional net, as `core.model` has its models: nothing but parameters and `predict`.

The shape is that of LeNet, with ReLU and the largest of four where LeNet had sigmoids and means: LeCun, Bottou, Bengio,
Haffner, "Gradient-based learning applied to document recognition", Proceedings of the IEEE 86 (1998).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.dataset import SIDE
from core.model import Params, linear

KERNEL = 3  # pixels along each edge of the patch that a filter looks at
FILTERS = (16, 32)  # of the first and the second layer
UNITS = 64  # of the hidden layer that sees all of the second layer at once


def init_params(outputs: int, seed: int) -> Params:
    """Draw the first parameters as `core.model.init_params` does.

    Returns float32 weights and biases, a layer after the other: (16, 1, 3, 3), (16,), (32, 16, 3, 3), (32,),
    (64, 1568), (64,), (outputs, 64), (outputs,).
    """
    generator = torch.Generator().manual_seed(seed)
    first, second = FILTERS
    seen = second * (SIDE // 4) ** 2  # both layers are halved along each edge
    shapes = [(first, 1, KERNEL, KERNEL), (second, first, KERNEL, KERNEL), (UNITS, seen), (outputs, UNITS)]
    params = []
    for shape in shapes:
        inputs = torch.Size(shape[1:]).numel()
        params += [torch.randn(shape, generator=generator) * (2 / inputs) ** 0.5, torch.zeros(shape[0])]
    return tuple(params)


def predict(xb: Tensor, params: Params) -> Tensor:
    """Return the logits of a batch: (B, 784) float32 in [0, 1] -> (B, outputs) float32, any range."""
    first, first_bias, second, second_bias, hidden, hidden_bias, last, last_bias = params
    maps = xb.view(-1, 1, SIDE, SIDE)
    maps = F.max_pool2d(F.conv2d(maps, first, first_bias, padding="same").relu(), 2)  # (B, 16, 14, 14)
    maps = F.max_pool2d(F.conv2d(maps, second, second_bias, padding="same").relu(), 2)  # (B, 32, 7, 7)
    return linear(linear(maps.flatten(1), hidden, hidden_bias).relu(), last, last_bias)

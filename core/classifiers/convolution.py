"""A small convolutional network, of the same form as the models in `core.model`: parameters and `predict`.

Three convolutional layers, then a hidden layer. The first one halves height and width by a stride of 2, as in the first
LeNet: LeCun, Boser, Denker, Henderson, Howard, Hubbard, Jackel, "Backpropagation applied to handwritten zip code
recognition", Neural Computation 1 (1989). The second one does so by max pooling, so that it matters less where exactly
a stroke is: Scherer, Müller, Behnke, "Evaluation of pooling operations in convolutional architectures for object
recognition", ICANN 2010. The third one sees how strokes meet. Pooling after each would take more time than there is.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from core.dataset import SIDE
from core.model import Params, linear

KERNELS = (5, 3, 3)  # pixels along each edge of a filter, layer by layer
FILTERS = (16, 32, 64)  # layer by layer
STRIDE = 2  # pixels by which a filter of the first layer moves
POOL = 2  # pixels along each edge of the squares of which only the highest value is kept, after the second layer
UNITS = 128  # of the hidden layer, each connected to all outputs of the third layer


def init_params(outputs: int, seed: int) -> Params:
    """Initialise the parameters as `core.model.init_params` does.

    Returns float32 weights and biases, layer by layer: (16, 1, 5, 5), (16,), (32, 16, 3, 3), (32,), (64, 32, 3, 3),
    (64,), (128, 3136), (128,), (outputs, 128), (outputs,).
    """
    generator = torch.Generator().manual_seed(seed)
    layers = zip(pairwise((1, *FILTERS)), KERNELS, strict=True)
    shapes = [(after, before, side, side) for (before, after), side in layers]
    shapes += [(UNITS, FILTERS[-1] * (SIDE // STRIDE // POOL) ** 2), (outputs, UNITS)]
    params = []
    for shape in shapes:
        inputs = torch.Size(shape[1:]).numel()
        params += [torch.randn(shape, generator=generator) * (2 / inputs) ** 0.5, torch.zeros(shape[0])]
    return tuple(params)


def predict(xb: Tensor, params: Params) -> Tensor:
    """Return the logits of a batch: (B, 784) float32 in [0, 1] -> (B, outputs) float32, any range."""
    first, first_bias, second, second_bias, third, third_bias, hidden, hidden_bias, last, last_bias = params
    maps = xb.view(-1, 1, SIDE, SIDE)
    maps = F.conv2d(maps, first, first_bias, STRIDE, padding=KERNELS[0] // 2).relu()  # (B, 16, 14, 14)
    maps = F.conv2d(maps, second, second_bias, padding=KERNELS[1] // 2).relu()  # (B, 32, 14, 14)
    maps = F.max_pool2d(maps, POOL)  # (B, 32, 7, 7)
    maps = F.conv2d(maps, third, third_bias, padding=KERNELS[2] // 2).relu()  # (B, 64, 7, 7)
    return linear(linear(maps.flatten(1), hidden, hidden_bias).relu(), last, last_bias)

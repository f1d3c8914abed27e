"""Why a model answers as it does: what each pixel contributes, and which way each pixel would push."""

from collections.abc import Callable

import torch
from torch import Tensor

Model = Callable[[Tensor], Tensor]  # (B, 784) float32 in [0, 1] -> one logit for each of K classes, (B, K) float32


def as_classes(logits: Tensor) -> Tensor:
    """Give each of two classes a logit of its own: (B, 1) -> (B, 2); (B, K) with K > 1 stays as it is.

    A single logit is for the first class against the second, whose own is then 0: the softmax of both is its sigmoid.
    """
    return torch.cat([logits, torch.zeros_like(logits)], 1) if logits.shape[1] == 1 else logits


def contributions(image: Tensor, weights: Tensor, bias: Tensor, a: int, b: int) -> tuple[Tensor, float]:
    """Return weight times pixel of a linear model for class a against class b, and the part of the biases.

    image: (784,) float32 in [0, 1]; weights: (K, 784) and bias: (K,), one row a class.
    The sum of (784,) float32 and the part of the biases is the logit of a minus the logit of b.
    """
    return (weights[a] - weights[b]) * image, (bias[a] - bias[b]).item()


def saliency(model: Model, image: Tensor, a: int, b: int) -> Tensor:
    """Return the gradient of the logit of a minus the logit of b with respect to each pixel: (784,) float32.

    image: (784,) float32 in [0, 1]. Where it is positive, more ink speaks for a; where negative, for b.
    Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013.
    """
    xb = image.detach()[None].clone().requires_grad_()
    with torch.enable_grad():
        logits = model(xb)
        return torch.autograd.grad(logits[0, a] - logits[0, b], xb)[0][0]

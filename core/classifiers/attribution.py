"""Attribution: how much each pixel contributes to a model's answer, and how the answer would change with it."""

from collections.abc import Callable

import torch
from torch import Tensor

Model = Callable[[Tensor], Tensor]  # (B, 784) float32 in [0, 1] -> one logit for each of K classes, (B, K) float32


def as_classes(logits: Tensor) -> Tensor:
    """Give each of two classes its own logit: (B, 1) float32 -> (B, 2); (B, K) with K > 1 stays as it is.

    A single logit is for the first class against the second: with 0 for the second, the softmax is its sigmoid.
    """
    return torch.cat([logits, torch.zeros_like(logits)], 1) if logits.shape[1] == 1 else logits


def contributions(image: Tensor, weights: Tensor, bias: Tensor, a: int, b: int) -> tuple[Tensor, float]:
    """Return what each pixel and the biases of a linear model contribute to the logit of a minus the logit of b.

    image: (784,) float32 in [0, 1]; weights: (K, 784) and bias: (K,), one row for each class; a, b: in [0, K).
    Returns (784,) float32 and a number; all of them together sum to the logit of a minus the logit of b.
    """
    return (weights[a] - weights[b]) * image, (bias[a] - bias[b]).item()


def saliency(model: Model, image: Tensor, a: int, b: int) -> Tensor:
    """Return the gradient of the logit of a minus the logit of b with respect to each pixel: (784,) float32.

    image: (784,) float32 in [0, 1]; a, b: in [0, K). Where it is positive, more ink is evidence for a; where it is
    negative, for b. Source: Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013.
    """
    xb = image.detach()[None].clone().requires_grad_()
    with torch.enable_grad():
        logits = model(xb)
        return torch.autograd.grad(logits[0, a] - logits[0, b], xb)[0][0]

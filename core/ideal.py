"""The ideal digit: the mean of many images, pixel by pixel."""

import torch
from torch import Tensor


def stack_images(images: list[Tensor]) -> Tensor:
    """Stack n images of one shape, each (28, 28), into one rank-3 tensor (n, 28, 28) of the same dtype.

    Raises RuntimeError if the list is empty or the shapes differ, as torch.stack does.
    """
    return torch.stack(images)


def to_unit(images: Tensor) -> Tensor:
    """Convert pixels from uint8 in [0, 255] to float32 in [0, 1], any shape."""
    return images.float() / 255


def ideal_digit(images: Tensor) -> Tensor:
    """Return the mean of n images along dimension 0: (n, 28, 28) uint8 -> (28, 28) float32 in [0, 1]."""
    return to_unit(images).mean(0)


def ideal_digits(images: list[Tensor]) -> Tensor:
    """Return one ideal for each of K stacks, each (n_k, 28, 28) uint8 -> (K, 28, 28) float32 in [0, 1]."""
    return torch.stack([ideal_digit(one) for one in images])

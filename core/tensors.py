"""What a PyTorch tensor can do that a NumPy array can't, and what the two share."""

import numpy as np
import torch
from torch import Tensor


def derivative_of_square(x: float) -> float:
    """Return the derivative of x squared at x, by PyTorch: it records the computation and goes through it backwards."""
    tensor = torch.tensor(x, requires_grad=True)
    (tensor**2).backward()
    return tensor.grad.item()


def share_and_copy(values: list[int], first: int) -> tuple[np.ndarray, Tensor, Tensor]:
    """Make two tensors from one array, then write `first` to the array's first element.

    values: integers, at least one. Returns the array, the tensor that shares its memory (torch.from_numpy) and the
    tensor that has its own copy (torch.tensor), each (n,) int64.
    """
    array = np.array(values)
    shared, copied = torch.from_numpy(array), torch.tensor(array)
    array[0] = first
    return array, shared, copied


def channels_first(picture: np.ndarray) -> Tensor:
    """Return a picture as PyTorch has it: (height, width, 3) -> (3, height, width), of the same dtype."""
    return torch.from_numpy(picture).permute(2, 0, 1).contiguous()

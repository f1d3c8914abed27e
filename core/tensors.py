"""What a PyTorch tensor can do that a NumPy array can't, and what the two share."""

import numpy as np
import torch
from torch import Tensor


def derivative_of_square(x: float) -> float:
    """Let PyTorch differentiate x squared at x: it remembers the computation and walks it backwards."""
    tensor = torch.tensor(x, requires_grad=True)
    (tensor**2).backward()
    return tensor.grad.item()


def share_and_copy(values: list[int], first: int) -> tuple[np.ndarray, Tensor, Tensor]:
    """Make two tensors from one array, then write `first` into the array's first place.

    values: whole numbers, at least one. Returns the array, the tensor that shares its memory
    (torch.from_numpy) and the tensor that has a copy of its own (torch.tensor), each (n,) int64.
    """
    array = np.array(values)
    shared, copied = torch.from_numpy(array), torch.tensor(array)
    array[0] = first
    return array, shared, copied

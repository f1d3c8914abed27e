"""What PyTorch's own functions make of the same numbers."""

import torch.nn.functional as F
from torch import Tensor


def loss_by_library(name: str, logits: Tensor, targets: Tensor) -> Tensor:
    """Return one run's loss, with 1 for the first of two classes. name: one of LOSSES; logits: (B, outputs)."""
    if name == "cross-entropy":
        return F.cross_entropy(logits, targets)
    first = (targets == 0).to(logits.dtype)
    if name == "mnist_loss":
        return F.l1_loss(logits[:, 0].sigmoid(), first)
    return F.binary_cross_entropy_with_logits(logits[:, 0], first)

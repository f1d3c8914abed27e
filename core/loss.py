"""Losses: one number for how wrong a model is. It changes a little with every little change of a weight."""

import torch
import torch.nn.functional as F
from torch import Tensor


def baseline_logits(images: Tensor, ideals: Tensor) -> Tensor:
    """Score each image for each ideal: minus the squared distance, summed over the pixels.

    The nearest ideal by L2 has the highest score, so this is the baseline, written as a model whose weights are the
    pixels of the ideals. images: (n, 28, 28), ideals: (K, 28, 28), float in [0, 1].
    Returns (n, K) of the same dtype, at most 0.
    """
    # One ideal at a time, as in core.distance.distances_to: all at once would need K times the memory.
    return torch.stack([-((images - ideal) ** 2).sum((-2, -1)) for ideal in ideals], dim=1)


def nudge_one_weight(
    images: Tensor, targets: Tensor, ideals: Tensor, weight: tuple[int, int, int], nudges: Tensor
) -> tuple[Tensor, Tensor]:
    """Add each of some numbers to one pixel of one ideal, and judge the images again.

    Only the scores for that ideal change: (x - (w + nudge))² is (x - w)² - nudge · (2 (x - w) - nudge).
    images: (n, 28, 28), ideals: (K, 28, 28), nudges: (m,), all float64; targets: (n,) int64 in [0, K).
    weight: ideal, row and column. Returns how many answers are right, (m,) int64, and the cross-entropy, (m,).
    """
    logits = baseline_logits(images, ideals)
    which, row, column = weight
    gap = images[:, row, column] - ideals[weight]
    right, losses = [], []
    for nudge in nudges:
        moved = logits.clone()
        moved[:, which] += nudge * (2 * gap - nudge)
        right.append((moved.argmax(1) == targets).sum())
        losses.append(cross_entropy(moved, targets))
    return torch.stack(right), torch.stack(losses)


def mnist_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of 1 - p, where p is the probability that the sigmoid gives the right one of two classes.

    logits: (B, 1) float, high for the first class; targets: (B,) int64, 0 or 1. Returns a scalar in [0, 1].
    For R runs at once: (B, 1, R) and (B, 1), returns (R,).
    Source: Howard, Gugger, "Deep Learning for Coders with fastai and PyTorch", 2020, chapter 4.
    """
    # 1 - sigmoid(z) is sigmoid(-z), so a factor of -1 or 1 chooses between the two.
    wrong_logits = (2 * targets - 1) * logits.squeeze(1)
    return wrong_logits.sigmoid().mean(0)


def binary_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of -log p, where p is the probability that the sigmoid gives the right one of two classes.

    logits: (B, 1) float, high for the first class; targets: (B,) int64, 0 or 1. Returns a scalar, at least 0.
    For R runs at once: (B, 1, R) and (B, 1), returns (R,).
    """
    wrong_logits = (2 * targets - 1) * logits.squeeze(1)
    return F.softplus(wrong_logits).mean(0)  # -log sigmoid(z) is softplus(-z), which does not overflow


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of -log p, where p is the probability that softmax gives the right class.

    logits: (n, K) float, any range; targets: (n,) int64 in [0, K). Returns a scalar, at least 0.
    For R runs at once: (n, K, R) and (n, 1), returns (R,).
    """
    log_probs = logits - logits.logsumexp(1, keepdim=True)
    right_class = targets[:, None].expand(-1, 1, *logits.shape[2:])
    return -log_probs.gather(1, right_class).squeeze(1).mean(0)


LOSSES = {"mnist_loss": mnist_loss, "binary cross-entropy": binary_cross_entropy, "cross-entropy": cross_entropy}

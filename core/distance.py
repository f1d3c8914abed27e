"""Distances between images, and the classifier that chooses the nearest ideal digit."""

import torch
from torch import Tensor

IMAGE = (-2, -1)  # the row and the column axis of an image, or of a stack of images


def positive_and_negative(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sum of the positive and the sum of the negative parts of a - b over the pixels.

    a, b: (..., 28, 28) float32 in [0, 1], shapes that broadcast. Returns two (...) float32, the first at least 0, the
    second at most 0.
    """
    difference = a - b
    return difference.clamp(min=0).sum(IMAGE), difference.clamp(max=0).sum(IMAGE)


def plain_difference(a: Tensor, b: Tensor) -> Tensor:
    """Return the mean of a - b over the pixels. Positive and negative parts cancel: not a distance.

    a, b: (..., 28, 28) float32 in [0, 1], shapes that broadcast. Returns (...) float32 in [-1, 1].
    """
    return (a - b).mean(IMAGE)


def l1_distance(a: Tensor, b: Tensor) -> Tensor:
    """Return the mean absolute difference over the pixels.

    a, b: (..., 28, 28) float32 in [0, 1], shapes that broadcast. Returns (...) float32 in [0, 1].
    """
    return (a - b).abs().mean(IMAGE)


def l2_distance(a: Tensor, b: Tensor) -> Tensor:
    """Return the root of the mean squared difference over the pixels (RMSE).

    a, b: (..., 28, 28) float32 in [0, 1], shapes that broadcast. Returns (...) float32 in [0, 1].
    """
    return ((a - b) ** 2).mean(IMAGE).sqrt()


def by_plain_mean(images: Tensor, ideals: Tensor) -> Tensor:
    """Return how far the plain mean of each image's difference to each ideal is from 0.

    The mean of a difference is the difference of the means, so this only compares how much ink there is.
    images: (n, 28, 28) float32 in [0, 1]; ideals: (K, 28, 28) float32 in [0, 1]. Returns (n, K) float32 in [0, 1].
    """
    return (images.mean(IMAGE)[:, None] - ideals.mean(IMAGE)).abs()


DISTANCES = {"L1": l1_distance, "L2": l2_distance}


def distances_to(images: Tensor, ideals: Tensor, distance) -> Tensor:
    """Return the distance of each of n images to each of K ideals.

    images: (n, 28, 28) float32 in [0, 1]; ideals: (K, 28, 28) float32 in [0, 1].
    distance: one of DISTANCES. Returns (n, K) float32.
    """
    # One ideal at a time, (n, 28, 28) - (28, 28): all at once would need K times the memory.
    return torch.stack([distance(images, ideal) for ideal in ideals], dim=1)


def nearest(distances: Tensor) -> Tensor:
    """Return the index of the nearest ideal: (n, K) float32 -> (n,) int64 in [0, K), the first of equal ones."""
    return distances.argmin(1)


def accuracy(predicted: Tensor, targets: Tensor) -> float:
    """Return the fraction of right answers, in [0, 1]. predicted, targets: (n,) integers, n > 0."""
    return (predicted == targets).float().mean().item()


def confusion(predicted: Tensor, targets: Tensor, classes: int) -> Tensor:
    """Return the confusion matrix: entry (i, j) is the number of images of class i that were predicted as class j.

    predicted, targets: (n,) int64 in [0, classes). Returns (classes, classes) int64 that sums to n.
    """
    return torch.bincount(targets * classes + predicted, minlength=classes**2).reshape(classes, classes)


def margin(distances: Tensor, targets: Tensor) -> Tensor:
    """Return how much nearer the right ideal is than the nearest wrong one; negative for a mistake.

    distances: (n, K) float32, K > 1; targets: (n,) int64 in [0, K). Returns (n,) float32.
    """
    right = distances.gather(1, targets[:, None]).squeeze(1)
    wrong = distances.scatter(1, targets[:, None], torch.inf).amin(1)
    return wrong - right

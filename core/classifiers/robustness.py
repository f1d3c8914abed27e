"""Robustness: how an answer changes while a drawing is turned, scaled, moved or thickened, and where it gives way."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.classifiers.attribution import Model
from core.distance import distances_to
from core.drawing.transform import Adjustment, adjust
from core.ideal import to_unit


def pushed(digit: np.ndarray, by: Sequence[Adjustment]) -> Tensor:
    """Change a digit in n ways: (28, 28) uint8, 255 is ink -> (n, 28, 28) float32 in [0, 1]."""
    return to_unit(torch.tensor(np.stack([adjust(digit, one) for one in by])))


def nearness(distances: Tensor) -> Tensor:
    """Return how near each of K ideals is, as shares: (n, K), at least 0 -> (n, K), in [0, 1]; each row sums to 1.

    A share is 1 / distance, scaled. Of two, the nearer has more than half.
    """
    near = 1 / distances.double().clamp(min=1e-6)
    return near / near.sum(1, keepdim=True)


def shares_by_distance(images: Tensor, ideals: Tensor, distance) -> Tensor:
    """Return how near each ideal is to each image, as `nearness` has it: (n, 28, 28), (K, 28, 28) -> (n, K).

    distance: one of DISTANCES.
    """
    return nearness(distances_to(images, ideals, distance))


def probabilities(model: Model, images: Tensor) -> Tensor:
    """Return a model's probability of each class: (n, 28, 28) float32 in [0, 1] -> (n, K) float64 in [0, 1]."""
    with torch.no_grad():  # as float32, the probabilities of a pair may not add up
        return model(images.flatten(1)).double().softmax(1)


def kept_range(answers: Sequence[int], start: int) -> tuple[int, int]:
    """Return the first and the last place around `start` up to which all answers are the same as there.

    answers: one for each step of a push; start: the step that changes nothing.
    """
    first = last = start
    while first > 0 and answers[first - 1] == answers[start]:
        first -= 1
    while last < len(answers) - 1 and answers[last + 1] == answers[start]:
        last += 1
    return first, last

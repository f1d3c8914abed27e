"""Training and validation images as rows of pixels, ready for gradient descent."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.dataset import Dataset, Split
from core.ideal import to_unit
from core.model import PIXELS


@dataclass(frozen=True)
class TrainingData:
    """The digits in play, sorted by class. Shared: must not be written to.

    train_x: (n, 784) uint8 in [0, 255], a quarter of the memory that must be read for every batch of floats
    train_y: (n,) int64 in [0, K), the place of the digit among those in play
    valid_x: (m, 784) float32 in [0, 1]
    valid_y: (m,) int64 in [0, K)
    """

    train_x: Tensor
    train_y: Tensor
    valid_x: Tensor
    valid_y: Tensor


def from_dataset(dataset: Dataset, digits: tuple[int, ...] | None = None) -> TrainingData:
    """Flatten each image of some digits of a dataset, of all if None, to a row of 784 numbers."""
    train_x, train_y = _rows(dataset.train, digits or dataset.digits)
    valid_x, valid_y = _rows(dataset.valid, digits or dataset.digits)
    return TrainingData(train_x, train_y, to_unit(valid_x), valid_y)


def _rows(split: Split, digits: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    known = tuple(split.bounds)
    first = known.index(digits[0])
    if known[first : first + len(digits)] == digits:  # neighbours: a view of their images, nothing is copied
        images = split.images[split.bounds[digits[0]][0] : split.bounds[digits[-1]][1]]
    else:
        images = torch.cat([split.of(digit) for digit in digits])
    counts = torch.tensor([split.count(digit) for digit in digits])
    return images.reshape(-1, PIXELS), torch.repeat_interleave(torch.arange(len(digits)), counts)


def count_seen(trained_on: TrainingData, tested_on: TrainingData) -> int:
    """Count the validation images of one dataset that are among the training images of another.

    On those a model may have learned the answer by heart, so they say nothing about new handwriting.
    """
    seen = {row.tobytes() for row in trained_on.train_x.numpy()}
    asked = (tested_on.valid_x * 255).round().to(torch.uint8).numpy()
    return sum(row.tobytes() in seen for row in asked)

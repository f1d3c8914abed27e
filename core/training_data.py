"""Training and validation images as rows of pixels, ready for gradient descent."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from core.dataset import Dataset, Split
from core.ideal import to_unit
from core.model import PIXELS
from core.packed import open_dataset


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


@dataclass(frozen=True)
class Source:
    """Names a dataset, so that a process elsewhere reads it once for itself instead of being sent it."""

    folder: str
    digits: tuple[int, ...]

    def load(self) -> TrainingData:
        """Return the data, read at the first call of this process. Raises DatasetError if it can't be read."""
        return _read(self)


def from_dataset(dataset: Dataset, digits: tuple[int, ...] | None = None) -> TrainingData:
    """Flatten each image of some digits of a dataset, of all if None, to a row of 784 numbers."""
    train_x, train_y = _rows(dataset.train, digits or dataset.digits)
    valid_x, valid_y = _rows(dataset.valid, digits or dataset.digits)
    return TrainingData(train_x, train_y, to_unit(valid_x), valid_y)


def _rows(split: Split, digits: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    every = digits == tuple(split.bounds)
    images = split.images if every else torch.cat([split.of(digit) for digit in digits])  # a view, or a copy
    counts = torch.tensor([split.count(digit) for digit in digits])
    return images.reshape(-1, PIXELS), torch.repeat_interleave(torch.arange(len(digits)), counts)


@lru_cache(maxsize=4)  # four choices of digits at once; ten digits of full MNIST take 80 MB
def _read(source: Source) -> TrainingData:
    return from_dataset(open_dataset(Path(source.folder), source.digits))

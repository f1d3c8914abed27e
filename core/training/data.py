"""Training and validation images as rows of pixels, in batches, in the order of an epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.dataset import Dataset, Split
from core.ideal import to_unit
from core.model import PIXELS
from core.training.run import Config

GATHERED_AT_ONCE = 4_096  # images


@dataclass(frozen=True)
class TrainingData:
    """The digits in play, sorted by class. It is shared and must not be written to.

    train_x: (n, 784) uint8 in [0, 255]: a quarter of the memory of float32, and reading memory takes most of the time
    train_y: (n,) int64 in [0, K), the index of the digit among those in play
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


def training_rows(config: Config, data: TrainingData) -> Tensor:
    """Choose the images to train on: (n,) int64 row numbers, shuffled, the same for the same seed."""
    generator = torch.Generator().manual_seed(config.seed)
    return torch.randperm(len(data.train_x), generator=generator)[: config.train_size]


def epoch_order(config: Config, rows: Tensor, epoch: int) -> Tensor:
    """Put the rows into the order of one epoch, which depends on the seed and the number of the epoch only."""
    if config.order == "sorted":
        return rows.sort().values  # the data are sorted by label
    if config.order == "fixed":
        return rows
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + epoch + 1)
    return rows[torch.randperm(len(rows), generator=generator)]


def batches(data: TrainingData, rows: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the images and classes of some rows, batch by batch.

    rows: (n,) int64. Yields xb, (B, 784) float32 in [0, 1], and yb, (B,) int64; B is size, or what is left at the end.
    Every xb is written into the same memory, so use one before you ask for the next.
    """
    # Gathering bytes for many images at once, and converting them into floats in one buffer, is faster than gathering
    # floats or allocating a new tensor for every batch. One batch at first: the caller may want no more than a few.
    most = max(1, GATHERED_AT_ONCE // size) * size
    pixels = torch.empty(min(most, len(rows)), PIXELS, dtype=torch.uint8)
    buffer = torch.empty(min(size, len(rows)), PIXELS)
    first, count = 0, size
    while first < len(rows):
        group = rows[first : first + count]
        first, count = first + count, min(2 * count, most)
        torch.index_select(data.train_x, 0, group, out=pixels[: len(group)])
        for xb, yb in zip(pixels[: len(group)].split(size), data.train_y[group].split(size), strict=True):
            yield buffer[: len(xb)].copy_(xb).mul_(1 / 255), yb


def count_seen(trained_on: TrainingData, tested_on: TrainingData) -> int:
    """Count the validation images of one dataset that are among the training images of another.

    The model may have learned the answers to those by heart, so they say nothing about new handwriting.
    """
    train_images = {row.tobytes() for row in trained_on.train_x.numpy()}
    valid_images = (tested_on.valid_x * 255).round().to(torch.uint8).numpy()
    return sum(image.tobytes() in train_images for image in valid_images)

"""Made-up digits to train on: as many of each class, and quickly made."""

import torch

from core.training.data import TrainingData


def digits(classes: int = 2, train: int = 90, valid: int = 30, seed: int = 0) -> TrainingData:
    """Make as many images of each class as of any other: strokes of its own on paper, and as much noise."""
    generator = torch.Generator().manual_seed(seed)
    ideals = _ink(classes, generator)
    (train_x, train_y), (valid_x, valid_y) = (_noisy(ideals, count, generator) for count in (train, valid))
    return TrainingData(train_x, train_y, valid_x / 255, valid_y)


def _noisy(ideals, count, generator):
    labels = torch.arange(count) * len(ideals) // count  # ascending, as in a dataset
    return torch.maximum(ideals[labels] // 2, _ink(count, generator)), labels


def _ink(count, generator):
    """Ink on an eighth of the pixels, as on a digit."""
    images = torch.randint(0, 256, (count, 784), generator=generator)
    return (images * (torch.rand(count, 784, generator=generator) < 1 / 8)).to(torch.uint8)


def either_or(copies: int = 8) -> TrainingData:
    """Make images of two halves, each of ink or of paper. The classes: both halves are alike, or they are not."""
    left, right = torch.zeros(2, 28, 28, dtype=torch.uint8)
    left[:, :14], right[:, 14:] = 255, 255
    images = torch.stack([left & right, left | right, left, right]).reshape(4, 784).repeat_interleave(copies, 0)
    labels = torch.tensor([0, 0, 1, 1]).repeat_interleave(copies)
    return TrainingData(images, labels, images / 255, labels)

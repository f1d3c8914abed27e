"""How often the nearest ideal digit is right, by L1 and by L2: the accuracy that a better method must exceed."""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from bench.kit.commands import DIGITS, MNIST
from bench.kit.digits import chosen_digits
from bench.kit.report import Figure
from core.dataset import SPLITS
from core.distance import DISTANCES, accuracy, distances_to, nearest
from core.ideal import ideal_digits, to_unit
from sources import builtin
from sources.readers.idx import read_mnist

OPTIONS = MNIST | DIGITS


def run(args: argparse.Namespace) -> list[Figure]:
    """Compute the ideals from the training images and classify the validation images by them."""
    train, valid = _read(args.mnist, chosen_digits(args))
    ideals = ideal_digits(list(train.values()))
    figures = []
    for name, distance in DISTANCES.items():
        figures += _accuracies(name.lower(), valid, ideals, distance)
    for split, images in (("train", train), ("valid", valid)):
        figures += [Figure(f"{split}.{digit}", len(of_digit)) for digit, of_digit in images.items()]
    return figures


def _read(mnist: Path | None, digits: tuple[int, ...]) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
    if mnist:
        read = (read_mnist(mnist, split, digits) for split in SPLITS)
        return tuple({digit: torch.from_numpy(images) for digit, images in split.items()} for split in read)
    dataset, _ = builtin.load()
    return tuple({digit: split.of(digit) for digit in digits} for split in (dataset.train, dataset.valid))


def _accuracies(name: str, valid: dict[int, Tensor], ideals: Tensor, distance) -> list[Figure]:
    answers = [nearest(distances_to(to_unit(images), ideals, distance)) for images in valid.values()]
    targets = [torch.full_like(answer, place) for place, answer in enumerate(answers)]
    each = [accuracy(answer, target) for answer, target in zip(answers, targets, strict=True)]
    return [
        *(Figure(f"{name}.per_class.{digit}", share, 6) for digit, share in zip(valid, each, strict=True)),
        Figure(f"{name}.mean", sum(each) / len(each), 6),
        Figure(f"{name}.overall", accuracy(torch.cat(answers), torch.cat(targets)), 6),
    ]

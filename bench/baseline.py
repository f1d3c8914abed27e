"""How often the nearest ideal digit is right, by L1 and by L2: the figure that any cleverer method must beat."""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from bench import report
from core.distance import DISTANCES, accuracy, distances_to, nearest
from core.ideal import ideal_digits, to_unit
from sources import builtin
from sources.idx import read_mnist


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument(
        "--mnist",
        type=Path,
        metavar="FOLDER",
        help="the four IDX files of MNIST, plain or .gz; else the built-in digits",
    )
    parser.add_argument("--digits", type=int, nargs="+", choices=range(10), default=[3, 7], help="two or more digits")


def run(args: argparse.Namespace) -> dict:
    """Make the ideals from the training images and judge the validation images by them."""
    digits = tuple(sorted(set(args.digits)))
    if len(digits) < 2:
        raise SystemExit("One digit can't be told from itself: give --digits at least two.")
    train, valid = _read(args.mnist, digits)
    ideals = ideal_digits([train[digit] for digit in digits])
    scores = {name: _score(valid, ideals, distance) for name, distance in DISTANCES.items()}
    report.table(
        ["share of right answers", *(f"of the {d}s" for d in digits), "their mean", "of all"],
        [
            [name, *(f"{a:.4f}" for a in (*s["per_class"].values(), s["mean"], s["overall"]))]
            for name, s in scores.items()
        ],
    )
    return {
        "l1": scores["L1"],
        "l2": scores["L2"],
        "train": {str(digit): len(images) for digit, images in train.items()},
        "valid": {str(digit): len(images) for digit, images in valid.items()},
    }


def _read(mnist: Path | None, digits: tuple[int, ...]) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
    if mnist:
        return read_mnist(mnist, "train", digits), read_mnist(mnist, "valid", digits)
    dataset, _ = builtin.load()
    return tuple({digit: split.of(digit) for digit in digits} for split in (dataset.train, dataset.valid))


def _score(valid: dict[int, Tensor], ideals: Tensor, distance) -> dict:
    answers = [nearest(distances_to(to_unit(images), ideals, distance)) for images in valid.values()]
    targets = [torch.full_like(answer, place) for place, answer in enumerate(answers)]
    each = [accuracy(answer, target) for answer, target in zip(answers, targets, strict=True)]
    return {
        "per_class": {str(digit): round(share, 6) for digit, share in zip(valid, each, strict=True)},
        "mean": round(sum(each) / len(each), 6),
        "overall": round(accuracy(torch.cat(answers), torch.cat(targets)), 6),
    }

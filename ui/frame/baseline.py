"""What follows from the digits in play alone: computed once for the whole server, shown to everybody."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from core.dataset import Dataset, open_images
from core.distance import DISTANCES, distances_to
from core.ideal import ideal_digits, to_unit
from core.loss import baseline_logits, cross_entropy
from ui.frame.scene import Scene


@dataclass(frozen=True)
class Judged:
    """A whole split, judged by the distance of each image to each ideal.

    distances: {"L1" or "L2": (n, K) float32}; targets: (n,) int64, the place of the right digit among those in play;
    numbers: (n,) int64, the number of each image among those of its digit.
    """

    distances: dict[str, Tensor]
    targets: Tensor
    numbers: Tensor


def ideals(scene: Scene, n: int | None = None) -> Tensor:
    """Return the ideal of each digit in play from its first n training images (all if None): (K, 28, 28) float32."""
    return _ideals(str(scene.dataset.folder), scene.digits, n, scene.dataset)


def judged(scene: Scene, split: str) -> Judged:
    """Judge all images of the digits in play in one split by their distance to the ideals."""
    return _judged(str(scene.dataset.folder), scene.digits, split, scene.dataset)


def opened(scene: Scene, digit: int, condition: str, size: int) -> list[Tensor]:
    """Open the training files of one digit that meet a condition on their size in bytes: a list of (28, 28) uint8.

    Raises DatasetError if one of them is damaged.
    """
    return _opened(str(scene.dataset.folder), digit, condition, size, scene.dataset)


def nudged(scene: Scene, digit: int, row: int, column: int, by: float) -> tuple[int, int, float]:
    """Add `by` to one pixel of one ideal and judge the validation images again, in float64.

    Returns how many are right, how many there are, and the loss.
    """
    return _nudged(str(scene.dataset.folder), scene.digits, digit, row, column, by, scene.dataset)


@st.cache_resource(max_entries=30, show_spinner=False)
def _opened(folder: str, digit: int, condition: str, size: int, _dataset: Dataset) -> list[Tensor]:
    conditions = {
        "every file": lambda path: True,
        "files larger than": lambda path: path.stat().st_size > size,
        "files smaller than": lambda path: path.stat().st_size < size,
    }
    return open_images(_dataset.train.paths_of(digit), conditions[condition])


@st.cache_data(max_entries=1000, show_spinner=False)
def _nudged(
    folder: str, digits: tuple[int, ...], digit: int, row: int, column: int, by: float, _dataset: Dataset
) -> tuple[int, int, float]:
    weights = _ideals(folder, digits, None, _dataset).double()  # a copy: the ideals are shared
    weights[digits.index(digit), row, column] += by
    images = torch.cat([to_unit(_dataset.valid.of(one)) for one in digits]).double()
    targets = _judged(folder, digits, "valid", _dataset).targets
    logits = baseline_logits(images, weights)
    right = int((logits.argmax(1) == targets).sum())
    return right, len(targets), cross_entropy(logits, targets).item()


@st.cache_resource(max_entries=300, show_spinner=False)
def _ideals(folder: str, digits: tuple[int, ...], n: int | None, _dataset: Dataset) -> Tensor:
    return ideal_digits([_dataset.train.of(digit)[:n] for digit in digits])


@st.cache_resource(max_entries=60, show_spinner="Measuring distances")
def _judged(folder: str, digits: tuple[int, ...], split: str, _dataset: Dataset) -> Judged:
    ideal = _ideals(folder, digits, None, _dataset)
    stacks = [_dataset.split(split).of(digit) for digit in digits]
    return Judged(
        # one digit at a time, so that only its images are in memory as floats
        {
            name: torch.cat([distances_to(to_unit(stack), ideal, distance) for stack in stacks])
            for name, distance in DISTANCES.items()
        },
        torch.cat([torch.full((len(stack),), place) for place, stack in enumerate(stacks)]),
        torch.cat([torch.arange(len(stack)) for stack in stacks]),
    )

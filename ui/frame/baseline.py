"""What follows from the digits in play alone: computed once for the whole server and shared by all sessions."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from core.dataset import Dataset, open_images
from core.distance import DISTANCES, distances_to
from core.ideal import ideal_digits, to_unit
from ui.frame.scene import Scene
from ui.server import BY_FOLDER

BY_DIGITS = {Scene: lambda scene: (str(scene.dataset.folder), scene.digits)}  # whatever the specimen is


@dataclass(frozen=True)
class JudgedSplit:
    """All images of the digits in play in one split, with the distance of each image to each ideal.

    distances: {"L1" or "L2": (n, K) float32}; targets: (n,) int64, the place of the right digit among those in play;
    numbers: (n,) int64, the number of each image among those of its digit.
    """

    distances: dict[str, Tensor]
    targets: Tensor
    numbers: Tensor


@st.cache_resource(max_entries=300, show_spinner=False, hash_funcs=BY_DIGITS)
def ideals(scene: Scene, n: int | None = None) -> Tensor:
    """Return the ideal of each digit in play from its first n training images (all if None): (K, 28, 28) float32."""
    return ideal_digits([scene.images("train", digit)[:n] for digit in scene.digits])


@st.cache_resource(max_entries=60, show_spinner="Measuring distances", hash_funcs=BY_DIGITS)
def judge_split(scene: Scene, split: str) -> JudgedSplit:
    """Measure the distance of every image of the digits in play in one split to every ideal."""
    stacks = [scene.images(split, digit) for digit in scene.digits]
    return JudgedSplit(
        {
            # one digit at a time, so that only its images are in memory as floats
            name: torch.cat([distances_to(to_unit(stack), ideals(scene), distance) for stack in stacks])
            for name, distance in DISTANCES.items()
        },
        torch.cat([torch.full((len(stack),), place) for place, stack in enumerate(stacks)]),
        torch.cat([torch.arange(len(stack)) for stack in stacks]),
    )


@st.cache_resource(max_entries=30, show_spinner=False, hash_funcs=BY_FOLDER)
def open_training_files(dataset: Dataset, digit: int, condition: str, size: int) -> list[Tensor]:
    """Open the training files of one digit that meet a condition on their size in bytes: a list of (28, 28) uint8.

    Raises DatasetError if one of them is damaged.
    """
    conditions = {
        "every file": lambda path: True,
        "files larger than": lambda path: path.stat().st_size > size,
        "files smaller than": lambda path: path.stat().st_size < size,
    }
    return open_images(dataset.train.paths_of(digit), conditions[condition])

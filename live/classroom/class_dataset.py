"""The drawings of a class as a dataset: split by learner, and as files to take away."""

import csv
import io
import random
import zipfile
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.dataset import SIDE, SPLITS, DatasetError
from live.classroom.room import Drawing
from sources.packed import Images

VALID_SHARE = 0.25  # of the drawings
TRIES = 200  # divisions of the class that are compared


def validators(drawings: Sequence[Drawing]) -> frozenset[int]:
    """Return the learners whose drawings are set aside for validation, about a quarter of all drawings.

    All drawings of a learner go the same way: a hand resembles itself, so that a model which has learned from some of
    its drawings knows the others, and would seem better than it is. Of many divisions by lot, always the same ones,
    that is taken which leaves the most digits in both parts, then the one that comes nearest to a quarter.
    """
    learners = sorted({one.learner for one in drawings})
    if len(learners) < 2:
        return frozenset()
    lot = random.Random(37)  # noqa: S311, not used for security

    def rank(chosen: frozenset[int]) -> tuple[int, float]:
        share = sum(one.learner in chosen for one in drawings) / len(drawings)
        return len(in_both(drawings, chosen)), -abs(share - VALID_SHARE)

    tried = [frozenset(lot.sample(learners, lot.randint(1, max(1, len(learners) // 2)))) for _ in range(TRIES)]
    return max(tried, key=rank)


def in_both(drawings: Sequence[Drawing], chosen: frozenset[int]) -> set[int]:
    """Return the digits that both have drawn, the learners who were chosen and the others."""
    parts = {False: set(), True: set()}
    for one in drawings:
        parts[one.learner in chosen].add(one.meant)
    return parts[False] & parts[True]


def as_images(drawings: Sequence[Drawing]) -> Images:
    """Return drawings by split and label, each (n, 28, 28) uint8. Digits that are not in both splits are left out.

    Raises DatasetError if fewer than two are left.
    """
    chosen = validators(drawings)
    digits = sorted(in_both(drawings, chosen))
    if len(digits) < 2:
        raise DatasetError(
            "This needs two learners who have both handed in the same two digits: one to learn from, one to test on."
        )

    def stack(digit: int, valid: bool) -> np.ndarray:
        return np.stack([one.pixels for one in drawings if one.meant == digit and (one.learner in chosen) == valid])

    return {split: {digit: stack(digit, split == SPLITS[1]) for digit in digits} for split in SPLITS}


def as_zip(drawings: Sequence[Drawing]) -> bytes:
    """Write drawings as a zip in the layout that the Data page reads, or without a split if there can be none."""
    try:
        layout = {f"{split}/{digit}": stack for split, by in as_images(drawings).items() for digit, stack in by.items()}
    except DatasetError:
        layout = {f"{digit}": [one.pixels for one in drawings if one.meant == digit] for digit in range(10)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for folder, stack in layout.items():
            for number, pixels in enumerate(stack):
                png = io.BytesIO()
                Image.fromarray(pixels).save(png, "PNG")
                out.writestr(f"{folder}/{number:04}.png", png.getvalue())
    return packed.getvalue()


def as_csv(drawings: Sequence[Drawing], names: dict[int, str]) -> str:
    """Write drawings as CSV, one a row: who drew it, what it was meant to be, its split, its 784 pixels.

    names: nicknames by the numbers of learners.
    """
    chosen = validators(drawings)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["learner", "digit", "split", *(f"pixel_{place}" for place in range(SIDE * SIDE))])
    for one in drawings:
        split = SPLITS[one.learner in chosen]
        table.writerow([names.get(one.learner, ""), one.meant, split, *one.pixels.ravel().tolist()])
    return text.getvalue()

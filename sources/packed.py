"""Datasets that are kept as packed pixels alone: quick to write and to read, however many images there are.

A folder of them holds `digits.json`, which says how many images there are, and for each label of each split one file
of plain bytes in `.packed/`, after a sum that shows whether they are whole. The PNG files that core/dataset.py
describes are written one label at a time, when somebody wants to see a file.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.dataset import PACKED, SIDE, SPLITS, Dataset, DatasetError, Split, read_dataset
from sources.atomic import whole_or_nothing

INDEX = "digits.json"
VERSION = 1
SUM = 64  # characters of a SHA-256 sum in hexadecimal
LONGEST = 200  # characters of a title

Images = dict[str, dict[int, np.ndarray]]  # {split: {digit: (n, 28, 28) uint8}}, 0 is paper and 255 is ink


@dataclass(frozen=True)
class Index:
    """What a folder of packed digits holds. title: what people call it; counts: {split: {digit: images}}."""

    title: str
    counts: dict[str, dict[int, int]]

    @property
    def digits(self) -> tuple[int, ...]:
        """Return the labels, ascending."""
        return tuple(sorted(self.counts["train"]))

    @property
    def total(self) -> int:
        """Return how many images there are in all."""
        return sum(sum(counts.values()) for counts in self.counts.values())


def write(folder: Path, images: Images, title: str) -> str:
    """Write digits to an empty folder. Returns a sum of all pixels and labels, the same for the same digits.

    Raises OSError if the place can't be written to or is full.
    """
    (folder / PACKED).mkdir()
    whole = hashlib.sha256()
    for split in SPLITS:
        for digit, stack in sorted(images[split].items()):
            pixels = memoryview(np.ascontiguousarray(stack)).cast("B")
            checked = hashlib.sha256(pixels).hexdigest()
            whole.update(f"{split} {digit} {checked}\n".encode())
            with open(_file(folder, split, digit), "wb") as out:
                out.write(checked.encode())
                out.write(pixels)
    counts = {split: {str(digit): len(stack) for digit, stack in images[split].items()} for split in SPLITS}
    index = {"version": VERSION, "title": title[:LONGEST], "counts": counts}
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    return whole.hexdigest()


def read_index(folder: Path) -> Index | None:
    """Read what a folder of packed digits holds; None if it is no such folder. Raises DatasetError if it is damaged."""
    try:
        raw = (folder / INDEX).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError):
        raise _damaged(folder) from None
    try:
        index = json.loads(raw)
        counts = {split: {int(d): int(n) for d, n in index["counts"][split].items()} for split in SPLITS}
        title, version = str(index["title"]), index["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise _damaged(folder) from None
    digits = set(counts["train"])
    wrong = digits != set(counts["valid"]) or not digits <= set(range(10)) or len(digits) < 2
    if version != VERSION or wrong or min(n for split in counts.values() for n in split.values()) < 1:
        raise _damaged(folder)
    return Index(title, counts)


def open_dataset(folder: Path, digits: tuple[int, ...] | None = None) -> Dataset:
    """Read a folder of digits, packed or not: `digits` of it, or all if None. Raises DatasetError as read_dataset."""
    index = read_index(folder)
    if index is None:
        return read_dataset(folder, digits)
    digits = index.digits if digits is None else tuple(sorted(set(digits)))
    if len(digits) < 2 or not set(digits) <= set(index.digits):
        raise DatasetError(f"{folder} has the digits {', '.join(map(str, index.digits))}: choose two of them.", folder)
    return Dataset(folder, digits, *(_read_split(folder, index, split, digits) for split in SPLITS))


def write_pngs(folder: Path, damaged: Path) -> None:
    """Write the PNG files of one label from its packed pixels, in place of those that are missing or damaged.

    damaged: the label's folder, or a file in it. Raises DatasetError if the pixels are damaged, too, or there is no
    label there; OSError if the place can't be written to or is full.
    """
    index = read_index(folder)
    try:
        split, digit = damaged.relative_to(folder).parts[:2]
        count = index.counts[split][int(digit)]
    except (ValueError, KeyError, AttributeError):
        raise DatasetError(f"{damaged} is none of the digits in {folder}.", folder) from None
    _check_size(folder, split, int(digit), count)
    stack = np.empty((count, SIDE, SIDE), np.uint8)
    _read_label(folder, split, int(digit), stack)
    with whole_or_nothing(folder / split / digit, replace=True) as temporary:
        for name, image in zip(_names(count), stack, strict=True):
            Image.fromarray(image).save(temporary / name)


def _read_split(folder: Path, index: Index, split: str, digits: tuple[int, ...]) -> Split:
    counts = [index.counts[split][digit] for digit in digits]
    for digit, count in zip(digits, counts, strict=True):  # before there is room made for what is not there
        _check_size(folder, split, digit, count)
    images = np.empty((sum(counts), SIDE, SIDE), np.uint8)  # each label is read straight into its place
    names, bounds, row = [], {}, 0
    for digit, count in zip(digits, counts, strict=True):
        _read_label(folder, split, digit, images[row : row + count])
        names += _names(count)
        bounds[digit] = (row, row + count)
        row += count
    labels = torch.from_numpy(np.repeat(digits, counts))
    return Split(torch.from_numpy(images), labels, folder / split, tuple(names), bounds)


def _check_size(folder: Path, split: str, digit: int, count: int) -> None:
    try:
        whole = os.path.getsize(_file(folder, split, digit)) == SUM + count * SIDE * SIDE
    except OSError:
        whole = False
    if not whole:
        raise _damaged(folder)


def _read_label(folder: Path, split: str, digit: int, stack: np.ndarray) -> None:
    try:
        with open(_file(folder, split, digit), "rb") as packed:
            expected = packed.read(SUM)
            whole = packed.readinto(memoryview(stack).cast("B")) == stack.size
    except OSError:
        raise _damaged(folder) from None
    if not whole or hashlib.sha256(stack).hexdigest().encode() != expected:
        raise _damaged(folder)


def _file(folder: Path, split: str, digit: int) -> Path:
    return folder / PACKED / f"{split}-{digit}.bin"


def _names(count: int) -> Iterator[str]:
    width = max(4, len(str(count - 1)))
    return (f"{number:0{width}}.png" for number in range(count))


def _damaged(folder: Path) -> DatasetError:
    return DatasetError(f"The digits in {os.fspath(folder)} are damaged: import them again.", folder)

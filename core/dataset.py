"""Read a folder of handwritten digits into tensors.

The layout is the usual one: `train/<label>/*.png` and `valid/<label>/*.png`, one folder for each label. PyTorch is
imported where a tensor is made, since it takes a second: who only checks or copies files need not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.pictures import SIDE

if TYPE_CHECKING:
    from torch import Tensor

SPLITS = ("train", "valid")


class DatasetError(Exception):
    """A dataset can't be used; the message is one sentence for the user.

    path: the file or folder to blame, if any. The message names at most the end of it: pages show it to visitors.
    """

    def __init__(self, message: str, path: Path | None = None):
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Split:
    """The training or the validation images of a dataset, sorted by label.

    images: (n, 28, 28) uint8 in [0, 255], 0 is paper and 255 is ink
    labels: (n,) int64, ascending
    folder: holds one folder for each label
    names: n file names in the order of the images, without their label folder
    bounds: {label: (first row, row after the last)} in `images`
    """

    images: Tensor
    labels: Tensor
    folder: Path
    names: tuple[str, ...]
    bounds: dict[int, tuple[int, int]]

    @classmethod
    def from_names(cls, folder: Path, images: np.ndarray, names: Mapping[int, Sequence[str]]) -> Split:
        """Make a split of images that are sorted by label.

        images: (n, 28, 28) uint8, not copied. names: {label: its file names}, labels ascending, n names in all.
        """
        import torch

        counts = [len(of_label) for of_label in names.values()]
        ends = accumulate(counts)
        bounds = {digit: (end - count, end) for digit, count, end in zip(names, counts, ends, strict=True)}
        labels = np.repeat(list(names), counts)
        flat = tuple(chain.from_iterable(names.values()))
        return cls(torch.from_numpy(images), torch.from_numpy(labels), folder, flat, bounds)

    def of(self, digit: int) -> Tensor:
        """Return the images of one digit, (n_digit, 28, 28) uint8: a view, nothing is copied."""
        first, end = self.bounds[digit]
        return self.images[first:end]

    def paths_of(self, digit: int) -> tuple[Path, ...]:
        """Return the files of one digit, in the order of its images."""
        first, end = self.bounds[digit]
        return tuple(self.folder / str(digit) / name for name in self.names[first:end])

    def path_of(self, digit: int, number: int) -> Path:
        """Return the file of one image of a digit. Raises IndexError if it has no such number."""
        first, end = self.bounds[digit]
        return self.folder / str(digit) / self.names[range(first, end)[number]]

    def count(self, digit: int) -> int:
        """Return how many images of one digit there are."""
        return len(self.of(digit))


@dataclass(frozen=True)
class Dataset:
    """A folder of digits in memory. All sessions share it: do not write to its tensors."""

    folder: Path
    digits: tuple[int, ...]
    train: Split
    valid: Split

    def split(self, name: str) -> Split:
        """Return the split called "train" or "valid"."""
        return {"train": self.train, "valid": self.valid}[name]


def open_image(path: Path) -> Tensor:
    """Open one grey 28 x 28 PNG file as a tensor.

    Returns (28, 28) uint8 in [0, 255]. Raises DatasetError, which names the file, for anything else.
    """
    import torch

    name = "/".join(path.parts[-3:])  # such as train/3/0000.png
    try:
        with Image.open(path, formats=("PNG",)) as img:
            mode, size = img.mode, img.size
            pixels = np.array(img) if (mode, size) == ("L", (SIDE, SIDE)) else None  # others may be huge
    except FileNotFoundError:
        raise DatasetError(f"{name} is missing: put it back, or start again from the source.", path) from None
    except Exception:  # a damaged file can make Pillow raise an error of any kind
        raise DatasetError(f"{name} can't be read as a picture: replace or remove it.", path) from None
    if mode != "L":
        raise DatasetError(f"{name} is a picture of mode {mode}, not grey (mode L): convert it to grey.", path)
    if pixels is None:
        raise DatasetError(f"{name} is {size[0]} x {size[1]} pixels, not {SIDE} x {SIDE}: resize it.", path)
    return torch.from_numpy(pixels)


def open_images(paths: tuple[Path, ...], condition: Callable[[Path], bool]) -> list[Tensor]:
    """Open the files that meet a condition: a list of (28, 28) uint8. Raises DatasetError as open_image does."""
    return [open_image(path) for path in paths if condition(path)]


@dataclass(frozen=True)
class Listing:
    """The PNG files of one label folder, sorted by name, each with its size in bytes and its time in nanoseconds."""

    folder: Path
    names: tuple[str, ...]
    stats: tuple[tuple[int, int], ...]


def list_images(folder: Path) -> Listing:
    """List the PNG files of one label folder. Raises DatasetError if there are none."""
    name = "/".join(folder.parts[-2:])  # such as train/3
    try:
        entries = (entry for entry in os.scandir(folder) if entry.name.lower().endswith(".png"))
        found = sorted((entry.name, _stat(entry)) for entry in entries)
    except OSError:
        raise DatasetError(f"The folder {name} is missing or can't be opened.", folder) from None
    if not found:
        raise DatasetError(f"The folder {name} holds no PNG files: add some, or leave this digit out.", folder)
    return Listing(folder, *zip(*found, strict=True))


def _stat(entry: os.DirEntry) -> tuple[int, int]:
    try:
        stat = entry.stat()
    except OSError:
        return 0, 0  # a broken link: opening it will say what is wrong
    return stat.st_size, stat.st_mtime_ns


def read_images(listing: Listing) -> np.ndarray:
    """Open every file of one label folder: (n, 28, 28) uint8. Raises DatasetError as open_image does."""
    return np.stack([open_image(listing.folder / name) for name in listing.names])


def find_digits(folder: Path) -> tuple[int, ...]:
    """Return the digits that have a folder in either split, ascending."""
    return tuple(d for d in range(10) if any(os.path.isdir(folder / s / str(d)) for s in SPLITS))


def read_dataset(folder: Path, digits: tuple[int, ...] | None = None) -> Dataset:
    """Read a dataset folder.

    digits: two to ten labels in 0..9; all that the folder has if None.
    Raises DatasetError with one sentence on what is wrong with the folder.
    """
    folder = Path(folder)
    digits = find_digits(folder) if digits is None else tuple(sorted(set(digits)))
    if not 2 <= len(digits) <= 10 or not set(digits) <= set(range(10)):
        raise DatasetError(f"{folder.name} needs folders for at least two digits in train/ and valid/.", folder)
    return Dataset(folder, digits, *(_read_split(folder / name, digits) for name in SPLITS))


def _read_split(folder: Path, digits: tuple[int, ...]) -> Split:
    listings = [list_images(folder / str(digit)) for digit in digits]
    # NumPy joins them: PyTorch would start its threads for it, which takes ten times as long on a busy machine.
    images = np.concatenate([read_images(listing) for listing in listings])
    return Split.from_names(folder, images, {d: one.names for d, one in zip(digits, listings, strict=True)})

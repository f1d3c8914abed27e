"""Read a folder of handwritten digits into tensors.

The layout is the usual one: `train/<label>/*.png` and `valid/<label>/*.png`, one folder a label.
A packed copy in `.packed/` beside them spares opening thousands of files at the next start.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

SIDE = 28  # pixels along each edge, as in MNIST
SPLITS = ("train", "valid")
PACKED = ".packed"


class DatasetError(Exception):
    """A dataset can't be used; the message is one sentence for the person at the screen."""

    def __init__(self, message: str, path: Path | None = None):
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Split:
    """The training or the validation images of a dataset, sorted by label.

    images: (n, 28, 28) uint8 in [0, 255], 0 is paper and 255 is ink
    labels: (n,) int64, ascending
    folder: where the label folders are
    names: n file names in the order of the images, without their label folder
    bounds: {label: (first row, row after the last)}
    """

    images: Tensor
    labels: Tensor
    folder: Path
    names: tuple[str, ...]
    bounds: dict[int, tuple[int, int]]

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
        first, end = self.bounds[digit]
        return end - first


@dataclass(frozen=True)
class Dataset:
    """A folder of digits in memory. It is shared by everybody and must not be written to."""

    folder: Path
    digits: tuple[int, ...]
    train: Split
    valid: Split

    def split(self, name: str) -> Split:
        """Return the split called "train" or "valid"."""
        return {"train": self.train, "valid": self.valid}[name]


def open_image(path: Path) -> Tensor:
    """Open one grey 28 x 28 picture file as a tensor.

    Returns (28, 28) uint8 in [0, 255]. Raises DatasetError, which names the file, for anything else.
    """
    try:
        with Image.open(path, formats=("PNG",)) as img:
            if img.mode != "L":
                raise DatasetError(
                    f"{path} is a picture of mode {img.mode}, not grey (mode L): convert it to grey.", path
                )
            if img.size != (SIDE, SIDE):
                raise DatasetError(
                    f"{path} is {img.width} x {img.height} pixels, not {SIDE} x {SIDE}: resize it.", path
                )
            return torch.from_numpy(np.array(img))
    except FileNotFoundError:
        raise DatasetError(f"{path} is missing: put it back, or start again from the source.", path) from None
    except DatasetError:
        raise
    except Exception:  # of any kind: a file that is broken inside leads Pillow to whatever error
        raise DatasetError(f"{path} can't be read as a picture: replace or remove it.", path) from None


def open_images(paths: tuple[Path, ...], condition: Callable[[Path], bool]) -> list[Tensor]:
    """Open those files for which the condition holds: a list of (28, 28) uint8. Raises DatasetError as open_image."""
    return [open_image(path) for path in paths if condition(path)]


@dataclass(frozen=True)
class Listing:
    """The PNG files of one label folder, by name, with sizes in bytes and times in nanoseconds."""

    folder: Path
    names: tuple[str, ...]
    stats: tuple[tuple[int, int], ...]

    def stamp(self) -> str:
        """Change when a file is added, removed, replaced or edited, without opening any."""
        return hashlib.sha256(repr((self.names, self.stats)).encode()).hexdigest()

    def read(self) -> Tensor:
        """Open every file, (n, 28, 28) uint8. Raises DatasetError as open_image does."""
        return torch.stack([open_image(self.folder / name) for name in self.names])


def list_images(folder: Path) -> Listing:
    """List the PNG files of one label folder. Raises DatasetError if there are none."""
    try:
        found = sorted((entry.name, *_stat(entry)) for entry in os.scandir(folder) if _is_png(entry.name))
    except OSError:
        raise DatasetError(f"The folder {folder} is missing or can't be opened.", folder) from None
    if not found:
        raise DatasetError(f"The folder {folder} holds no PNG files: add some, or leave this digit out.", folder)
    return Listing(folder, tuple(name for name, _, _ in found), tuple(stat for _, *stat in found))


def _is_png(name: str) -> bool:
    return name.lower().endswith(".png")


def _stat(entry: os.DirEntry) -> tuple[int, int]:
    try:
        stat = entry.stat()
    except OSError:
        return 0, 0  # a link to nowhere: opening it will say what is wrong
    return stat.st_size, stat.st_mtime_ns


def find_digits(folder: Path) -> tuple[int, ...]:
    """Return the digits that have a folder in either split, ascending."""
    return tuple(d for d in range(10) if any(os.path.isdir(folder / s / str(d)) for s in SPLITS))


def read_dataset(folder: Path, digits: tuple[int, ...] | None = None, packed: bool = True) -> Dataset:
    """Read a dataset folder, from its packed copy where that is still true.

    digits: two to ten labels in 0..9; all that the folder has if None.
    packed: whether to use and keep the packed copy.
    Raises DatasetError with one sentence on what is wrong with the folder.
    """
    folder = Path(folder)
    digits = find_digits(folder) if digits is None else tuple(sorted(set(digits)))
    if not 2 <= len(digits) <= 10 or not set(digits) <= set(range(10)):
        raise DatasetError(f"{folder} needs folders for at least two digits in train/ and valid/.", folder)
    return Dataset(folder, digits, *(_read_split(folder, name, digits, packed) for name in SPLITS))


def _read_split(folder: Path, name: str, digits: tuple[int, ...], packed: bool) -> Split:
    stacks, names, bounds, row = [], [], {}, 0
    for digit in digits:
        listing = list_images(folder / name / str(digit))
        packed_copy = folder / PACKED / f"{name}-{digit}.bin"
        stacks.append(_read_label(packed_copy, listing) if packed else listing.read().numpy())
        names += listing.names
        bounds[digit] = (row, row + len(listing.names))
        row += len(listing.names)
    # NumPy joins them: PyTorch would wake its threads for it, which on a busy machine takes ten times as long.
    images = torch.from_numpy(np.concatenate(stacks))
    labels = torch.from_numpy(np.repeat(digits, [len(stack) for stack in stacks]))
    return Split(images, labels, folder / name, tuple(names), bounds)


def _read_label(cache: Path, listing: Listing) -> np.ndarray:
    stamp = listing.stamp()
    images = _load_packed(cache, stamp, len(listing.names))
    if images is None:
        images = listing.read().numpy()
        _save_packed(cache, stamp, images)
    return images


def _load_packed(cache: Path, stamp: str, count: int) -> np.ndarray | None:
    """Read a packed copy: the stamp of its files as 64 bytes, then their pixels. None if it is not true, or not whole.

    Plain bytes, since opening an .npz file of the same content takes five times as long.
    """
    try:
        packed = cache.read_bytes()
    except OSError:  # a packed copy is only ever a shortcut: whatever is wrong with it, the PNG files are right
        return None
    start = len(stamp)
    if packed[:start] != stamp.encode() or len(packed) != start + count * SIDE * SIDE:
        return None
    return np.frombuffer(packed, np.uint8, offset=start).reshape(count, SIDE, SIDE)


def _save_packed(cache: Path, stamp: str, images: np.ndarray) -> None:
    try:
        cache.parent.mkdir(exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=cache.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(stamp.encode() + images.tobytes())
            os.replace(temporary, cache)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError:
        pass  # a read-only folder or a full disk costs speed at the next start, nothing else

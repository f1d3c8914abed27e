"""Datasets in the cache folder: imported ones, named by their content, and all of MNIST.

A dataset is staged first: written to a folder of its own in `staging/`. It is published by a rename into `datasets/`
when a user decides to use it. Equal digits have equal names, so two imports of the same digits end in one dataset.
"""

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.dataset import DatasetError
from sources import packed
from sources.atomic import move_folder, remove_leftovers
from sources.home import cannot_write, home
from sources.packed import Images, Index
from sources.report import printable

MNIST = "mnist-70000"
MNIST_TITLE = "MNIST, all of it"
NAME = re.compile(r"mnist-70000|own-[0-9a-f]{16}")
STAGING = "staging"  # in the cache folder
MEGABYTES = 80  # of free disk that a dataset needs
MOST_DATASETS = 40  # that are imported on a server
FREE_SHARE = 0.1  # of the disk stays free: no dataset is staged beyond it


@dataclass(frozen=True)
class Staged:
    """A complete and checked dataset that is not published yet. name: the one that it will have then."""

    folder: Path
    name: str

    @classmethod
    def from_json(cls, result: dict) -> "Staged":
        """Return the dataset that another process has staged, from the result which that process printed."""
        return cls(Path(result["folder"]), result["name"])


def folder_of(name: str, base: Path | None = None) -> Path:
    """Return the folder of a published dataset. base: the cache folder if None. Raises ValueError for a wrong name."""
    if not NAME.fullmatch(name):
        raise ValueError(name)
    return (base or home()) / "datasets" / name


def index_of(name: str, base: Path | None = None) -> Index | None:
    """Return the index of a published dataset; None if there is no such dataset, or its index is damaged."""
    try:
        return packed.read_index(folder_of(name, base))
    except (DatasetError, ValueError):
        return None


def names(base: Path | None = None) -> tuple[str, ...]:
    """Return the names of the published datasets, all of MNIST first. base: the cache folder if None."""
    try:
        found = sorted(os.listdir((base or home()) / "datasets"))
    except OSError:
        return ()
    return tuple(sorted((name for name in found if index_of(name, base)), key=lambda name: name != MNIST))


def stage(images: Images, title: str, name: str | None = None, base: Path | None = None) -> Staged:
    """Write a dataset to a new folder in `staging/`, where it is removed after a day if it is not published.

    name: made of the content if None. base: the cache folder if None.
    Raises DatasetError with one sentence if the cache folder can't be written to or the disk is full; then nothing
    is left of it.
    """
    base = base or home()
    staging = base / STAGING
    for place in (staging, base / "waiting"):  # the second is the name that it had earlier
        remove_leftovers(place)
    try:
        staging.mkdir(parents=True, exist_ok=True)
        disk = shutil.disk_usage(staging)
        if disk.free < FREE_SHARE * disk.total:
            raise DatasetError(
                f"Less than {FREE_SHARE:.0%} of the server's disk is free, so no digits can be added: "
                "ask whoever runs the server to make room."
            )
        folder = Path(tempfile.mkdtemp(dir=staging))
        try:
            total = packed.write(folder, images, title)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise cannot_write(base, error, MEGABYTES) from None
    return Staged(folder, name or f"own-{total[:16]}")


def publish(staged: Staged, base: Path | None = None) -> str:
    """Move a staged dataset to where it can be used. If it is there already, and undamaged, that one stays.

    base: the cache folder if None. Returns its name. Raises DatasetError with one sentence if that can't be done.
    """
    folder = folder_of(staged.name, base)
    if not _is_whole(folder):
        own = [name for name in names(base) if name != MNIST]
        if len(own) >= MOST_DATASETS and staged.name not in (*own, MNIST):
            raise DatasetError(
                f"This server has {MOST_DATASETS} datasets, the most that it keeps: ask whoever runs it to remove some."
            )
        try:
            move_folder(staged.folder, folder, replace=os.path.lexists(folder))
        except FileNotFoundError:
            if not _is_whole(folder):  # else another process has just published the same
                raise DatasetError("These digits are no longer there: choose the file again.") from None
        except OSError as error:
            raise cannot_write(folder.parent, error, MEGABYTES) from None
    discard(staged)
    return staged.name


def remove(name: str) -> None:
    """Remove a published dataset, also a damaged one. Raises DatasetError with one sentence if there is none."""
    try:
        folder = folder_of(name)
        shutil.rmtree(folder)
    except (ValueError, FileNotFoundError):
        raise DatasetError(f"There is no dataset {printable(name)}: `python -m sources list` names them.") from None
    except OSError as error:
        raise cannot_write(folder, error, 0) from None


def discard(staged: Staged) -> None:
    """Remove a staged dataset."""
    shutil.rmtree(staged.folder, ignore_errors=True)


def _is_whole(folder: Path) -> bool:
    try:
        return packed.read_index(folder) is not None and bool(packed.open_dataset(folder))
    except DatasetError:
        return False

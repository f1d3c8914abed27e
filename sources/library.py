"""Datasets in the cache folder: imported ones, under a name made of their content, and all of MNIST.

A dataset is written to a waiting place first, and renamed into `datasets/` when somebody wants to use it. The same
digits have the same name, so that importing twice, or two people at once, come to the same folder.
"""

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.dataset import DatasetError
from sources import packed
from sources.atomic import forget, whole_or_nothing
from sources.home import cannot_write, home
from sources.packed import Images, Index

MNIST = "mnist-70000"
MNIST_TITLE = "MNIST, all of it"
NAME = re.compile(r"mnist-70000|own-[0-9a-f]{16}")
MEGABYTES = 80  # of room that is asked for when the disk is full


@dataclass(frozen=True)
class Waiting:
    """A dataset that is whole and checked, but not yet in its place. name: what it will be called there."""

    folder: Path
    name: str

    @classmethod
    def of(cls, said: dict) -> "Waiting":
        """Return what another process has set down, as it says."""
        return cls(Path(said["folder"]), said["name"])


def folder_of(name: str, base: Path | None = None) -> Path:
    """Return where a dataset is kept, or would be: in the cache folder, or in `base`. Raises ValueError for no name."""
    if not NAME.fullmatch(name):
        raise ValueError(name)
    return (base or home()) / "datasets" / name


def index_of(name: str) -> Index | None:
    """Return what a dataset holds; None if it is not kept here, or damaged."""
    try:
        return packed.read_index(folder_of(name))
    except (DatasetError, ValueError):
        return None


def names() -> tuple[str, ...]:
    """Return the names of the datasets that are kept here, all of MNIST first."""
    try:
        found = sorted(os.listdir(home() / "datasets"))
    except OSError:
        return ()
    return tuple(sorted((name for name in found if index_of(name)), key=lambda name: name != MNIST))


def set_down(images: Images, title: str, name: str | None = None, base: Path | None = None) -> Waiting:
    """Write a dataset to the waiting place. name: what to call it; made of its content if None.

    base: where to keep it; the cache folder if None.

    Raises DatasetError with one sentence if the cache folder can't be written to or is full; then nothing is left.
    """
    base = base or home()
    place = base / "waiting"
    forget(place)  # what nobody wanted
    folder = None
    try:
        place.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=place))
        total = packed.write(folder, images, title)
    except BaseException as error:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise cannot_write(base, error, MEGABYTES) from None
        raise
    return Waiting(folder, name or f"own-{total[:16]}")


def put_in_place(waiting: Waiting, base: Path | None = None) -> str:
    """Move a dataset that waits to where it can be used; if it is there already, and whole, that one stays.

    Returns its name. Raises DatasetError with one sentence if that can't be done.
    """
    folder = folder_of(waiting.name, base)
    if _is_whole(folder):
        shutil.rmtree(waiting.folder, ignore_errors=True)
        return waiting.name
    try:
        with whole_or_nothing(folder, replace=os.path.lexists(folder)) as temporary:
            for part in os.listdir(waiting.folder):
                os.rename(waiting.folder / part, temporary / part)
    except FileNotFoundError:
        if _is_whole(folder):  # somebody else has just put the same one there
            return waiting.name
        raise DatasetError("These digits are no longer there: choose the file again.") from None
    except OSError as error:
        raise cannot_write(folder.parent, error, MEGABYTES) from None
    shutil.rmtree(waiting.folder, ignore_errors=True)
    return waiting.name


def drop(waiting: Waiting) -> None:
    """Remove a dataset that nobody wants."""
    shutil.rmtree(waiting.folder, ignore_errors=True)


def _is_whole(folder: Path) -> bool:
    try:
        return packed.read_index(folder) is not None and bool(packed.open_dataset(folder))
    except DatasetError:
        return False

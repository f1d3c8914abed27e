"""Datasets in the cache folder: imported ones, named by their content, and all of MNIST.

A dataset is staged first: written to a folder of its own in `staging/`. It is published by a rename into `datasets/`
when a user decides to use it. Equal digits have equal names, so two imports of the same digits end in one dataset.
What nobody has used for KEPT_DAYS is removed; the time of its folder says when somebody last did.
"""

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
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
STAGING, DATASETS = "staging", "datasets"  # in the cache folder
FIRST = "THREE_OR_SEVEN_DATASET"  # the name of the dataset that a session begins with
DAYS = "THREE_OR_SEVEN_KEEP_DAYS"  # another number than KEPT_DAYS
KEPT_DAYS = 30  # that an imported dataset is kept without being used
MARK_S = 3600  # seconds between two records of its use
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
    return (base or home()) / DATASETS / name


def is_there(name: str) -> bool:
    """Return whether there is a published dataset of this name, perhaps a damaged one."""
    try:
        return os.path.isdir(folder_of(name))
    except ValueError:
        return False


def index_of(name: str, base: Path | None = None) -> Index | None:
    """Return the index of a published dataset; None if there is no such dataset, or its index is damaged."""
    try:
        return packed.read_index(folder_of(name, base))
    except (DatasetError, ValueError):
        return None


def names(base: Path | None = None) -> tuple[str, ...]:
    """Return the names of the published datasets, all of MNIST first. base: the cache folder if None."""
    try:
        found = sorted(os.listdir((base or home()) / DATASETS))
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
    clear_staging(base)
    try:
        folder = Path(tempfile.mkdtemp(dir=room(base)))
        try:
            total = packed.write(folder, images, title)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise cannot_write(base, error, MEGABYTES) from None
    return Staged(folder, name or f"own-{total[:16]}")


def room(base: Path | None = None) -> Path:
    """Return a folder to write to for a while, `staging/`. base: the cache folder if None.

    Raises DatasetError with one sentence if less than FREE_SHARE of its disk is free, OSError if it can't be used.
    """
    staging = (base or home()) / STAGING
    staging.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(staging)
    if disk.free < FREE_SHARE * disk.total:
        raise DatasetError(
            f"Less than {FREE_SHARE:.0%} of the server's disk is free, so no digits can be added: "
            "ask whoever runs the server to make room."
        )
    return staging


def publish(staged: Staged, base: Path | None = None) -> str:
    """Move a staged dataset to where it can be used. If it is there already, and undamaged, that one stays.

    base: the cache folder if None. Returns its name. Raises DatasetError with one sentence if that can't be done.
    """
    folder = folder_of(staged.name, base)
    if not _is_whole(folder):
        own = [name for name in names(base) if name != MNIST]
        if len(own) >= MOST_DATASETS and staged.name not in (*own, MNIST):
            raise DatasetError(
                f"This server has {MOST_DATASETS} imported datasets, the most that it keeps: "
                "whoever brought one can remove it, and whoever runs the server any."
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
        folder, staging = folder_of(name), home() / STAGING
        if not folder.exists():
            raise FileNotFoundError
        staging.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=staging, ignore_cleanup_errors=True) as trash:
            os.rename(folder, Path(trash) / name)  # gone at once: nobody reads what is half removed
    except (ValueError, FileNotFoundError):
        raise DatasetError(f"There is no dataset {printable(name)}: `python -m sources list` names them.") from None
    except OSError as error:
        raise cannot_write(folder, error, 0) from None


def mark_used(name: str) -> None:
    """Record that somebody uses a published dataset; a second time within an hour, only look at the record."""
    with suppress(OSError):
        if time.time() - last_used(name) > MARK_S:
            os.utime(folder_of(name))


def last_used(name: str) -> float:
    """Return when somebody last used a published dataset, as `time.time` does; 0 if there is none."""
    try:
        return os.stat(folder_of(name)).st_mtime
    except OSError:
        return 0.0


def kept_days() -> int:
    """Return for how many days an imported dataset is kept without being used."""
    days = os.environ.get(DAYS, "")
    return int(days) if re.fullmatch("[1-9][0-9]{0,4}", days) else KEPT_DAYS


def remove_unused() -> list[str]:
    """Remove the imported datasets, damaged ones too, that nobody has used for KEPT_DAYS, and return their names.

    The one that sessions begin with stays anyway.
    """
    oldest, removed = time.time() - 24 * 3600 * kept_days(), []
    with suppress(OSError):
        for entry in os.scandir(home() / DATASETS):
            imported = NAME.fullmatch(entry.name) and entry.name not in (MNIST, os.environ.get(FIRST))
            if imported and entry.stat(follow_symlinks=False).st_mtime < oldest:
                shutil.rmtree(entry.path, ignore_errors=True)
                removed.append(entry.name)
    return removed


def clear_staging(base: Path | None = None) -> None:
    """Remove what has been in `staging/` for a day. base: the cache folder if None."""
    for place in (STAGING, "waiting"):  # the second is the name that it had earlier
        remove_leftovers((base or home()) / place)


def discard(staged: Staged) -> None:
    """Remove a staged dataset."""
    shutil.rmtree(staged.folder, ignore_errors=True)


def _is_whole(folder: Path) -> bool:
    try:
        packed.open_dataset(folder)
    except DatasetError:
        return False
    return True

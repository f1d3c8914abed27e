"""What a class leaves on this server beside its rows in the database: its datasets, which go when it has ended."""

import os
from contextlib import suppress
from pathlib import Path

from core.dataset import DatasetError
from live.classroom.limits import ClassError
from sources import library
from sources.atomic import write_file
from sources.home import home
from ui.seat import classes
from ui.server import imported_digits

FOLDER = "class-datasets"  # in the app's folder: of each such dataset, the number of its class and its newest drawing
KEPT = 3  # datasets of a class: whoever trains on the one before can go on


def remember(name: str, class_id: int, newest: int) -> None:
    """Remember of which class a dataset will be that is to be published, unless somebody has brought the same digits.

    newest: the last drawing in it. Raises OSError if the app's folder can't be written to.
    """
    note = home() / FOLDER / name
    if note.exists() or not library.is_there(name):
        write_file(note, f"{class_id} {newest}".encode())


def dataset_of(class_id: int, newest: int) -> str | None:
    """Return the dataset that holds a class's drawings up to the newest of these; None if this server has none."""
    found = (name for name, of in _remembered() if of == (class_id, newest) and library.is_there(name))
    return next(found, None)


def remove_replaced(name: str, class_id: int, newest: int) -> None:
    """Remove those datasets of a class that a new one replaces: of as many drawings, or older than the last few."""
    others = [(other, of[1]) for other, of in _remembered() if of[0] == class_id and other != name]
    for place, (other, last) in enumerate(others, 1):
        if last == newest or place >= KEPT:
            _remove(other)


def tidy() -> None:
    """Delete the classes that have expired, and from this server the datasets of all that are no more."""
    with suppress(ClassError):  # the database is away: at the next look
        classes.store().remove_expired()
        for name, (class_id, _) in _remembered():
            if classes.store().room(class_id) is None:
                _remove(name)


def _remembered() -> list[tuple[str, tuple[int, int]]]:
    """Return the datasets of classes, the latest first, each with the number of its class and its newest drawing."""
    found = []
    with suppress(OSError):  # there is none yet
        for entry in list(os.scandir(home() / FOLDER)):
            with suppress(OSError, ValueError):  # another session has removed it meanwhile
                class_id, _, newest = Path(entry.path).read_text().partition(" ")
                found.append((entry.stat().st_mtime_ns, entry.name, (int(class_id), int(newest or 0))))
    return [(name, of) for _, name, of in sorted(found, reverse=True) if library.NAME.fullmatch(name)]


def _remove(name: str) -> None:
    with suppress(DatasetError):  # it is gone already
        library.remove(name)
        imported_digits.clear(str(library.folder_of(name)))
    if not library.is_there(name):
        with suppress(OSError):
            os.unlink(home() / FOLDER / name)

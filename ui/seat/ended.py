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

FOLDER = "class-datasets"  # in the app's folder: of each such dataset, the number of its class


def remember(name: str, class_id: int) -> None:
    """Remember that a dataset is of a class. Raises OSError if the app's folder can't be written to."""
    write_file(home() / FOLDER / name, str(class_id).encode())


def tidy() -> None:
    """Delete the classes that have expired, and from this server the datasets of all that are no more."""
    with suppress(ClassError):  # the database is away: at the next look
        classes.store().remove_expired()
        remove_datasets()


def remove_datasets() -> None:
    """Remove from this server the datasets of classes that have ended. Raises ClassError if the database is away."""
    with suppress(OSError):
        for entry in list(os.scandir(home() / FOLDER)):
            if classes.store().room(int(Path(entry.path).read_text())) is None:
                with suppress(DatasetError):  # it is gone already
                    library.remove(entry.name)
                    imported_digits.clear(str(library.folder_of(entry.name)))
                os.unlink(entry.path)

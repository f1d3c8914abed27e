"""The cache folder, for everything that the app unpacks, downloads, imports or trains."""

import errno
import logging
import os
from functools import cache
from pathlib import Path

import platformdirs

from core.dataset import DatasetError

VARIABLE = "THREE_OR_SEVEN_HOME"


def home() -> Path:
    """Return the cache folder: THREE_OR_SEVEN_HOME if it is set, else a folder in the user's cache folder."""
    named = os.environ.get(VARIABLE)
    return Path(os.path.expanduser(named)) if named else platformdirs.user_cache_path("three-or-seven")


def cannot_write(folder: Path, error: OSError, megabytes: int) -> DatasetError:
    """Return an error that says in one sentence why a folder can't be written to; the log says which, once.

    megabytes: the space needed.
    """
    _log(folder, error.strerror or type(error).__name__)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DatasetError(f"The app's disk is full: free about {megabytes} MB and try again.", folder)
    return DatasetError(
        f"The app's folder can't be written to ({error.strerror or type(error).__name__}): "
        f"make it writable, or set {VARIABLE} to another folder and start the app again.",
        folder,
    )


@cache
def _log(folder: Path, why: str) -> None:
    logging.getLogger(__name__).warning("The folder %s can't be written to: %s.", folder, why)

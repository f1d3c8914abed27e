"""The folder where the app keeps what it has unpacked, downloaded or imported."""

import errno
import os
from pathlib import Path

import platformdirs

from core.dataset import DatasetError

VARIABLE = "THREE_OR_SEVEN_HOME"


def home() -> Path:
    """Return the cache folder: THREE_OR_SEVEN_HOME where it is set, else the user's cache folder."""
    named = os.environ.get(VARIABLE)
    return Path(os.path.expanduser(named)) if named else platformdirs.user_cache_path("three-or-seven")


def cannot_write(folder: Path, error: OSError, megabytes: int) -> DatasetError:
    """Say in one sentence why a folder can't be written to. megabytes: how much room is needed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DatasetError(f"The disk that holds {folder} is full: free about {megabytes} MB and try again.", folder)
    return DatasetError(
        f"The folder {folder} can't be written to ({error.strerror or error}): "
        f"make it writable, or set {VARIABLE} to another folder and start the app again.",
        folder,
    )

"""Atomic writes: a file or a folder appears complete or not at all, even if the process is killed."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LEFTOVER_S = 24 * 3600  # age from which on the leftovers of killed processes are removed
REPLACED = ".damaged-"  # prefix of the folder into which a replaced folder is moved before it is deleted


def write_file(path: Path, *parts: bytes) -> None:
    """Write parts (bytes, or arrays of bytes) one after the other to a file, replacing one that is there.

    Makes its folder if that is missing. Raises OSError if it can't be written; a file that was there then stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(parts)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextmanager
def atomic_folder(folder: Path, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary folder to write to, and move it to `folder` at the end, as `move_folder` does.

    Leftovers of killed processes beside it are removed after a day.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}-"
    remove_leftovers(folder.parent, prefix)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix, ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)
        move_folder(Path(temporary), folder, replace)


def move_folder(source: Path, folder: Path, replace: bool = False) -> None:
    """Move a complete folder to another place on the same disk.

    replace: whether it replaces a folder that is there; else, that one stays, as another process was faster.
    Raises OSError if the place can't be written to or is full; a folder that was there then stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder.parent, REPLACED)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=REPLACED, ignore_cleanup_errors=True) as trash:
        old = Path(trash) / folder.name
        if replace:
            with suppress(FileNotFoundError):  # another process may be replacing it, too
                os.rename(folder, old)
        try:
            os.rename(source, folder)
        except OSError:
            if not os.path.exists(folder):  # else another process was faster, and its folder is as good
                with suppress(OSError):
                    os.rename(old, folder)
                raise


def remove_leftovers(folder: Path, prefix: str = "") -> None:
    """Remove files and folders from a folder if they are a day old and their names begin with `prefix`."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            old = time.time() - entry.stat(follow_symlinks=False).st_mtime > LEFTOVER_S
            if not old or not entry.name.startswith(prefix):
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)

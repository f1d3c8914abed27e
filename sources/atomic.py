"""Put a folder into its place whole or not at all."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FORGOTTEN_S = 24 * 3600  # after which what nobody has put in its place is removed
REPLACED = ".damaged-"  # begins the names of folders that have given way


@contextmanager
def whole_or_nothing(folder: Path, replace: bool = False) -> Iterator[Path]:
    """Give a temporary folder to write to, and rename it to `folder` when all is written.

    If another process was quicker, its folder stays. replace: whether a folder that is there now gives way, which
    it does only once the new one is whole. Raises OSError if the place can't be written to or is full; what was
    there before is then still there. What a process that was killed has left beside it goes after a day.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for prefix in (f".{folder.name}-", REPLACED):
        forget(folder.parent, prefix)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    trash = None
    try:
        yield temporary
        if replace:
            trash = Path(tempfile.mkdtemp(dir=folder.parent, prefix=REPLACED))
            with suppress(FileNotFoundError):  # another process may be replacing it, too
                os.rename(folder, trash / folder.name)
        try:
            os.rename(temporary, folder)
        except OSError:
            if not os.path.exists(folder):  # else: another process was quicker, and its folder is as good
                if trash:
                    with suppress(OSError):
                        os.rename(trash / folder.name, folder)
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if trash:
            shutil.rmtree(trash, ignore_errors=True)


def forget(folder: Path, prefix: str = "") -> None:
    """Remove files and folders that have lain in a folder for a day. prefix: what their names begin with."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            old = time.time() - entry.stat(follow_symlinks=False).st_mtime > FORGOTTEN_S
            if not old or not entry.name.startswith(prefix):
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)

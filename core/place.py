"""Put a folder into its place whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole_or_nothing(folder: Path, replace: bool = False) -> Iterator[Path]:
    """Give a temporary folder to write to, and rename it to `folder` when all is written.

    If another process was quicker, its folder stays. replace: whether a folder that is there now gives way, which
    it does only once the new one is whole. Raises OSError if the place can't be written to or is full; what was
    there before is then still there.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    trash = None
    try:
        yield temporary
        if replace:
            trash = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".damaged-"))
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

"""The files of a zip or of a folder, by name, read one at a time and only up to a limit.

Nothing is ever unpacked to disk, and sizes that a zip states are not trusted: the bytes are counted.
"""

import mmap
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from core.dataset import DatasetError
from sources.readers.picture import NoDigit
from sources.report import printable

MOST_FILES = 100_000
MOST_BYTES = 200_000_000  # unpacked, of all files together
MOST_FILE_BYTES = 50_000_000  # unpacked, of one file: a picture that is not compressed has 48 MB at most
CHUNK = 1 << 16  # bytes that are read at a time; what is read of a damaged file before its damage counts, too
ENTRY = b"PK\x01\x02"  # the signature of each entry in a zip's directory
USUAL = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others can unpack to gigabytes in one step
SYSTEM = re.compile(r"(^|/)(__MACOSX/|\.|thumbs\.db$|desktop\.ini$)", re.IGNORECASE)  # files of operating systems
# What zipfile raises for damaged or malicious files.
ZIP_ERRORS = (OSError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)


class Files:
    """The files of a source. names: their paths with forward slashes; ignored: the number of system files."""

    def __init__(self, source: str):
        self.source = source
        self.ignored = 0
        self.names: list[str] = []
        self._bytes = 0

    def read(self, place: int) -> bytes:
        """Return the content of one file.

        Raises NoDigit if it can't be read or is too large, DatasetError if all files read so far, damaged ones
        included, exceed the limit together.
        """
        chunks, size = [], 0
        for chunk in self._chunks(place):
            size += len(chunk)
            self._bytes += len(chunk)
            if self._bytes > MOST_BYTES:
                raise DatasetError(f"{self.source} unpacks to more than {MOST_BYTES // 1_000_000} MB: make it smaller.")
            if size > MOST_FILE_BYTES:
                chunks.clear()  # the rest is only counted
            else:
                chunks.append(chunk)
        if size > MOST_FILE_BYTES:
            raise NoDigit(f"has more than {MOST_FILE_BYTES // 1_000_000} MB")
        return b"".join(chunks)

    def close(self) -> None:
        """Close the source."""

    def _chunks(self, place: int) -> Iterator[bytes]:
        raise NotImplementedError

    def _keep(self, name: str) -> bool:
        if SYSTEM.search(name):
            self.ignored += 1
            return False
        self.names.append(name)
        return True

    def _check_count(self, count: int) -> None:
        if count > MOST_FILES:
            raise DatasetError(f"{self.source} holds more than {MOST_FILES:,} files: make it smaller.")


class ZipFiles(Files):
    """The files of a zip. Raises DatasetError with one sentence for a zip that is broken or malicious."""

    def __init__(self, path: Path, source: str):
        super().__init__(source)
        self._check_count(_count_entries(path, source))
        try:
            self._zip = zipfile.ZipFile(path)
        except ZIP_ERRORS:
            raise DatasetError(f"{source} is no zip file, or only a part of one.") from None
        self._infos = []
        try:
            for info in sorted(self._zip.infolist(), key=lambda info: info.filename):
                self._add(info)
        except DatasetError:
            self.close()
            raise

    def _add(self, info: zipfile.ZipInfo) -> None:
        name = info.orig_filename.replace("\\", "/")
        if ".." in name.split("/") or name.startswith("/") or re.match("[A-Za-z]:", name) or "\0" in name:
            self._refuse(f"holds a name that leads out of it ({printable(name)})")
        if stat.S_ISLNK(info.external_attr >> 16):
            self._refuse(f"holds a link ({printable(name)})")
        if info.flag_bits & 0x1:
            self._refuse("is encrypted: make one without a password")
        if not name.endswith("/") and self._keep(name):
            self._infos.append(info)

    def _refuse(self, why: str) -> None:
        raise DatasetError(f"{self.source} {why}, so none of it was used.")

    def _chunks(self, place: int) -> Iterator[bytes]:
        info = self._infos[place]
        if info.compress_type not in USUAL:
            raise NoDigit("is compressed in an unusual way")
        try:
            with self._zip.open(info) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except ZIP_ERRORS:
            raise NoDigit("is damaged within the zip") from None

    def close(self) -> None:
        """Close the zip, and forget its directory."""
        self._zip.close()
        for entries in (self._infos, self._zip.filelist, self._zip.NameToInfo):
            entries.clear()


class FolderFiles(Files):
    """The files of a folder and of its subfolders. Links are not followed."""

    def __init__(self, path: Path, source: str):
        super().__init__(source)
        self._folder = path
        for folder, folders, names in os.walk(path):
            folders.sort()
            inside = Path(folder).relative_to(path)
            for name in sorted(names):
                self._keep((inside / name).as_posix())
            self._check_count(len(self.names))

    def _chunks(self, place: int) -> Iterator[bytes]:
        path = self._folder / self.names[place]
        try:
            if not stat.S_ISREG(os.lstat(path).st_mode):
                raise NoDigit("is a link, or no file")
            with open(path, "rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except OSError as error:
            raise NoDigit(f"can't be opened ({error.strerror})") from None


def _count_entries(path: Path, source: str) -> int:
    """Count a zip's entries before its directory is read, without trusting the number given there.

    Stops at one more than the limit.
    """
    try:
        if os.path.getsize(path) == 0:
            raise DatasetError(f"{source} is empty.")
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            count, place = 0, raw.find(ENTRY)
            while place >= 0 and count <= MOST_FILES:
                count, place = count + 1, raw.find(ENTRY, place + 1)
            return count
    except (OSError, ValueError):
        raise DatasetError(f"{source} can't be opened.") from None

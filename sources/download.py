"""Download all of MNIST: the four published files, verified by MD5, from any mirror that answers.

A partial download is kept as `.part` if the connection breaks, and the next attempt resumes it. A file gets its own
name only when it is complete and its sum is right.
"""

import hashlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3
from filelock import FileLock, Timeout

from core.dataset import DatasetError
from sources.home import cannot_write, home
from sources.report import Progress, quiet

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
CONNECT_TIMEOUT_S = 8
READ_TIMEOUT_S = 15  # without a byte; the download then resumes where it stopped
ROUNDS = 3  # attempts for each file, each with all mirrors
PAUSE_S = 1.0  # between rounds
BLOCK = 65_536  # bytes between two reports of progress
RECENT_S = 10  # period over which the speed is measured
MEGABYTES = 80  # of free disk that the files and what is made of them need
NO_NETWORK = "No network: the digits could not be downloaded. What was in use stays in use; try again later."


@dataclass(frozen=True)
class File:
    """A published file. md5: in hexadecimal; size: in bytes."""

    name: str
    md5: str
    size: int


FILES = (
    File("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
    File("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28_881),
    File("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1_648_877),
    File("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4_542),
)


class Failed(Exception):
    """A mirror did not send a file; the message says in a few words what it did instead."""


class Meter:
    """Counts the bytes of all files together, and reports progress and remaining time."""

    def __init__(self, total: int, progress: Progress):
        self.total, self.done, self._progress = total, 0, progress
        self._recent: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def show(self, done: int, resumed: bool = False) -> None:
        """Report that `done` bytes are there. resumed: whether the count has jumped, so the speed is measured anew."""
        now = time.monotonic()
        if resumed:
            self._recent.clear()
        self.done = done
        self._recent.append((now, done))
        while now - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        since, before = self._recent[0]
        speed = (done - before) / (now - since) if now > since else 0
        left = f", {_duration((self.total - done) / speed)} left" if speed > 0 else ""
        self._progress(min(1.0, done / self.total), f"{_mb(done)} of {_mb(self.total)} MB{left}")


def fetch(
    folder: Path | None = None,
    progress: Progress = quiet,
    *,
    mirrors: Sequence[str] = MIRRORS,
    files: Sequence[File] = FILES,
) -> Path:
    """Download the files that are not in a folder yet, and return the folder.

    folder: in the cache folder if None. mirrors: addresses that end with a slash, in order of preference.
    Raises DatasetError with one sentence; partial files are kept for the next attempt.
    """
    folder = folder or home() / "downloads" / "mnist"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder, progress):
            _fetch_all(folder, Meter(sum(file.size for file in files), progress), mirrors, files)
    except OSError as error:
        raise cannot_write(folder, error, MEGABYTES) from None
    return folder


def _lock(folder: Path, progress: Progress) -> AbstractContextManager:
    """Wait while another process downloads to the same folder."""
    lock = FileLock(folder / ".lock")
    while True:
        try:
            return lock.acquire(timeout=1)
        except Timeout:
            progress(0.0, "Another program downloads the same files: waiting for it")


def _fetch_all(folder: Path, meter: Meter, mirrors: Sequence[str], files: Sequence[File]) -> None:
    missing = [file for file in files if not _is_complete(folder / file.name, file)]
    if not missing:
        return
    meter.show(sum(file.size for file in files if file not in missing))
    answering = _reachable([mirror + missing[0].name for mirror in mirrors])
    if not any(answering):
        raise DatasetError(NO_NETWORK)
    mirrors = [mirror for mirror, answers in zip(mirrors, answering, strict=True) if answers]
    for file in missing:
        before = meter.done
        _fetch_one(folder, file, meter, mirrors)
        meter.show(before + file.size)


def _fetch_one(folder: Path, file: File, meter: Meter, mirrors: Sequence[str]) -> None:
    part, before, reason = folder / f"{file.name}.part", meter.done, ""
    for attempt in range(ROUNDS):
        for mirror in mirrors:
            try:
                _download(mirror + file.name, part, file, lambda done, **jump: meter.show(before + done, **jump))
            except Failed as failure:
                reason = str(failure)
            except (requests.RequestException, urllib3.exceptions.HTTPError) as problem:
                reason = f"broke off ({type(problem).__name__})"
            else:
                if _is_complete(part, file):
                    os.replace(part, folder / file.name)
                    return
                part.unlink()  # not to be resumed
                reason = "sent a file whose sum is wrong"
        if attempt + 1 < ROUNDS:
            time.sleep(PAUSE_S)
    raise DatasetError(
        f"The download of {file.name} failed: the last mirror that was asked {reason}. "
        "What has come so far is kept: try again later."
    )


def _download(url: str, part: Path, file: File, show: Callable) -> None:
    """Download a file, or what is missing of a partial one. show: called with the number of bytes that are there."""
    start = part.stat().st_size if part.exists() else 0
    if start >= file.size:
        return
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)) as answer:
        if answer.status_code not in (200, 206):
            raise Failed(f"answered with the error {answer.status_code}")
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            raise Failed("sent a web page instead of it, as a network does that wants a login first")
        if answer.status_code == 200:
            start = 0  # the server ignores the range and sends the whole file
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise Failed("sent another part of it than was asked for")
        done = start
        show(done, resumed=True)
        with open(part, "r+b" if start else "wb") as out:
            out.seek(start)
            out.truncate()
            for block in answer.raw.stream(BLOCK, decode_content=False):
                out.write(block)
                done += len(block)
                if done > file.size:
                    break
                show(done)
    if done < file.size:
        raise Failed(f"stopped after {done:,} of {file.size:,} bytes")


def _is_complete(path: Path, file: File) -> bool:
    if not path.exists():
        return False
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "md5").hexdigest() == file.md5


def _reachable(urls: Sequence[str]) -> list[bool]:
    """Ask all addresses at once; return which of them answered before the timeout, with any status.

    Each is asked in a daemon thread, since no timeout of requests covers the DNS lookup. When one has answered, the
    others have one more second.
    """
    answers: queue.Queue[int | None] = queue.Queue()

    def ask(place: int) -> None:
        try:
            requests.head(urls[place], timeout=CONNECT_TIMEOUT_S)
        except requests.RequestException:
            answers.put(None)
        else:
            answers.put(place)

    for place in range(len(urls)):
        threading.Thread(target=ask, args=(place,), daemon=True).start()
    found, end = set(), time.monotonic() + CONNECT_TIMEOUT_S
    for _ in urls:
        try:
            found.add(answers.get(timeout=max(0, end - time.monotonic())))
        except queue.Empty:
            break
        if found - {None}:
            end = min(end, time.monotonic() + 1)
    return [place in found for place in range(len(urls))]


def _mb(count: int) -> str:
    return f"{count / 1_000_000:.1f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

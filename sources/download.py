"""Download all of MNIST: the four published files, checked by their sums, from whichever mirror answers.

What has come of a file is kept when the line breaks, and the next try goes on from there. A file is in its place only
once it is whole and its sum is right.
"""

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
import urllib3
from filelock import FileLock, Timeout

from core.dataset import DatasetError
from sources.home import cannot_write, home

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
PATIENCE_S = 8  # within which a mirror must answer at all
STALL_S = 15  # without a byte, after which a download is begun again where it stopped
ROUNDS = 3  # of all mirrors, for each file
PAUSE_S = 1.0  # before another round
BLOCK = 65_536  # bytes between two looks at the clock
RECENT_S = 10  # over which the speed is measured
NO_NETWORK = "No network: the digits could not be downloaded. What was in use stays in use; try again later."


@dataclass(frozen=True)
class File:
    """A published file: its name, its MD5 sum in hexadecimal, its size in bytes."""

    name: str
    md5: str
    size: int


FILES = (
    File("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
    File("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28_881),
    File("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1_648_877),
    File("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4_542),
)

Progress = Callable[[float, str], None]


class Failed(Exception):
    """A mirror did not give a file; the message says in a few words what it did instead."""


class Meter:
    """Counts bytes and says how far the download is, and how long it will take."""

    def __init__(self, total: int, progress: Progress):
        self.total, self.done, self._progress = total, 0, progress
        self._recent: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def show(self, done: int, begun_again: bool = False) -> None:
        """Say how far it is. begun_again: whether the count has jumped, so that no speed follows from it."""
        now = time.monotonic()
        if begun_again:
            self._recent.clear()
        self.done = done
        self._recent.append((now, done))
        while now - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        (since, before), share = self._recent[0], min(1.0, done / self.total)
        speed = (done - before) / (now - since) if now > since else 0
        left = f", {_duration((self.total - done) / speed)} left" if speed > 0 else ""
        self._progress(share, f"{_mb(done)} of {_mb(self.total)} MB{left}")


def fetch(
    folder: Path | None = None,
    progress: Progress = lambda share, text: None,
    *,
    mirrors: Sequence[str] = MIRRORS,
    files: Sequence[File] = FILES,
) -> Path:
    """Bring the files into a folder, those that are not there yet, and return it.

    folder: in the cache folder if None. progress: called with the share done in [0, 1] and a few words.
    mirrors: addresses that end with a slash, the first that answers is asked first.
    Raises DatasetError with one sentence; what has come so far is kept for the next try.
    """
    folder = folder or home() / "downloads" / "mnist"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, progress):
            _fetch_all(folder, Meter(sum(file.size for file in files), progress), mirrors, files)
    except OSError as error:
        raise cannot_write(folder, error, 80) from None
    return folder


def _alone(folder: Path, progress: Progress) -> AbstractContextManager:
    """Wait while another process downloads to the same folder; then whatever it got need not be got again."""
    lock = FileLock(folder / ".lock")
    while True:
        try:
            return lock.acquire(timeout=1)
        except Timeout:
            progress(0.0, "Another program downloads the same files: waiting for it")


def _fetch_all(folder: Path, meter: Meter, mirrors: Sequence[str], files: Sequence[File]) -> None:
    pooch.get_logger().setLevel("WARNING")
    missing = [file for file in files if not _is_here(folder / file.name, file)]
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
    before, reason = meter.done, ""
    for attempt in range(ROUNDS):
        for mirror in mirrors:
            get = _Resuming(folder / f"{file.name}.part", file, before, meter)
            try:
                pooch.retrieve(mirror + file.name, f"md5:{file.md5}", file.name, folder, downloader=get)
            except Failed as failure:
                reason = str(failure)
            except ValueError:  # from pooch, which has removed the file
                reason = "sent a file whose sum is wrong"
            except (requests.RequestException, urllib3.exceptions.HTTPError) as problem:
                reason = f"broke off ({type(problem).__name__})"
            else:
                return
        if attempt + 1 < ROUNDS:
            time.sleep(PAUSE_S)
    raise DatasetError(
        f"The download of {file.name} failed: the last mirror that was asked {reason}. "
        "What has come so far is kept: try again later."
    )


class _Resuming:
    """What pooch calls to download: it goes on with a file that has come in part."""

    def __init__(self, part: Path, file: File, before: int, meter: Meter):
        self._part, self._file, self._before, self._meter = part, file, before, meter

    def __call__(self, url: str, output: str, _pooch: object) -> None:
        start = self._part.stat().st_size if self._part.exists() else 0
        if start < self._file.size:
            self._download(url, start)
        # Given away whether right or wrong: pooch checks it, and a wrong one must not be gone on with.
        os.replace(self._part, output)

    def _download(self, url: str, start: int) -> None:
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
        with requests.get(url, headers=headers, stream=True, timeout=(PATIENCE_S, STALL_S)) as answer:
            if answer.status_code not in (200, 206):
                raise Failed(f"answered with the error {answer.status_code}")
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                raise Failed("sent a web page instead of it, as a network does that wants a login first")
            if answer.status_code == 200:
                start = 0  # it sends the whole file, whatever was asked for
            elif not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                raise Failed("sent another part of it than was asked for")
            done = start
            self._meter.show(self._before + done, begun_again=True)
            with open(self._part, "r+b" if start else "wb") as out:
                out.seek(start)
                out.truncate()
                for block in answer.raw.stream(BLOCK, decode_content=False):
                    out.write(block)
                    done += len(block)
                    if done > self._file.size:
                        break
                    self._meter.show(self._before + done)
        if done < self._file.size:
            raise Failed(f"stopped after {done:,} of {self._file.size:,} bytes")


def _is_here(path: Path, file: File) -> bool:
    return path.exists() and pooch.file_hash(str(path), alg="md5") == file.md5


def _reachable(urls: Sequence[str]) -> list[bool]:
    """Ask all addresses at once; return which of them answered in time, with whatever.

    Each is asked in a thread of its own, which is left behind: nothing else bounds the time that looking up a name
    may take. As soon as one has answered, the others get a moment more.
    """
    answers: queue.Queue[int] = queue.Queue()

    def ask(place: int) -> None:
        try:
            requests.head(urls[place], timeout=PATIENCE_S)
        except requests.RequestException:
            answers.put(-1)
        else:
            answers.put(place)

    for place in range(len(urls)):
        threading.Thread(target=ask, args=(place,), daemon=True).start()
    heard, found, end = 0, set(), time.monotonic() + PATIENCE_S
    while heard < len(urls) and (left := end - time.monotonic()) > 0:
        try:
            found.add(answers.get(timeout=left))
        except queue.Empty:
            break
        heard += 1
        if found - {-1}:
            end = min(end, time.monotonic() + 1)
    return [place in found for place in range(len(urls))]


def _mb(count: int) -> str:
    return f"{count / 1_000_000:.1f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

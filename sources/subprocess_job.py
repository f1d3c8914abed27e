"""Run `python -m sources` in a subprocess and follow its progress, so that the server stays responsive."""

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sources import library
from sources.library import Staged

ROOT = Path(__file__).parents[1]
SMALL = 5_000_000  # bytes: files up to this size don't wait for larger ones
SECONDS = 20  # that a command may take to read a file, from its start
WATCH_SECONDS, UNWANTED_SECONDS = 0.5, 4.0  # how often to look whether a result is wanted, and how long to be patient
TOO_LONG = f"Reading took more than {SECONDS} seconds: bring fewer or smaller pictures."
BROKEN_OFF = "It broke off before its end: try again."  # reading a file, or downloading


class SubprocessJob:
    """One command of `python -m sources` in a subprocess, followed by a thread.

    fraction: how much is done, in [0, 1]; text: what is being done, in a few words; result: None until it has ended,
    then a dictionary with either a "problem", which is a sentence, or the "name" of a dataset.
    """

    def __init__(
        self,
        *arguments: str,
        gate: threading.Semaphore | None = None,
        remove: Path | None = None,
        seconds: float = math.inf,
        is_wanted: Callable[[], bool] = lambda: True,
    ):
        """Start the command. gate: to acquire first; remove: a temporary file to delete at the end.

        seconds: the command is killed when it has taken as long; is_wanted: is asked again and again, and the command
        is killed, or not started, when the answer has been no for UNWANTED_SECONDS.
        """
        self.fraction, self.text = 0.0, "Waiting for other files to be read" if gate else "Starting"
        self.result: dict | None = None
        self._seconds, self._is_wanted = seconds, is_wanted
        self._last_wanted = time.monotonic()
        self._left = False
        self._lock = threading.Lock()  # held while it ends, and while it is left
        threading.Thread(target=self._run, args=(arguments, gate, remove), daemon=True).start()

    def leave(self) -> None:
        """Say that nobody wants the result: the command is killed if it runs, and what it has staged is removed."""
        with self._lock:
            self._left = True
            if self.result:
                _discard(self.result)

    def _run(self, arguments: Sequence[str], gate: threading.Semaphore | None, remove: Path | None) -> None:
        result = {"problem": BROKEN_OFF}
        try:
            if gate is None or self._acquire(gate):
                try:
                    result = self._follow(arguments) or result
                finally:
                    if gate:
                        gate.release()
        except OSError as problem:
            result = {"problem": f"It could not be started: {problem.strerror or type(problem).__name__}."}
        finally:
            if remove:
                with suppress(OSError):
                    os.unlink(remove)
            with self._lock:
                if self._is_abandoned():
                    _discard(result)
                    result = {"problem": BROKEN_OFF}
                self.result = result

    def _is_abandoned(self) -> bool:
        if self._is_wanted():
            self._last_wanted = time.monotonic()
        return self._left or time.monotonic() - self._last_wanted > UNWANTED_SECONDS

    def _acquire(self, gate: threading.Semaphore) -> bool:
        """Wait for the gate; False if nobody wants the result any more."""
        while not gate.acquire(timeout=WATCH_SECONDS):
            if self._is_abandoned():
                return False
        return True

    def _follow(self, arguments: Sequence[str]) -> dict | None:
        """Run the command and read its lines of JSON; return the last one if it is a result, not progress."""
        command = [sys.executable, "-m", "sources", *arguments]
        line, ended, late = {}, threading.Event(), threading.Event()
        with subprocess.Popen(  # noqa: S603, the command is Python itself
            command,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},  # threads would ask for memory
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        ) as process:
            deadline = time.monotonic() + self._seconds

            def watch() -> None:
                while not ended.wait(min(WATCH_SECONDS, max(0, deadline - time.monotonic()))):
                    if time.monotonic() >= deadline:
                        late.set()
                    if late.is_set() or self._is_abandoned():
                        process.kill()
                        break

            threading.Thread(target=watch, daemon=True).start()
            with suppress(ValueError):  # a killed process may leave half a line
                for line in map(json.loads, process.stdout):
                    if "fraction" in line:
                        self.fraction, self.text = min(1.0, max(0.0, line["fraction"])), line["text"]
            ended.set()
        if line and "fraction" not in line:
            return line
        return {"problem": TOO_LONG} if late.is_set() else None


def _discard(result: dict) -> None:
    if "folder" in result:
        library.discard(Staged(Path(result["folder"]), result.get("name", "")))  # no name: it could not be published


class Downloads:
    """The download of all of MNIST: at most one at a time, shared by all sessions of this server."""

    def __init__(self):
        self._lock = threading.Lock()
        self.job: SubprocessJob | None = None

    def start(self) -> None:
        """Start the download, unless it is running."""
        with self._lock:
            if self.job is None or self.job.result is not None:
                self.job = SubprocessJob("download", "--json")

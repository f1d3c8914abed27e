"""Run `python -m sources` in a subprocess and follow its progress, so that the server stays responsive."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_AT_ONCE = 2  # uploads that are read at the same time, on the whole server
SMALL = 5_000_000  # bytes: files up to this size don't wait for larger ones
SECONDS = 20  # that a command may take to read a file, from its start
TOO_LONG = f"Reading took more than {SECONDS} seconds: bring fewer or smaller pictures."
BROKEN_OFF = "Reading broke off before its end: try again."


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
        seconds: float | None = None,
    ):
        """Start the command. gate: to acquire first; remove: a temporary file to delete at the end.

        seconds: the command is killed when it has taken as long; None for no limit.
        """
        self._seconds = seconds
        self.fraction, self.text = 0.0, "Waiting for other files to be read" if gate else "Starting"
        self.result: dict | None = None
        threading.Thread(target=self._run, args=(arguments, gate, remove), daemon=True).start()

    def _run(self, arguments: Sequence[str], gate: threading.Semaphore | None, remove: Path | None) -> None:
        result = {"problem": BROKEN_OFF}
        try:
            with gate or nullcontext():
                result = self._follow(arguments) or result
        except OSError as problem:
            result = {"problem": f"Reading could not be started: {problem.strerror or problem}."}
        finally:
            if remove:
                with suppress(OSError):
                    os.unlink(remove)
            self.result = result

    def _follow(self, arguments: Sequence[str]) -> dict | None:
        """Run the command and read its lines of JSON; return the last one if it is a result, not progress."""
        command = [sys.executable, "-m", "sources", *arguments]
        line = {}
        with subprocess.Popen(  # noqa: S603, the command is Python itself
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as process:
            timer = threading.Timer(self._seconds or 0, process.kill)
            if self._seconds is not None:
                timer.start()
            began = time.monotonic()
            with suppress(ValueError):  # a killed process may leave half a line
                for line in map(json.loads, process.stdout):
                    if "fraction" in line:
                        self.fraction, self.text = min(1.0, max(0.0, line["fraction"])), line["text"]
            timer.cancel()
        if line and "fraction" not in line:
            return line
        late = self._seconds is not None and time.monotonic() - began >= self._seconds
        return {"problem": TOO_LONG} if late else None


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

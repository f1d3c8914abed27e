"""Work on digits that goes on beside the server: `python -m sources`, whose progress everybody who asks can see."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
AT_ONCE = 2  # files that are read at the same time, on the whole server
BROKEN_OFF = "Reading broke off before its end: try again."


class Job:
    """One command of `python -m sources` in a process of its own, so that the server goes on drawing meanwhile.

    share: done, in [0, 1]; text: a few words; result: what the command said at its end, None before it.
    A result has either a "problem", which is a sentence, or the "name" of a dataset.
    """

    def __init__(self, *arguments: str, gate: threading.Semaphore | None = None, remove: Path | None = None):
        """Start the command. gate: what to wait for first; remove: a file that is not needed any more at the end."""
        self.share, self.text, self.result = 0.0, "Waiting for other files to be read" if gate else "Starting", None
        self._gate, self._remove = gate, remove
        threading.Thread(target=self._run, args=(arguments,), daemon=True).start()

    def _run(self, arguments: Sequence[str]) -> None:
        result = {"problem": BROKEN_OFF}
        try:
            with self._gate or nullcontext():
                result = self._follow(arguments) or result
        except OSError as problem:
            result = {"problem": f"Reading could not be started: {problem.strerror or problem}."}
        finally:
            if self._remove:
                with suppress(OSError):
                    os.unlink(self._remove)
            self.result = result

    def _follow(self, arguments: Sequence[str]) -> dict | None:
        """Run the command and take in what it says; return the last that it says, if that is a result."""
        command = [sys.executable, "-m", "sources", *arguments]
        said = None
        with subprocess.Popen(  # noqa: S603, Python itself
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as process:
            for line in process.stdout:
                said = json.loads(line)
                if "share" in said:
                    self.share, self.text = min(1.0, max(0.0, said["share"])), said["text"]
        return said if said and "share" not in said else None


class Downloads:
    """The download of all of MNIST: one at a time, for everybody on this server."""

    def __init__(self):
        self._lock = threading.Lock()
        self.job: Job | None = None

    def start(self) -> None:
        """Start it, unless it is under way."""
        with self._lock:
            if self.job is None or self.job.result is not None:
                self.job = Job("download", "--json")

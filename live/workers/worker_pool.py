"""A pool of worker processes as a `concurrent.futures.Executor`. It survives the death of its workers.

The standard library's ProcessPoolExecutor stays broken when one worker has died, can leave workers behind when
its owner is killed, and starts them by running the main module again, which in Streamlit is the page being shown.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from live.workers.fair_queue import FairQueue, Lane
from live.workers.worker import pack, read_message, unpack, write_message

ROOT = Path(__file__).parents[2]
COUNT_VARIABLE = "THREE_OR_SEVEN_WORKERS"  # how many workers to start, if not one a core
MAX_COUNT = 256
LONG_SECONDS = 0.25  # that a call may hold a worker: other learners wait for its end
PIPE_BYTES = 2**20  # as much as Linux allows: a busy server waits for its turn each time that a pipe is full or empty
MAX_ATTEMPTS = 3  # a call that has ended three workers is not sent to a fourth
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # one worker a core: more threads would only wait for each other
    # glibc's allocator is to keep the memory that a step frees, as the next step needs as much again: asking the
    # system for every tensor of a megabyte takes a quarter of the time of a convolutional net's step. Other allocators
    # ignore these variables.
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**27),
}


class WorkerDied(Exception):
    """A call ended every worker that it was sent to, or no worker could be started for it."""


def default_count() -> int:
    """Return how many workers to start: what COUNT_VARIABLE says, else one for each core that this process may use."""
    chosen = os.environ.get(COUNT_VARIABLE, "")
    if chosen in map(str, range(1, MAX_COUNT + 1)):
        return int(chosen)
    if chosen:
        logging.getLogger(__name__).warning(
            "%s=%s is ignored: it must be a whole number from 1 to %d.", COUNT_VARIABLE, chosen, MAX_COUNT
        )
    from joblib import cpu_count  # takes a tenth of a second to import; unlike os.cpu_count, knows a container's limit

    return cpu_count()


class Workers(Executor):
    """Worker processes that take calls from one queue, in which each lane gets the same share of their time."""

    def __init__(self, count: int | None = None):
        """Start the workers. count: how many; `default_count()` if None."""
        self._queue = FairQueue()
        self._own_lane = self.lane()
        self._closed = False
        self._longest = {}  # seconds by function, of a clock and of a processor: what is longer still is logged
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen] = set()
        self.count = count or default_count()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(self.count)]
        for thread in self._threads:
            thread.start()

    def submit(self, function, /, *args) -> Future:
        """Call a function of a module in a worker. Function, arguments and result must be picklable.

        A `Reference` among the arguments is replaced by the value that it names. Raises RuntimeError after `shutdown`.
        """
        return self._own_lane.submit(function, *args)

    def lane(self, background: bool = False) -> Lane:
        """Return an executor for the calls of one learner. background: it only gets time that learners leave over."""
        return Lane(self._queue, background)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers. Calls under way fail with WorkerDied."""
        with self._lock:
            self._closed = True
            self._queue.close()
            for process in self._processes:
                process.kill()
        if wait:
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        """Keep one worker alive and hand it one call after the other."""
        process = None
        with suppress(WorkerDied):
            process = self._start()  # before the first call needs it
        while (next_call := self._queue.get()) is not None:
            lane, (future, function, args) = next_call
            if not future.set_running_or_notify_cancel():
                continue
            begin, worked = time.monotonic(), 0.0
            for _ in range(MAX_ATTEMPTS):
                is_asked = False  # and has not answered: a part of a message may be in its pipes
                try:
                    packed = pack((function, args))
                    process = process or self._start()
                    is_asked = True
                    write_message(process.stdin, packed)
                    packed = read_message(process.stdout)
                    is_asked = False
                    result, error, worked = unpack(packed)
                    break
                except (OSError, EOFError):  # the worker has died: the next attempt starts another
                    if self._closed:
                        result, error = None, WorkerDied("The workers have been shut down.")
                        break
                except Exception as problem:  # no worker could be started, the memory is full, or pickling has failed
                    result, error = None, problem
                    break
                finally:
                    if is_asked:
                        self._end(process)
                        process = None
            else:
                result, error = None, WorkerDied("The computation ended every process that tried it.")
            seconds = time.monotonic() - begin
            # Not the time that it took: where the processors are busy with other things, that is a matter of luck.
            self._queue.charge(lane, worked or seconds)
            self._log_if_longest(getattr(function, "__name__", str(function)), seconds, worked)
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        if process:
            self._end(process)

    def _log_if_longest(self, name: str, seconds: float, worked: float) -> None:
        """Log a call that is too long if it took longer than all of its name before, or the worker computed longer."""
        most, most_worked = self._longest.get(name, (LONG_SECONDS, LONG_SECONDS))
        if seconds > most or worked > most_worked:
            self._longest[name] = max(seconds, most), max(worked, most_worked)
            text = "%s held a worker for %.2f s, of which it computed for %.2f s."
            logging.getLogger(__name__).warning(text, name, seconds, worked)

    def _start(self) -> subprocess.Popen:
        with self._lock:
            try:
                process = subprocess.Popen(
                    [sys.executable, "-m", "live.workers.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=ROOT,
                    env={**os.environ, **ENVIRONMENT},
                )
            except OSError as problem:  # the machine has no memory left for it, or allows no more processes
                raise WorkerDied("No process could be started for this computation.") from problem
            _widen(process.stdin)
            _widen(process.stdout)
            self._processes.add(process)
            if self._closed:
                process.kill()
        return process

    def _end(self, process: subprocess.Popen) -> None:
        process.kill()
        process.wait()
        with suppress(OSError):
            process.stdin.close()  # flushes what was not sent, which fails as the process has gone
        with self._lock:
            self._processes.discard(process)


def _widen(pipe: BinaryIO) -> None:
    with suppress(ImportError, AttributeError, OSError):  # not every system can
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

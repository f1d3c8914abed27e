"""A pool of worker processes as a `concurrent.futures.Executor`. It survives the death of its workers.

The standard library's ProcessPoolExecutor breaks for good when one worker dies, can leave workers behind when
its owner is killed, and starts them by running the main module again, which in Streamlit is the page being shown.
"""

import os
import queue
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path

from live.worker import pack, read_message, unpack, write_message

ROOT = Path(__file__).parents[1]
# glibc's allocator is to keep the memory that a step frees, as the next step wants as much again: asking the system
# anew for every tensor of a megabyte takes a quarter of the time of a convolutional net's step. Others ignore it.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**27)}
TRIES = 3  # a call that has ended three workers is not sent to a fourth


class WorkerDied(Exception):
    """A call ended every worker that it was sent to, or none could be started for it."""


class Workers(Executor):
    """Worker processes that take calls from one queue, first come, first served.

    Whoever has one call under way at a time gets as large a share as everybody else.
    """

    def __init__(self, count: int | None = None):
        self._calls: queue.SimpleQueue = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen] = set()
        self.count = count or os.cpu_count() or 1
        self._keepers = [threading.Thread(target=self._serve, daemon=True) for _ in range(self.count)]
        for keeper in self._keepers:
            keeper.start()

    def submit(self, function, /, *args) -> Future:
        """Call a function of a module in a worker. Function, arguments and result must be picklable."""
        future = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("The workers have been shut down.")
            self._calls.put((future, function, args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers. Calls under way fail with WorkerDied."""
        with self._lock:
            self._closed = True
            for _ in range(self.count):
                self._calls.put(None)
            for process in self._processes:
                process.kill()
        if wait:
            for keeper in self._keepers:
                keeper.join()

    def _serve(self) -> None:
        """Keep one worker alive and hand it one call after the other."""
        process = None
        with suppress(WorkerDied):
            process = self._start()  # before the first call needs it
        while (call := self._calls.get()) is not None:
            future, function, args = call
            if not future.set_running_or_notify_cancel():
                continue
            for _ in range(TRIES):
                try:
                    process = process or self._start()
                    write_message(process.stdin, pack((function, args)))
                    result, error = unpack(read_message(process.stdout))
                    break
                except (OSError, EOFError):  # the worker is gone
                    if self._closed:
                        result, error = None, WorkerDied("The workers have been shut down.")
                        break
                    self._end(process)
                    process = None  # and the call is sent to another
                except Exception as problem:  # no worker, arguments that can't be pickled, an answer that can't be read
                    result, error = None, problem
                    break
            else:
                result, error = None, WorkerDied("The computation ended every process that tried it.")
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        if process:
            self._end(process)

    def _start(self) -> subprocess.Popen:
        with self._lock:
            try:
                process = subprocess.Popen(
                    [sys.executable, "-m", "live.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=ROOT,
                    env={**os.environ, **KEEP_MEMORY},
                )
            except OSError as problem:  # the machine has no memory left for it, or allows no more processes
                raise WorkerDied("No process could be started for this computation.") from problem
            self._processes.add(process)
            if self._closed:
                process.kill()
        return process

    def _end(self, process: subprocess.Popen) -> None:
        process.kill()
        process.wait()
        with suppress(OSError):
            process.stdin.close()  # what it was not sent any more is of no use
        with self._lock:
            self._processes.discard(process)

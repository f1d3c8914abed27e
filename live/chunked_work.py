"""Long work in short chunks, which an executor computes one after the other and the page that shows them collects."""

import os
import tempfile
import threading
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import NamedTuple

from live.workers.worker import pack, unpack


class Shelf:
    """Values in a temporary file that has no name: nobody else can open it, and it goes with the last of them."""

    def __init__(self, folder: Path):
        """folder: on the disk that is to hold it. Raises OSError if it can't be written to."""
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115, closed with this object
        self._lock = threading.Lock()

    def put(self, value) -> "OnShelf":
        """Add a value. Raises OSError if the disk is full."""
        packed = pack(value)
        with self._lock:
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(packed)
            self._file.flush()
        return OnShelf(self, place, len(packed))

    def get(self, place: int, size: int):
        """Return the value at a place of the file."""
        with self._lock:
            self._file.seek(place)
            packed = self._file.read(size)
        return unpack(packed)


class OnShelf(NamedTuple):
    """Where a value is: at a place of a shelf, in so many bytes."""

    shelf: Shelf
    place: int
    size: int


class ChunkedWork:
    """Work of one learner that can be paused and resumed.

    All its `state` is a value on this side, replaced when a chunk is complete, so to pause is to cancel the chunk under
    way: only whole chunks count. Safe to use from several threads. A subclass says what to compute next in
    `_next_call`, and adds the result in `_add`, which sets `playing` to False at the end.
    """

    def __init__(self, executor: Executor):
        """executor: computes the chunks."""
        self.executor = executor
        self.playing = False
        self.problem: str | None = None  # why a chunk could not be computed, in one sentence
        self._lock = threading.RLock()
        self._pending: Future | None = None
        self._state = None

    @property
    def state(self):
        """What the next chunk begins with, megabytes of parameters in some work. Read back if it was put away."""
        with self._lock:
            if isinstance(self._state, OnShelf):
                self._state = self._state.shelf.get(*self._state[1:])
            return self._state

    @state.setter
    def state(self, state) -> None:
        self._state = state

    def put_away(self, shelf: Shelf) -> None:
        """Free the memory that the state takes until somebody asks for it. The chunk under way is computed again.

        Raises OSError if the disk is full.
        """
        with self._lock:
            self._cancel()
            if not isinstance(self._state, OnShelf):
                self._state = shelf.put(self._state)

    @property
    def over(self) -> bool:
        """Whether there is nothing left to compute."""
        raise NotImplementedError

    def _next_call(self) -> tuple | None:
        """Return the function to call for the next chunk, and its arguments; None if there is nothing to do for now."""
        raise NotImplementedError

    def _add(self, result) -> None:
        """Add the result of a chunk to the work."""
        raise NotImplementedError

    @property
    def pending(self) -> Future | None:
        """The chunk under way."""
        return self._pending

    def play(self) -> None:
        """Compute from now on, chunk by chunk, as `advance` is called."""
        with self._lock:
            if not self.over:
                self.playing, self.problem = True, None
                self._pending = self._pending or self._submit()

    def pause(self) -> None:
        """Compute nothing more."""
        with self._lock:
            self.playing = False
            self._cancel()

    def advance(self, timeout: float = 0.5) -> bool:
        """Wait for the chunk under way, add its result, and submit the next one.

        timeout: in seconds. Returns whether there is something new to show.
        """
        with self._lock:
            if not self.playing:
                return False
            future = self._pending = self._pending or self._submit()
        if future is None:
            return False
        try:
            error = future.exception(timeout)  # of any kind: the worker's, the data's or the network's
        except TimeoutError:
            return False
        except CancelledError as cancelled:
            error = cancelled
        with self._lock:
            if self._pending is not future:  # another thread has cancelled or collected it
                return False
            self._pending = None
            if error:
                self.problem, self.playing = reason(error), False
                return True
            self._add(future.result())
            if self.playing:
                self._pending = self._submit()
        return True

    def _submit(self) -> Future | None:
        call = self._next_call()
        return call and submit(self.executor, *call)

    def _cancel(self) -> None:
        if self._pending:
            self._pending.cancel()
            self._pending = None


def submit(executor: Executor, *call) -> Future:
    """Submit a call. If the executor has been shut down, or its cluster has gone, that is the future's exception."""
    try:
        return executor.submit(*call)
    except Exception as error:
        future = Future()
        future.set_exception(error)
        return future


def reason(error: BaseException) -> str:
    """Say in one sentence why a chunk could not be computed."""
    cancelled = "The computation was cancelled: what was to do it has gone."
    return str(error) or (cancelled if isinstance(error, CancelledError) else type(error).__name__)

"""Long work in short chunks: an executor computes them one after the other, and whoever watches takes them over."""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures import TimeoutError as NotYet


class ChunkedWork:
    """Work of one learner that can be paused and taken up again.

    What is under way elsewhere is a value that may be thrown away: to pause at once is to drop the chunk that is being
    computed. Only whole chunks count. Safe to use from several threads. A kind of work says what to compute next in
    `_call`, and what to do with the result in `_take`, which sets `playing` to False at the end.
    """

    def __init__(self, executor: Executor):
        """executor: computes the chunks."""
        self.executor = executor
        self.playing = False
        self.problem: str | None = None  # a sentence: why a chunk could not be computed
        self._lock = threading.RLock()
        self._pending: Future | None = None

    @property
    def over(self) -> bool:
        """Whether there is nothing left to compute."""
        raise NotImplementedError

    def _call(self) -> tuple[Callable, tuple]:
        """Return the function to call for the next chunk, and its arguments."""
        raise NotImplementedError

    def _take(self, result) -> None:
        """Make what a chunk came to a part of the whole."""
        raise NotImplementedError

    def play(self) -> None:
        """Compute from now on, chunk by chunk, as `advance` is called."""
        with self._lock:
            if not self.over:
                self.playing, self.problem = True, None
                self._pending = self._pending or self._send(*self._call())

    def pause(self) -> None:
        """Compute nothing more."""
        with self._lock:
            self.playing = False
            self._drop()

    def advance(self, patience: float = 0.5) -> bool:
        """Wait for the chunk under way, take it over, and send for the next.

        patience: seconds to wait at most. Returns whether there is something new to see.
        """
        with self._lock:
            if not self.playing:
                return False
            future = self._pending = self._pending or self._send(*self._call())
        try:
            problem = future.exception(patience)  # of any kind: the worker's, the data's or the network's
        except NotYet:
            return False
        except CancelledError as cancelled:
            problem = cancelled
        with self._lock:
            if self._pending is not future:  # dropped meanwhile
                return False
            self._pending = None
            if problem:
                self._fail(problem)
                return True
            self._take(future.result())
            if self.playing:
                self._pending = self._send(*self._call())
        return True

    def _send(self, function: Callable, args: tuple) -> Future:
        try:
            return self.executor.submit(function, *args)
        except Exception as problem:  # it takes no calls any more, as a cluster that has gone
            future = Future()
            future.set_exception(problem)
            return future

    def _fail(self, problem: Exception) -> None:
        gone = "The computation was cancelled: what was to do it has gone."
        self.problem = str(problem) or (gone if isinstance(problem, CancelledError) else type(problem).__name__)
        self.playing, self._pending = False, None

    def _drop(self) -> None:
        if self._pending:
            self._pending.cancel()
            self._pending = None

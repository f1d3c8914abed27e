"""Long work in short chunks, which an executor computes one after the other and the page that shows them collects."""

import threading
from concurrent.futures import CancelledError, Executor, Future


class ChunkedWork:
    """Work of one learner that can be paused and resumed.

    All its state is a value on this side, replaced when a chunk is complete, so to pause is to cancel the chunk under
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
                self._fail(error)
                return True
            self._add(future.result())
            if self.playing:
                self._pending = self._submit()
        return True

    def _submit(self) -> Future | None:
        call = self._next_call()
        try:
            return call and self.executor.submit(*call)
        except Exception as error:  # the executor has been shut down, or its cluster has gone
            future = Future()
            future.set_exception(error)
            return future

    def _fail(self, error: Exception) -> None:
        cancelled = "The computation was cancelled: what was to do it has gone."
        self.problem = str(error) or (cancelled if isinstance(error, CancelledError) else type(error).__name__)
        self.playing = False

    def _cancel(self) -> None:
        if self._pending:
            self._pending.cancel()
            self._pending = None

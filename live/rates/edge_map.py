"""The map of the edge of learning: coarse at once, then finer and finer, computed in chunks by several workers."""

import threading
import time
from concurrent.futures import CancelledError, Executor, Future

import numpy as np

from core.rates.edge import AT_ONCE, View, outcomes, train
from live.chunked_work import reason, submit
from live.data_source import DataSource

COARSEST, FINEST = 32, 256  # pixels in each direction, of the first picture and of the last
ALIKE = 1.1  # neighbours agree if both converge or neither does, and their speeds differ by this factor at most
LEASE_SECONDS = 3.0  # after the last `advance`, whose caller may have left, until no more calls are made


class EdgeMap:
    """The outcomes of the runs of one view. Safe to use from several threads.

    They come in by themselves, so that no worker waits for a browser, as long as `advance` is called now and then.

    A picture is (side, side) float64, by row from the bottom and by column: what `trainability` says of each pixel's
    run. Each picture has twice as many rows and columns as the one before. All its pixels are trained, those beside the
    edge first; but in the finest picture, pixels between neighbours that agree are interpolated.
    """

    def __init__(self, executor: Executor, ahead: int, source: DataSource, seed: int, view: View):
        """Begin a map of which nothing is known. ahead: calls that the executor is given at the same time."""
        self.executor, self.ahead, self.source, self.seed, self.view = executor, ahead, source, seed, view
        self.playing = False
        self.problem: str | None = None  # why a chunk could not be computed, in one sentence
        self.trained = 0  # pixels
        self._lock = threading.Condition()
        self._news = False  # since the last `advance`
        self._until = 0.0  # when the lease ends, by the monotonic clock
        self._submitting = False
        self._whole: np.ndarray | None = None  # the finest picture of which every pixel is known
        self._next = np.full((COARSEST, COARSEST), np.nan)  # the one after it, NaN where it is not known yet
        self._waiting = _chunks(np.arange(COARSEST**2))  # places in it whose calls are still to be made
        self._pending: dict[Future, np.ndarray] = {}  # and those of calls that are under way

    @property
    def over(self) -> bool:
        """Whether the finest picture is there."""
        return self.side == FINEST

    @property
    def side(self) -> int:
        """The rows of the finest picture of which every pixel is known; 0 if there is none yet."""
        return 0 if self._whole is None else len(self._whole)

    @property
    def progress(self) -> float:
        """How much of the finest picture is known, in [0, 1]."""
        with self._lock:
            known = self.side**2 if self.over else np.count_nonzero(~np.isnan(self._next))
        return known / FINEST**2

    def picture(self) -> np.ndarray | None:
        """Return the finest values there are: where a pixel is unknown, those of the coarser pixel that it is in.

        None before the first picture is whole.
        """
        with self._lock:
            if self._whole is None or self.over:
                return self._whole
            return np.where(np.isnan(self._next), _doubled(self._whole), self._next)

    def take(self, finest: np.ndarray, trained: int) -> None:
        """Take over the finest picture of a map of the same view, and how many of its pixels were trained."""
        with self._lock:
            self._whole, self.trained, self._waiting = finest, trained, []

    def play(self) -> None:
        """Compute from now on."""
        with self._lock:
            if not self.over:
                self.playing, self.problem = True, None
                self._until = time.monotonic() + LEASE_SECONDS
                self._submit()

    def pause(self) -> None:
        """Compute nothing more, and take back the calls that no worker has begun."""
        with self._lock:
            self.playing = False
            pending, self._pending = self._pending, {}
            self._waiting[:0] = pending.values()
            for future in pending:
                future.cancel()
            self._lock.notify_all()

    def advance(self, timeout: float = 0.5) -> bool:
        """Wait until there is something new since the last time, and have more computed. Returns whether there is.

        timeout: in seconds.
        """
        with self._lock:
            self._until = time.monotonic() + LEASE_SECONDS
            self._submit()
            self._lock.wait_for(lambda: self._news or not self.playing, timeout)
            news, self._news = self._news, False
            return news

    def curve(self, row: int, column: int) -> Future:
        """Train the run of one pixel of the finest picture again. Returns the future of its losses: (STEPS, 1)."""
        return self._call(train, FINEST, np.array([row * FINEST + column]))

    def _call(self, function, side: int, places: np.ndarray) -> Future:
        rates = self.view.rates(side, *np.divmod(places, side))
        return submit(self.executor, function, self.source, self.seed, *rates)

    def _submit(self) -> None:
        """Make as many calls as the executor is to have. Some may end, and be collected, before the next is made."""
        if self._submitting:
            return
        self._submitting = True
        while self.playing and len(self._pending) < self.ahead and time.monotonic() < self._until:
            if not self._waiting and not self._pending:
                self._refine()
            if not self._waiting:
                break
            places = self._waiting.pop(0)
            future = self._call(outcomes, len(self._next), places)
            self._pending[future] = places
            future.add_done_callback(self._collect)
        self._submitting = False

    def _collect(self, future: Future) -> None:
        """Take the result of a call, in the thread in which it has ended, and make the next."""
        with self._lock:
            places = self._pending.pop(future, None)
            if places is None:  # it has been taken back
                return
            try:
                self._next.flat[places] = future.result()
                self.trained += len(places)
            except (CancelledError, Exception) as error:  # of any kind: the worker's, the data's or the network's
                self.problem = reason(error)
                self._waiting.insert(0, places)
                self.pause()
            self._news = True
            self._submit()
            self._lock.notify_all()

    def _refine(self) -> None:
        """Begin the next picture, or end if the one that is whole now is the finest."""
        self._whole = self._next
        if self.over:
            self.playing = False
            return
        agree = agreement(self._whole)
        self._next = np.full((2 * self.side, 2 * self.side), np.nan)
        if len(self._next) == FINEST:
            self._next[_doubled(agree)] = interpolated(self._whole)[_doubled(agree)]
        self._next[::2, ::2] = self._whole
        unknown = np.isnan(self._next)
        first = np.flatnonzero(unknown & ~_doubled(agree))
        self._waiting = _chunks(np.concatenate([first, np.flatnonzero(unknown & _doubled(agree))]))
        if not self._waiting:
            self._refine()


def agreement(picture: np.ndarray) -> np.ndarray:
    """Say where a pixel and its eight neighbours agree. picture: (n, n) float64, none 0. Returns (n, n) bool."""
    side = len(picture)
    around = np.pad(picture, 1, "edge")
    nine = np.stack([around[row : row + side, column : column + side] for row in range(3) for column in range(3)])
    low, high = nine.min(0), nine.max(0)
    return (low * high > 0) & (np.maximum(high / low, low / high) <= ALIKE)


def interpolated(picture: np.ndarray) -> np.ndarray:
    """Put a pixel between any two neighbours, their mean; the last row and column are repeated. (n, n) -> (2n, 2n)."""
    for axis in (0, 1):
        following = np.concatenate([np.delete(picture, 0, axis), np.take(picture, [-1], axis)], axis)
        both = np.stack([picture, (picture + following) / 2], axis + 1)
        picture = both.reshape([2 * size if at == axis else size for at, size in enumerate(picture.shape)])
    return picture


def _doubled(picture: np.ndarray) -> np.ndarray:
    return picture.repeat(2, 0).repeat(2, 1)


def _chunks(places: np.ndarray) -> list[np.ndarray]:
    return np.array_split(places, -(-len(places) // AT_ONCE)) if len(places) else []

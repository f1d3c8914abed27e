"""The classes as all sessions of a server see them: each is read twice a second at most, whoever asks."""

import threading
import time
from collections.abc import Callable

from live.classroom.database import WAIT_S
from live.classroom.limits import Unreachable
from live.classroom.room import Room
from live.classroom.store import ClassStore

FRESH_S = 0.5
STALLED_S = 2.0 * WAIT_S  # after which a read that has not ended is not waited for
FORGET_S = 600.0  # after which a class that nobody asks for is not kept in memory


class _Latest:
    def __init__(self):
        self.lock, self.room, self.read_at, self.problem = threading.Lock(), None, float("-inf"), None
        self.reading_since = None  # while a session reads


class Reader:
    """Shares what is read of each class. Any thread may use it."""

    def __init__(self, store: ClassStore, clock: Callable[[], float] = time.monotonic):
        self._store, self._clock = store, clock
        self._lock, self._classes = threading.Lock(), {}

    def room(self, class_id: int) -> Room | None:
        """Return a class as it was half a second ago at most; None if it has ended.

        While one session reads, the others get what was read before. Raises Unreachable if the database is away, or has
        not answered that session for long; then, too, it is asked twice a second only.
        """
        latest = self._latest(class_id)
        if self._clock() - latest.read_at >= FRESH_S:
            never_read = latest.read_at == float("-inf")
            if latest.lock.acquire(timeout=max(0.0, STALLED_S - self._waited(latest)) if never_read else 0.0):
                try:
                    if self._clock() - latest.read_at >= FRESH_S:
                        self._read(class_id, latest)
                finally:
                    latest.lock.release()
            elif latest.read_at == float("-inf") or self._waited(latest) > STALLED_S:
                raise Unreachable
        if latest.problem:
            raise Unreachable
        return latest.room

    def _waited(self, latest: _Latest) -> float:
        """Return for how many seconds another session has been reading."""
        since = latest.reading_since
        return 0.0 if since is None else self._clock() - since

    def _latest(self, class_id: int) -> _Latest:
        with self._lock:
            for other, latest in list(self._classes.items()):
                if self._clock() - latest.read_at > FORGET_S and latest.read_at != float("-inf"):
                    del self._classes[other]
            return self._classes.setdefault(class_id, _Latest())

    def _read(self, class_id: int, latest: _Latest) -> None:
        latest.reading_since = self._clock()
        try:
            latest.room, latest.problem = self._store.room(class_id, latest.room), None
        except Unreachable as problem:
            latest.problem = problem
        finally:
            latest.reading_since = None
        latest.read_at = self._clock()

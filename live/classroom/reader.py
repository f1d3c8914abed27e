"""The classes as all sessions of a server see them: each is read twice a second at most, whoever asks."""

import threading
import time
from collections.abc import Callable

from live.classroom.limits import Unreachable
from live.classroom.room import Room
from live.classroom.store import ClassStore

FRESH_S = 0.5
FORGET_S = 600.0  # after which a class that nobody asks for is not kept in memory


class _Latest:
    def __init__(self):
        self.lock, self.room, self.read_at, self.problem = threading.Lock(), None, float("-inf"), None


class Reader:
    """Shares what is read of each class. Any thread may use it."""

    def __init__(self, store: ClassStore, clock: Callable[[], float] = time.monotonic):
        self._store, self._clock = store, clock
        self._lock, self._classes = threading.Lock(), {}

    def room(self, class_id: int) -> Room | None:
        """Return a class as it was half a second ago at most; None if it has ended.

        While one session reads, the others get what was read before. Raises Unreachable if the database is away; then,
        too, it is asked twice a second only.
        """
        latest = self._latest(class_id)
        if self._clock() - latest.read_at >= FRESH_S and latest.lock.acquire(blocking=latest.read_at == float("-inf")):
            try:
                if self._clock() - latest.read_at >= FRESH_S:
                    self._read(class_id, latest)
            finally:
                latest.lock.release()
        if latest.problem:
            raise Unreachable
        return latest.room

    def _latest(self, class_id: int) -> _Latest:
        with self._lock:
            for other, latest in list(self._classes.items()):
                if self._clock() - latest.read_at > FORGET_S and latest.read_at != float("-inf"):
                    del self._classes[other]
            return self._classes.setdefault(class_id, _Latest())

    def _read(self, class_id: int, latest: _Latest) -> None:
        try:
            latest.room, latest.problem = self._store.room(class_id, latest.room), None
        except Unreachable as problem:
            latest.problem = problem
        latest.read_at = self._clock()

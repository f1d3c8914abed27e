"""Wrong codes: how many are tried in a minute, by one session and by all of a server."""

import threading
import time
from collections import deque
from collections.abc import Callable

from live.classroom.limits import TOO_MANY_WRONG, TOO_MANY_WRONG_IN_ALL, WRONG_BY_ALL, WRONG_BY_ONE, ClassError

MINUTE = 60.0


class Guard:
    """Counts the wrong codes of the last minute. One for a server; any thread may call it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._lock = clock, threading.Lock()
        self._wrong: deque[tuple[float, str]] = deque()  # when, and by whom

    def check(self, session: str) -> None:
        """Raise ClassError if this session, or all together, have tried too many wrong codes. To call before a try."""
        with self._lock:
            while self._wrong and self._wrong[0][0] <= self._clock() - MINUTE:
                self._wrong.popleft()
            if sum(one == session for _, one in self._wrong) >= WRONG_BY_ONE:
                raise ClassError(TOO_MANY_WRONG)
            if len(self._wrong) >= WRONG_BY_ALL:
                raise ClassError(TOO_MANY_WRONG_IN_ALL)

    def wrong(self, session: str) -> None:
        """Count a wrong code."""
        with self._lock:
            self._wrong.append((self._clock(), session))

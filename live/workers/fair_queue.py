"""A queue of calls in which every learner gets the same share of the workers' processor time.

Source: Goyal, Vin, Cheng, "Start-time fair queuing", 1996: a lane that has used less time comes first, and a lane that
was idle can't save up time for later.
"""

import threading
from collections import deque
from concurrent.futures import Executor, Future


class Lane(Executor):
    """The calls of one learner, as an executor: its calls are made in the order in which they were submitted.

    used: processor time of workers that counts against it, in seconds; background: whether it gets only what others
    leave over.
    """

    def __init__(self, queue: "FairQueue", background: bool = False):
        self._queue, self.background = queue, background
        self.used = 0.0
        self.calls: deque[tuple[Future, object, tuple]] = deque()

    def submit(self, function, /, *args) -> Future:
        """Call a function of a module in a worker, as `Workers.submit` does."""
        future = Future()
        self._queue.put(self, (future, function, args))
        return future


class FairQueue:
    """The calls of many lanes. Next is the first call of the lane that has used the least time."""

    def __init__(self):
        self._changed = threading.Condition()
        self._lanes: set[Lane] = set()  # those with calls that wait
        self._clock = 0.0  # the `used` of the lane whose call was taken last: an idle lane begins again from there
        self._closed = False

    def put(self, lane: Lane, call: tuple[Future, object, tuple]) -> None:
        """Add a call to a lane. Raises RuntimeError after `close`."""
        with self._changed:
            if self._closed:
                raise RuntimeError("The workers have been shut down.")
            if lane not in self._lanes:
                self._lanes.add(lane)
                lane.used = max(lane.used, self._clock)
            lane.calls.append(call)
            self._changed.notify()

    def get(self) -> tuple[Lane, tuple[Future, object, tuple]] | None:
        """Wait for a call, and take it out. Returns None when the queue is closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._lanes or self._closed)
            if not self._lanes:
                return None
            lane = min(self._lanes, key=lambda lane: (lane.background, lane.used))
            call = lane.calls.popleft()
            if not lane.calls:
                self._lanes.discard(lane)
            if not lane.background:
                self._clock = max(self._clock, lane.used)
            return lane, call

    def charge(self, lane: Lane, seconds: float) -> None:
        """Count time against a lane."""
        with self._changed:
            lane.used += seconds

    def close(self) -> None:
        """Accept no more calls."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

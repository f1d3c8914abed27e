"""The player of a training run: it owns play and pause, and lets an executor take the steps."""

import math
import threading
import time
from collections import deque
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures import TimeoutError as NotYet

from core import jobs
from core.history import History
from core.model import Params
from core.training import Config, Knobs, Progress, TrainState, start
from core.training_data import Source

CHUNK = 0.03  # seconds of training between two looks: about thirty a second, as many as a browser draws
RECENT = 2.0  # seconds over which the speed is measured


class Player:
    """One run of one learner.

    What is under way elsewhere is a value that may be thrown away: to pause, or to turn a knob, at once is to drop
    the chunk that is being computed. Only whole chunks become part of the run. Safe to use from several threads.
    """

    def __init__(self, executor: Executor, source: Source, images: int, config: Config, knobs: Knobs):
        """Begin a run that has taken no step.

        executor: takes the steps; source: names the data; images: how many training images it has.
        """
        self.executor, self.source, self.config, self.knobs = executor, source, config, knobs
        self.images = min(images, config.train_size or images)
        self._lock = threading.RLock()
        self._pending: Future | None = None
        self._begin(start(config))

    def _begin(self, state: TrainState) -> None:
        self.state = state
        self.history = History()
        self.turned: list[tuple[int, Knobs]] = []  # from which step on the knobs stood how
        self.playing = self.loaded = False
        self.problem: str | None = None  # a sentence: why no step could be taken
        self._speed: deque[tuple[float, int]] = deque()

    def restart_from(self, params: Params) -> None:
        """Begin again, with these parameters instead of random ones."""
        with self._lock:
            self.pause()
            self._begin(TrainState(params))
            self.loaded = True

    def turn(self, knobs: Knobs) -> None:
        """Turn the knobs: the very next step is taken with them."""
        with self._lock:
            if knobs != self.knobs:
                self.knobs = knobs
                self._drop()

    def play(self) -> None:
        """Take steps from now on, chunk by chunk, as `advance` is called."""
        with self._lock:
            if not self.state.stopped:
                self.playing, self.problem = True, None

    def pause(self) -> None:
        """Take no further step."""
        with self._lock:
            self.playing = False
            self._drop()
            self._speed.clear()

    def advance(self, patience: float = 0.5) -> bool:
        """Wait for the chunk under way, make it part of the run, and send for the next.

        patience: seconds to wait at most. Returns whether there is something new to see.
        """
        with self._lock:
            if not self.playing:
                return False
            future = self._pending = self._pending or self._send(jobs.FOREVER, CHUNK)
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
            self._take(*future.result())
            if self.playing:
                self._pending = self._send(jobs.FOREVER, CHUNK)
        return True

    def take_step(self) -> None:
        """Pause, then take one step."""
        self._take_now(1)

    def take_epoch(self) -> None:
        """Pause, then take the steps that are left of this epoch."""
        self._take_now(math.ceil((self.images - self.state.seen) / self.knobs.batch_size))

    @property
    def images_per_second(self) -> float | None:
        """How many images were seen in a second of late; None where nothing runs."""
        with self._lock:
            if len(self._speed) < 2:
                return None
            (first, _), (last, _) = self._speed[0], self._speed[-1]
            return sum(count for _, count in list(self._speed)[1:]) / (last - first)

    def _send(self, most: int, seconds: float) -> Future:
        if not self.turned or self.turned[-1][1] != self.knobs:
            self.turned = [*(old for old in self.turned if old[0] < self.state.step), (self.state.step, self.knobs)]
        try:
            return self.executor.submit(jobs.train, self.state, self.source, self.config, self.knobs, most, seconds)
        except Exception as problem:  # it takes no calls any more, as a cluster that has gone
            future = Future()
            future.set_exception(problem)
            return future

    def _take_now(self, most: int) -> None:
        with self._lock:
            self.pause()
            if self.state.stopped:
                return
            self.problem = None
            try:
                self._take(*self._send(most, math.inf).result())
            except Exception as problem:
                self._fail(problem)

    def _take(self, state: TrainState, progress: Progress) -> None:
        self.history.extend(progress)
        seen = round((state.epoch - self.state.epoch) * self.images) + state.seen - self.state.seen
        self.state = state
        now = time.perf_counter()
        self._speed.append((now, seen))
        while now - self._speed[0][0] > RECENT:
            self._speed.popleft()
        if state.stopped:
            self.playing = False

    def _fail(self, problem: Exception) -> None:
        gone = "The computation was cancelled: what was to do it has gone."
        self.problem = str(problem) or (gone if isinstance(problem, CancelledError) else type(problem).__name__)
        self.playing, self._pending = False, None

    def _drop(self) -> None:
        if self._pending:
            self._pending.cancel()
            self._pending = None

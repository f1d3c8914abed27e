"""The player of a training run: it owns play and pause, and lets an executor take the steps."""

import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

from core.model import Params
from core.training.run import Config, Hyperparameters, Progress, TrainState
from core.training.sgd import start
from live import jobs
from live.chunked_work import ChunkedWork
from live.curves import History
from live.data_source import Source

CHUNK = 0.027  # seconds of training between two looks: some thirty a second, as many as a browser draws
RECENT = 2.0  # seconds over which the speed is measured


class TrainingRun(ChunkedWork):
    """One run of one learner, whose hyperparameters can be turned while it goes on."""

    def __init__(self, executor: Executor, source: Source, images: int, config: Config, hyper: Hyperparameters):
        """Begin a run that has taken no step.

        executor: takes the steps; source: names the data; images: how many training images it has.
        """
        super().__init__(executor)
        self.source, self.config, self.hyper = source, config, hyper
        self.images = min(images, config.train_size or images)
        self._begin(start(config))

    def _begin(self, state: TrainState) -> None:
        self.state = state
        self.history = History()
        self.turned: list[tuple[int, Hyperparameters]] = []  # the hyperparameters, and the step from which they held
        self.playing = self.loaded = False
        self.problem = None
        self._speed: deque[tuple[float, int]] = deque()

    @property
    def over(self) -> bool:
        """Whether the run has stopped by itself."""
        return bool(self.state.stopped)

    def restart_from(self, params: Params) -> None:
        """Begin again, with these parameters instead of random ones."""
        with self._lock:
            self.pause()
            self._begin(TrainState(params))
            self.loaded = True

    def turn(self, hyper: Hyperparameters) -> None:
        """Turn the hyperparameters: the very next step is taken with them."""
        with self._lock:
            if hyper != self.hyper:
                self.hyper = hyper
                self._drop()
                if self.playing:  # at once: until the page asks for it, the worker would have nothing to do
                    self._pending = self._send(*self._call())

    def pause(self) -> None:
        """Take no further step."""
        with self._lock:
            super().pause()
            self._speed.clear()

    def take_step(self) -> None:
        """Pause, then take one step."""
        self._take_now(1)

    def take_epoch(self) -> None:
        """Pause, then take the steps that are left of this epoch."""
        self._take_now(math.ceil((self.images - self.state.seen) / self.hyper.batch_size))

    @property
    def images_per_second(self) -> float | None:
        """How many images were seen in a second of late; None where nothing runs."""
        with self._lock:
            if len(self._speed) < 2:
                return None
            (first, _), (last, _) = self._speed[0], self._speed[-1]
            return sum(count for _, count in list(self._speed)[1:]) / (last - first)

    def _call(self, most: int = jobs.FOREVER, seconds: float = CHUNK) -> tuple[Callable, tuple]:
        if not self.turned or self.turned[-1][1] != self.hyper:
            self.turned = [*(old for old in self.turned if old[0] < self.state.step), (self.state.step, self.hyper)]
        return jobs.train, (self.state, self.source, self.config, self.hyper, most, seconds)

    def _take_now(self, most: int) -> None:
        with self._lock:
            self.pause()
            if self.over:
                return
            self.problem = None
            try:
                self._take(self._send(*self._call(most, math.inf)).result())
            except Exception as problem:
                self._fail(problem)

    def _take(self, result: tuple[TrainState, Progress]) -> None:
        state, progress = result
        self.history.extend(progress)
        seen = round((state.epoch - self.state.epoch) * self.images) + state.seen - self.state.seen
        self.state = state
        now = time.perf_counter()
        self._speed.append((now, seen))
        while now - self._speed[0][0] > RECENT:
            self._speed.popleft()
        if state.stopped:
            self.playing = False

"""A training run that plays and pauses, while an executor takes the steps."""

import math
import secrets
import time
from collections import deque
from concurrent.futures import Executor, Future
from dataclasses import replace

from core.model import Params
from core.training.evaluation import reason_to_stop
from core.training.run import OVERFITTING, Config, Epoch, Hyperparameters, Progress, TrainState
from core.training.sgd import resume, start, train_steps
from live.chunked_work import ChunkedWork
from live.curves import History
from live.data_source import DataSource

# Of training, at most: about as long as a message takes to a browser and back, in which the next chunk is computed.
# Where many learners wait for the workers, chunks are shorter, so that everybody sees several of them a second.
CHUNK_SECONDS, SHORTEST_CHUNK, MOST_WAITING = 0.09, 0.008, 0.2
CLICK_SECONDS = 0.5  # in which one step or one epoch is usually done, so that the click itself shows it
SPEED_SECONDS = 2.0  # over which the speed is measured
# Of one run, whose history keeps 8 bytes a step and 40 an epoch: 20 MB. The default run goes on until it is paused.
MOST_STEPS, MOST_EPOCHS = 1_500_000, 200_000


class TrainingRun(ChunkedWork):
    """One run of one learner, whose hyperparameters can be changed while it plays."""

    def __init__(self, executor: Executor, source: DataSource, images: int, config: Config, hyper: Hyperparameters):
        """Begin a run that has taken no step.

        executor: takes the steps; source: names the data; images: how many training images they have.
        """
        super().__init__(executor)
        self.source, self.config, self.hyper = source, config, hyper
        self.images = min(images, config.train_size or images)
        self._begin(start(config))

    def _begin(self, state: TrainState) -> None:
        self.state = state
        self.first = state.params  # those that it began with
        self.history = History()
        self.changes: list[tuple[int, Hyperparameters]] = []  # hyperparameters, each after the step they were used from
        self.loaded = False  # whether it began with given weights: from a file, or painted
        self.name = secrets.token_urlsafe(16)  # by which a browser asks for it; nobody else can guess it
        self._limit: int | None = None  # the step after which it waits until more steps are allowed
        self._seconds = CHUNK_SECONDS  # of the next chunk
        self.problem = None
        self._goal: tuple[str, int] | None = None  # the number of the "step" or "epoch" at which it pauses by itself
        self._speed: deque[tuple[float, int]] = deque()  # of each chunk: when it was done, and how many images

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

    def resume(self) -> None:
        """Let the run go on that a rule has stopped: without any rule, if it would stop the run again at once."""
        with self._lock:
            if self.over and reason_to_stop(self.hyper, self.state.epoch, self.state.best_epoch):
                self.change(replace(self.hyper, max_epochs=None, patience=None))
            self.state = resume(self.state)

    def change(self, hyper: Hyperparameters) -> None:
        """Change the hyperparameters: the very next step is taken with the new ones."""
        with self._lock:
            if hyper != self.hyper:
                self.hyper = hyper
                self._cancel()
                self._seconds = SHORTEST_CHUNK  # who turns a knob is shown at once what it does
                if self.playing:  # submit now: until the page calls `advance`, the worker would have nothing to do
                    self._pending = self._submit()

    def play(self, paced: bool = False) -> None:
        """Take steps from now on, chunk by chunk, as `advance` is called. paced: only those that `allow` allows."""
        with self._lock:
            self._goal = None
            self._limit = self.state.step if paced else None
            super().play()

    def allow(self, steps: int | None) -> None:
        """Take at most so many more steps, then wait until more are allowed. None: take as many as there is time for.

        One step or one epoch that was asked for is taken as a whole.
        """
        with self._lock:
            if self._limit is None and steps is not None:
                self._cancel()  # the chunk under way has no limit
            self._limit = None if steps is None else self.state.step + steps

    def pause(self) -> None:
        """Take no further step."""
        with self._lock:
            super().pause()
            self._speed.clear()

    def take_step(self) -> None:
        """Play until one more step is taken; return then, or after CLICK_SECONDS."""
        self._play_one("step")

    def take_epoch(self) -> None:
        """Play until this epoch is complete; return then, or after CLICK_SECONDS."""
        self._play_one("epoch")

    def _play_one(self, unit: str) -> None:
        with self._lock:
            self.pause()
            self._limit = None
            self._goal = goal = unit, getattr(self.state, unit) + 1
            super().play()
        end = time.monotonic() + CLICK_SECONDS
        while self.playing and self._goal is goal and time.monotonic() < end:
            self.advance(max(0, end - time.monotonic()))

    def _room(self) -> int:
        """Return how many steps the run can still take, of those that any run may take."""
        in_epoch = math.ceil(self.images / self.hyper.batch_size)
        rest_of_this = math.ceil((self.images - self.state.seen) / self.hyper.batch_size)
        until_last_epoch = (MOST_EPOCHS - 1 - self.state.epoch) * in_epoch + rest_of_this
        return min(MOST_STEPS - self.state.step, until_last_epoch)

    def _steps_wanted(self) -> int | float:
        if self._goal is None:
            return math.inf if self._limit is None else max(0, self._limit - self.state.step)
        unit, number = self._goal
        if getattr(self.state, unit) >= number:
            return 0
        return 1 if unit == "step" else math.ceil((self.images - self.state.seen) / self.hyper.batch_size)

    @property
    def result(self) -> Epoch | None:
        """The last whole epoch of these weights: the best one where those were put back. None if there is none."""
        best = self.state.stopped == OVERFITTING and self.state.best
        return self.history.at_epoch(self.state.best_epoch) if best else self.history.last()

    def result_and_cause(self) -> tuple[Epoch, Hyperparameters] | None:
        """Return the result and the hyperparameters of the last step before it, both at one moment; None without."""
        with self._lock:
            result = self.result
            return result and (result, self._used(result.step))

    @property
    def rate_in_use(self) -> float | None:
        """The learning rate with which the last step was taken, or the first will be; None if that is not settled."""
        used = self._used(self.state.step)
        return used and used.lr

    def _used(self, step: int) -> Hyperparameters | None:
        """Return with what a step was taken, counted from 1, or the first will be; None if that is not settled."""
        used = [hyper for after, hyper in self.changes if after < max(1, step)]
        return used[-1] if used else None

    @property
    def used(self) -> tuple[Hyperparameters, ...]:
        """The hyperparameters with which steps were taken, in their order; before any step, those of the next one."""
        return tuple(hyper for step, hyper in self.changes if step < self.state.step) or (self.hyper,)

    @property
    def images_per_second(self) -> float | None:
        """How many images were seen per second recently; None where nothing runs."""
        with self._lock:
            if len(self._speed) < 2:
                return None
            (first, _), (last, _) = self._speed[0], self._speed[-1]
            return sum(count for _, count in list(self._speed)[1:]) / (last - first)

    def _next_call(self) -> tuple | None:
        room = self._room()
        if room < 1:
            self.pause()
            self.problem = f"A run has at most {MOST_STEPS:,} steps and {MOST_EPOCHS:,} epochs. Reset to begin another."
            return None
        steps = min(self._steps_wanted(), room)
        if steps < 1:
            return None
        if not self.changes or self.changes[-1][1] != self.hyper:
            self.changes = [*(old for old in self.changes if old[0] < self.state.step), (self.state.step, self.hyper)]
        return train_steps, self.state, self.source, self.config, self.hyper, steps, self._seconds

    def _submit(self) -> Future | None:
        future, submitted = super()._submit(), time.perf_counter()
        if future:
            future.add_done_callback(lambda done: self._adapt(done, time.perf_counter() - submitted))
        return future

    def _adapt(self, done: Future, waited: float) -> None:
        """Make the next chunk shorter if this one has waited long for a worker, longer if it has not."""
        if not done.cancelled():
            seconds = self._seconds * MOST_WAITING / max(waited, SHORTEST_CHUNK)
            self._seconds = min(CHUNK_SECONDS, max(SHORTEST_CHUNK, seconds))

    def _add(self, result: tuple[TrainState, Progress]) -> None:
        state, progress = result
        self.history.extend(progress)
        seen = round((state.epoch - self.state.epoch) * self.images) + state.seen - self.state.seen
        self.state = state
        now = time.perf_counter()
        self._speed.append((now, seen))
        while now - self._speed[0][0] > SPEED_SECONDS:
            self._speed.popleft()
        if state.stopped:
            self.playing = False
        elif self._goal and self._steps_wanted() < 1:
            self.pause()

"""Long computations of one answer, in short calls that a learner's page waits for one after the other.

A job is a generator: it yields the share that is done, in [0, 1], and the next call to make in a worker, gets its
result back, and returns the answer. So other learners' calls come in between, and no worker computes for a page that
was left.
"""

from collections.abc import Callable, Generator
from concurrent.futures import Executor

import torch

from core.rates.loss_landscape import flatten, principal_plane
from core.rates.lr_finder import lr_range_test
from core.training.data import count_seen
from core.training.evaluation import score
from core.training.next_step import SHOWN, look_at_step
from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import start, train_steps
from live.chunked_work import ChunkedWork
from live.data_source import DataSource

CHUNK_SECONDS = 0.1  # of one call
Job = Generator[tuple, object, object]


def warm_up() -> None:
    """Have the worker import this module, and PyTorch with it, before the first click needs them."""


class JobRun(ChunkedWork):
    """A job that is under way. It advances as all chunked work does; at its end, `answer` is what the job returns."""

    def __init__(self, executor: Executor, job: Job):
        """job: that has not begun."""
        super().__init__(executor)
        self.answer = None
        self._job = job
        self._send(None)

    def _send(self, result) -> None:
        try:
            self.progress, *self._call = self._job.send(result)
        except StopIteration as end:
            self.progress, self._call, self.answer, self.playing = 1.0, [], end.value, False

    @property
    def over(self) -> bool:
        """Whether the answer is there."""
        return not self._call

    def _next_call(self) -> tuple:
        return tuple(self._call)

    def _add(self, result) -> None:
        self._send(result)


def single(function, *args) -> Job:
    """Make one call, of a function that takes no time."""
    return (yield 0.0, function, *args)


def train(source: DataSource, config: Config, hyper: Hyperparameters, steps: int) -> Job:
    """Train from the start until so many steps are taken or the run stops, and return its state."""
    state = start(config)
    while state.step < steps and not state.stopped:
        share = state.step / steps
        state, _ = yield share, train_steps, state, source, config, hyper, steps - state.step, CHUNK_SECONDS
    return state


def walk(source: DataSource, config: Config, hyper: Hyperparameters, steps: int, points: int) -> Job:
    """Train as `train` does, and record the parameters on the way.

    points: of its path, at most; the first and the last are among them. Returns the last state, and the plane of the
    path; None if it has fewer than three points with finite parameters.
    """
    state = start(config)
    rows = [flatten(state.params)]
    for mark in sorted({round(place * steps / (points - 1)) for place in range(1, points)} - {0}):
        while state.step < mark and not state.stopped:
            left = mark - state.step
            state, _ = yield state.step / steps, train_steps, state, source, config, hyper, left, CHUNK_SECONDS
        row = flatten(state.params)
        if row.isfinite().all():
            rows.append(row)
        if state.stopped:
            break
    return state, (yield 1.0, principal_plane, torch.stack(rows)) if len(rows) > 2 else None


def range_test(source: DataSource, config: Config, batch_size: int, low: float, high: float, count: int) -> Job:
    """Make an LR range test, as `lr_range_test` does."""
    call = lr_range_test, source, config, batch_size, low, high, count
    return _until_over(call, lambda test: len(test.rates) / count)


def compare(
    trained_on: DataSource, tested_on: list[DataSource], config: Config, hyper: Hyperparameters, steps: int
) -> Job:
    """Train on one dataset, and ask the model about the validation images of others.

    Returns for each its accuracy, and how many of these images it was trained on.
    """
    state = yield from train(trained_on, config, hyper, steps)
    results = []
    for source in tested_on:
        accuracy = yield 1.0, score, state.params, source, config.loss
        results.append((accuracy, (yield 1.0, count_seen, trained_on, source)))
    return results


def next_step(state: TrainState, source: DataSource, config: Config, hyper: Hyperparameters) -> Job:
    """Look at the next step of a run, as `look_at_step` does."""
    call = look_at_step, state, source, config, hyper, SHOWN
    return _until_over(call, lambda look: (look.seen + look.seen_after) / (2 * look.batch_size))


def _until_over(call: tuple, share: Callable[[object], float]) -> Job:
    """Make a call again and again, each time with what came of it so far. share: says how much of all that is."""
    result = None
    while result is None or not result.over:
        result = yield share(result) if result else 0.0, *call, result, CHUNK_SECONDS
    return result

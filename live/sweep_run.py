"""Sweeps over learning rates that play and pause, and keep the history of all their runs."""

import math
import threading
import time
from concurrent.futures import Executor
from dataclasses import replace
from uuid import uuid4

import torch
from torch import Tensor

from core.rates.many_runs import stack_runs
from core.rates.sweep import PLAIN, SweepEpoch, SweepProgress, SweepState, start_sweep, sweep_steps
from core.rates.verdicts import Evidence
from core.training.run import NO_MEMORY, Config, Hyperparameters
from core.training.sgd import start
from live.chunked_work import ChunkedWork
from live.curves import MeanCurve
from live.data_source import DataSource
from live.weights_pictures import weights_pictures

CHUNK_SECONDS = 0.1  # of training: in shorter chunks, more of the time goes into sending parameters


class SweepRun(ChunkedWork):
    """One sweep of one learner: many rates from the same start on the same batches, for a number of epochs."""

    def __init__(
        self,
        executor: Executor,
        source: DataSource,
        config: Config,
        rates: list[float],
        batch_size: int,
        epochs: int,
        hyper: Hyperparameters = PLAIN,
    ):
        """Begin a sweep that has taken no step.

        rates: R of them, in rising order; source: names the data; hyper: as that of `sweep_steps`.
        """
        super().__init__(executor)
        self.name = uuid4().hex  # tells it from all others
        self.source, self.config, self.rates, self.batch_size, self.epochs = source, config, rates, batch_size, epochs
        self.hyper = hyper
        self.lr = torch.tensor(rates)
        self.state = start_sweep(len(rates))
        self.history: list[SweepEpoch] = []
        self.curve = MeanCurve(len(rates))
        self._last_weights: Tensor | None = None  # of all runs, when the sweep is over
        self._position, self._spent, self._since = 0.0, 0.0, 0.0  # in epochs; seconds, and since when they count

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or every run has diverged."""
        return self.state.epoch >= self.epochs or bool(self.state.diverged.all())

    @property
    def progress(self) -> float:
        """How much of the sweep is done, in [0, 1], by whole epochs."""
        return 1.0 if self.over else self.state.epoch / self.epochs

    def play(self) -> None:
        """Take steps from now on, chunk by chunk, as `advance` is called."""
        self._since = time.monotonic()
        super().play()

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take, if it goes on as so far; None before the first chunk."""
        return self._spent * (self.epochs / self._position - 1) if self._position else None

    def column(self, name: str) -> Tensor:
        """Return one column of all epochs so far, such as "valid_loss": (epochs + 1, R) float32; no rows before any."""
        columns = [getattr(epoch, name) for epoch in self.history]
        return torch.stack(columns) if columns else torch.empty(0, len(self.rates))

    def weights(self, runs: list[int]) -> Tensor:
        """Return pictures of the first layer of some runs, as `weights_pictures` does: (n, units, 784) int8."""
        if self._last_weights is not None:
            return self._last_weights[runs]
        first = start(self.config).params
        return weights_pictures([p[..., runs] for p in self.state.params] or stack_runs(first, len(runs)), first)

    def evidence(self) -> Evidence:
        """Return what is known of all runs, to judge them by. There must be an epoch in the history."""
        peak = torch.zeros(len(self.rates)) if self.state.peak is None else self.state.peak
        return Evidence.of(self.lr, self.history, peak, self.state.diverged, self.config)

    def _next_call(self) -> tuple:
        until = self.state.epoch + 1  # so that each epoch can be seen
        of_all = self.config, self.lr, self.batch_size
        return sweep_steps, self.state, self.source, *of_all, until, self.hyper, CHUNK_SECONDS

    def _add(self, result: tuple[SweepState, SweepProgress]) -> None:
        self.state, progress = result
        self.history.extend(progress.epochs)
        if self.state.diverged.all() and self.history[-1].valid_loss.isfinite().any():
            # No run is left to complete this epoch: it is added without a result.
            nothing = [torch.full_like(self.lr, math.nan)] * 6
            self.history.append(SweepEpoch(self.state.epoch + 1, self.state.step, *nothing))
        self.curve.extend(progress.positions, progress.losses)
        if len(progress.positions):
            now = time.monotonic()
            self._position = progress.positions[-1].item()
            self._spent += now - self._since
            self._since = now
        if self.over:
            self._last_weights = self.weights([*range(len(self.rates))])
            # Megabytes that nothing needs any more.
            self.state = replace(self.state, params=(), memory=NO_MEMORY, partial=None)
            self.playing = False


class BatchSweeps:
    """Sweeps of one learner that differ only in their batch size. They play and pause as a single sweep does."""

    def __init__(self, sweeps: list[SweepRun]):
        """sweeps: that have taken no step, in the order in which they are to run."""
        self.sweeps = sweeps
        self._lock = threading.RLock()
        self._play_next = False  # whether the next sweep is to begin when one is done

    @property
    def playing(self) -> bool:
        """Whether one of them is being computed."""
        return any(sweep.playing for sweep in self.sweeps)

    @property
    def over(self) -> bool:
        """Whether all are done."""
        return all(sweep.over for sweep in self.sweeps)

    @property
    def problem(self) -> str | None:
        """Why a chunk could not be computed, in one sentence."""
        return next((sweep.problem for sweep in self.sweeps if sweep.problem), None)

    @property
    def progress(self) -> float:
        """How much of all sweeps is done, in [0, 1]."""
        return sum(sweep.progress for sweep in self.sweeps) / len(self.sweeps)

    def play(self) -> None:
        """Resume with the first that is not done."""
        with self._lock:
            self._play_next = True
            sweep = next((sweep for sweep in self.sweeps if not sweep.over), None)
            if sweep:
                sweep.play()

    def pause(self) -> None:
        """Compute nothing more."""
        with self._lock:
            self._play_next = False
            for sweep in self.sweeps:
                sweep.pause()

    def advance(self, timeout: float = 0.5) -> bool:
        """Collect the chunk under way, as `ChunkedWork.advance` does; when a sweep is done, begin the next."""
        sweep = next((sweep for sweep in self.sweeps if sweep.playing), None)
        if sweep is None:
            return False
        news = sweep.advance(timeout)
        with self._lock:
            if sweep.over and self._play_next:  # unless another thread has just paused them
                self.play()
        return news

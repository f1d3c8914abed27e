"""The player of a sweep over learning rates: it keeps what all its runs have gone through."""

import math
from collections.abc import Callable
from concurrent.futures import Executor

import torch
from torch import Tensor

from core.rates.sweep import SweepEpoch, SweepProgress, SweepState, start_sweep
from core.training.run import Config
from live import jobs
from live.chunked_work import ChunkedWork
from live.curves import MeanCurve
from live.data_source import Source

CHUNK = 0.1  # seconds of training between two looks; shorter ones spend more of it on sending parameters


class SweepRun(ChunkedWork):
    """One sweep of one learner: many rates from the same start on the same batches, for a number of epochs."""

    def __init__(
        self, executor: Executor, source: Source, config: Config, rates: list[float], batch_size: int, epochs: int
    ):
        """Begin a sweep that has taken no step. rates: in rising order; source: names the data."""
        super().__init__(executor)
        self.source, self.config, self.rates, self.batch_size, self.epochs = source, config, rates, batch_size, epochs
        self.lr = torch.tensor(rates)
        self.state = start_sweep(config, len(rates))
        self.history: list[SweepEpoch] = []
        self.curve = MeanCurve(len(rates))

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or every run has diverged."""
        return self.state.epoch >= self.epochs or bool(self.state.diverged.all())

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1, in whole epochs."""
        return 1.0 if self.over else self.state.epoch / self.epochs

    def column(self, name: str) -> Tensor:
        """Return one column of all epochs so far, such as "valid_loss": (epochs + 1, R) float32; no rows before any."""
        columns = [getattr(epoch, name) for epoch in self.history]
        return torch.stack(columns) if columns else torch.empty(0, len(self.rates))

    def standing(self) -> Tensor:
        """Return the validation losses as `column` has them, not a number throughout for a run that has diverged."""
        return self.column("valid_loss").masked_fill(self.state.diverged > 0, math.nan)

    def _call(self) -> tuple[Callable, tuple]:
        return jobs.sweep, (self.state, self.source, self.config, self.lr, self.batch_size, self.epochs, CHUNK)

    def _take(self, result: tuple[SweepState, SweepProgress]) -> None:
        self.state, progress = result
        self.history.extend(progress.epochs)
        if self.state.diverged.all() and self.history[-1].valid_loss.isfinite().any():
            # Nothing is left that could end this epoch: it counts as one that came to nothing.
            nothing = [torch.full_like(self.lr, math.nan)] * 4
            self.history.append(SweepEpoch(self.state.epoch + 1, self.state.step, *nothing))
        self.curve.extend(progress.positions, progress.losses)
        self.playing = not self.over

"""Many learning rates at once: the same training as in `core.training.sgd`, with one axis more.

All R runs share the last axis of every tensor, as in `core.rates.many_runs`. Each run has the history that it would
have alone.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params
from core.rates.many_runs import OptimiserRuns, predict_runs, sgd_step_runs, stack_runs
from core.training.bookkeeping import BatchCursor, Tally, go_on, images_at_once, set_gradients
from core.training.data import TrainingData
from core.training.evaluation import initial_evaluation, is_silent, norm_of
from core.training.run import NO_IMAGES, NO_MEMORY, Config, Hyperparameters, Memory, PartialStep, Sums
from core.training.sgd import start, train_epoch

MOST_RATES = 128
MOST_PARAMETERS = 1_024_000  # of all runs together: 4 MB at every call, and as much for all that is kept beside them
PLAIN = Hyperparameters()


@dataclass(frozen=True)
class SweepState:
    """Where R runs are now, all at the same step. Small enough to be sent to another process.

    diverged: (R,) int64, the step at which a loss was not finite, 0 where none was; from then on the run is frozen
    params: weights (inputs, units, R) and biases (units, R) of each layer, float32; empty before the first step
    memory: of the optimiser, with the axes of the parameters
    tally: over the current epoch so far; partial, validation: as those of `TrainState`
    peak: (R,) float32, the highest loss of a batch so far; None before the first
    """

    diverged: Tensor
    params: Params = ()
    memory: Memory = NO_MEMORY
    step: int = 0
    epoch: int = 0
    tally: Sums = NO_IMAGES
    peak: Tensor | None = None
    partial: PartialStep | None = None
    validation: Sums | None = NO_IMAGES


class SweepEpoch(NamedTuple):
    """The results of an epoch for every run: (R,) float32 each, NaN where the run had diverged. As `Epoch`."""

    epoch: int
    step: int
    train_loss: Tensor
    train_accuracy: Tensor
    valid_loss: Tensor
    valid_accuracy: Tensor
    silent: Tensor
    norm: Tensor


@dataclass(frozen=True)
class SweepProgress:
    """What n steps add to the history.

    losses: (n, R) float32, of each step's batch before the step, NaN where a run had diverged
    positions: (n,) float32, where each step ended, in epochs; epochs: those that were completed
    """

    losses: Tensor
    positions: Tensor
    epochs: list[SweepEpoch]


def spread_rates(low: float, high: float, count: int) -> list[float]:
    """Return learning rates from low to high with the same factor between neighbours, rounded to 4 digits.

    In a narrow range some would be equal: then there are fewer of them, but at least one.
    Raises ValueError with a sentence if the range is upside down or not positive, or the count is out of bounds.
    """
    if not 0 < low < high < math.inf:
        raise ValueError(f"Learning rates go from a positive number up to a larger one, not from {low:g} to {high:g}.")
    if not 2 <= count <= MOST_RATES:
        raise ValueError(f"From 2 to {MOST_RATES} learning rates can be trained at once, not {count}.")
    ratio = (high / low) ** (1 / (count - 1))
    return sorted({float(f"{low * ratio**index:.4g}") for index in range(count)})


def most_rates(params: int) -> int:
    """Return how many runs of a model with so many parameters can be trained at once."""
    return max(2, min(MOST_RATES, MOST_PARAMETERS // params))


def start_sweep(runs: int) -> SweepState:
    """Return the state of R runs that have taken no step."""
    return SweepState(torch.zeros(runs, dtype=torch.int64))


def sweep_steps(
    state: SweepState,
    data: TrainingData,
    config: Config,
    lr: Tensor,
    batch_size: int,
    epochs: int,
    hyper: Hyperparameters = PLAIN,
    seconds: float = math.inf,
) -> tuple[SweepState, SweepProgress]:
    """Go on with every run, on the same batches, until `epochs` are completed or `seconds` are over.

    All runs start with the same random weights, as `core.training.sgd.start` draws them for one.
    lr: (R,) float32; hyper: only its optimiser, momentum and weight decay count. A run that diverges is frozen, and
    the sweep ends when all are: NaN stays in its own column.
    Returns the new state and what these steps add to the history; `state` and `data` are not changed.
    """
    sweep = _ResumedSweep(state, data, config, lr, batch_size, hyper)
    go_on(sweep, lambda: sweep.cursor.epoch < epochs and not sweep.diverged.all(), seconds)
    return sweep.state(), sweep.progress()


class _ResumedSweep:
    """R runs during one call of `sweep_steps`: the same as the resumed run of `train_steps`, with one axis more."""

    def __init__(
        self,
        state: SweepState,
        data: TrainingData,
        config: Config,
        lr: Tensor,
        batch_size: int,
        hyper: Hyperparameters,
    ):
        self.before, self.data, self.config = state, data, config
        params = state.params or stack_runs(start(config).params, len(lr))
        self.params = tuple(p.clone().requires_grad_() for p in params)
        self.diverged = state.diverged.clone()
        at_once, partial = images_at_once(self.params), state.partial
        self.cursor = BatchCursor(data, config, batch_size, at_once, state.epoch, state.tally.images)
        frozen = self.diverged > 0 if self.diverged.any() else None
        self.optimiser = OptimiserRuns(self.params, lr, hyper, state.memory, frozen)
        set_gradients(self.params, partial.grads if partial else ())
        self.epoch_tally, self.batch_tally = Tally(*state.tally), Tally(*partial.sums) if partial else Tally()
        self.cursor.seen_of_batch = self.batch_tally.images
        self.validation = Tally(*state.validation) if state.validation else None
        self.losses: list[Tensor] = []
        self.positions: list[float] = []
        self.epochs: list[SweepEpoch] = []
        self.begin_epoch()

    @property
    def step(self) -> int:
        """The number of steps that each run has taken since it was initialised."""
        return self.before.step + len(self.losses)

    def begin_epoch(self) -> None:
        """Prepare the steps for what is left of the epoch; none is taken yet."""
        parts, loss_function = self.cursor.rest_of_epoch(), LOSSES[self.config.loss]
        self.parts = train_epoch(parts, self.params, loss_function, self.optimiser, sgd_step_runs)

    def take_part(self) -> None:
        """Take one step with every run, or one part of it if the batch is too large to be taken at once."""
        part, losses, logits = next(self.parts)
        self.batch_tally.add(losses.double() / part.share, logits, part.yb[:, None])
        if part.is_last:
            self.end_step()

    def end_step(self) -> None:
        """Add the step to the history; after the last one of an epoch, the models are evaluated."""
        losses, frozen = self.batch_tally.loss.float(), self.optimiser.frozen  # before this step
        if frozen is not None:
            losses = losses.masked_fill(frozen, math.nan)
        self.epoch_tally.merge(self.batch_tally)
        self.batch_tally = Tally()
        self.losses.append(losses)
        self.positions.append(self.cursor.position)
        if not math.isfinite(losses.sum()):  # one look at all: nearly always, there is no more to be done
            lost = ~losses.isfinite()  # only these: a run that was thrown far can come back
            self.diverged[lost & (self.diverged == 0)] = self.step
            self.optimiser.frozen = self.diverged > 0 if self.diverged.any() else None
        if self.cursor.epoch_is_over:
            self.validation = Tally()

    @torch.no_grad()
    def evaluate_part(self) -> None:
        """Evaluate every model on some of the validation images; the last of them end the epoch."""
        x, y = self.cursor.some_valid(self.validation.images)
        logits = predict_runs(x, self.params)
        self.validation.add(LOSSES[self.config.loss](logits, y[:, None]).double(), logits, y[:, None])
        self.validation.silent = self.validation.silent + is_silent(logits, self.params).sum(0)
        if self.validation.images == len(self.data.valid_y):
            validated = self.validation.loss, self.validation.accuracy
            self.end_epoch(*validated, self.validation.silent / self.validation.images, norm_of(self.params))
            self.validation = None

    def end_epoch(self, *validated: Tensor) -> None:
        """Add the result of every run to the history, and go to the next epoch."""
        if self.step == 0:
            trained = initial_evaluation(start(self.config).params, self.data, self.config)
            columns = [torch.full(self.diverged.shape, one) for one in trained] + [one.float() for one in validated]
            self.epochs.append(SweepEpoch(0, 0, *columns))
            return
        results = self.epoch_tally.loss, self.epoch_tally.accuracy, *validated
        self.cursor.next_epoch()
        columns = (column.float().masked_fill(self.diverged > 0, math.nan) for column in results)
        self.epochs.append(SweepEpoch(self.cursor.epoch, self.step, *columns))
        self.epoch_tally = Tally()
        self.begin_epoch()

    def peak(self) -> Tensor | None:
        """Return the highest loss of a batch that each run has had, (R,); None before the first."""
        losses = [*self.losses] if self.before.peak is None else [*self.losses, self.before.peak]
        return torch.stack(losses).nan_to_num(-math.inf, math.inf).amax(0) if losses else None

    def progress(self) -> SweepProgress:
        """Return what these steps add to the history."""
        losses = torch.stack(self.losses) if self.losses else torch.empty(0, len(self.diverged))
        return SweepProgress(losses, torch.tensor(self.positions), self.epochs)

    def state(self) -> SweepState:
        """Return where the runs are now."""
        partial = None
        if self.batch_tally.images:
            grads = tuple(p.grad for p in self.params)
            partial = PartialStep(self.cursor.batch_size, True, self.batch_tally.sums, grads)
        return SweepState(
            self.diverged,
            tuple(p.detach() for p in self.params),
            self.optimiser.memory,
            self.step,
            self.cursor.epoch,
            self.epoch_tally.sums,
            self.peak(),
            partial,
            self.validation.sums if self.validation else None,
        )

"""Many learning rates at once: the same training as in `core.training.sgd`, with one axis more.

All R runs share the last axis of every parameter: weights are (inputs, units, R). One product of matrices predicts for
all of them, and `weights -= lr * gradient` moves each by its own rate, since lr, (R,), broadcasts along that axis.
Each run has the history that it would have alone.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params
from core.training.bookkeeping import BatchCursor, Tally
from core.training.data import TrainingData
from core.training.run import Config
from core.training.sgd import DIVERGENCE_FACTOR, initial_evaluation, start, train_epoch

MOST_RATES = 128
EVALUATED_AT_ONCE = 512  # images: the activations of 128 runs of 100 units take 26 MB


@dataclass(frozen=True)
class SweepState:
    """Where R runs are now, all at the same step. Small enough to be sent to another process.

    params: weights (inputs, units, R) and biases (units, R) of each layer, float32
    loss_sum, right: (R,) float64 and int64, of the current epoch so far
    first_loss: (R,) float32, of the first batch; None before it
    diverged: (R,) int64, the step at which a run diverged, 0 where it did not; its parameters are frozen from then on
    """

    params: Params
    loss_sum: Tensor
    right: Tensor
    diverged: Tensor
    first_loss: Tensor | None = None
    step: int = 0
    epoch: int = 0
    seen: int = 0


class SweepEpoch(NamedTuple):
    """The results of an epoch for every run: (R,) float32 each, NaN where the run had diverged."""

    epoch: int
    step: int
    train_loss: Tensor
    train_accuracy: Tensor
    valid_loss: Tensor
    valid_accuracy: Tensor


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


def stack_runs(params: Params, runs: int) -> Params:
    """Give R runs the same parameters: weights (units, inputs) -> (inputs, units, R), bias (units,) -> (units, R)."""
    return tuple(p.t().unsqueeze(-1).repeat(*[1] * p.ndim, runs) for p in params)


def linear_runs(xb: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Do for R runs what `core.model.linear` does for one.

    xb: (B, inputs) for all runs, or (B, inputs, R); weights: (inputs, units, R); bias: (units, R).
    Returns (B, units, R).
    """
    if xb.ndim == 2:  # one product of matrices for all runs
        return torch.addmm(bias.flatten(), xb, weights.flatten(1)).unflatten(1, weights.shape[1:])
    return torch.einsum("bir,iur->bur", xb, weights) + bias


def predict_runs(xb: Tensor, params: Params) -> Tensor:
    """Return the logits that each run gives for a batch: (B, 784) float32 in [0, 1] -> (B, outputs, R) float32."""
    activations = linear_runs(xb, *params[:2])
    for weights, bias in zip(params[2::2], params[3::2], strict=True):
        activations = linear_runs(activations.relu(), weights, bias)
    return activations


def sgd_step_runs(
    xb: Tensor, yb: Tensor, params: Params, loss_function: Callable, optimiser: "SGDRuns"
) -> tuple[Tensor, Tensor]:
    """Do for R runs what `sgd_step` does for one. Returns the losses, (R,), and the logits, (B, outputs, R)."""
    logits = predict_runs(xb, params)
    losses = loss_function(logits, yb[:, None])
    losses.sum().backward()  # the parameters of a run change its own loss only, so this is the gradient of each
    optimiser.step()
    optimiser.zero_grad()
    return losses.detach(), logits.detach()


class SGDRuns:
    """Moves the parameters of R runs against their gradients, each run at its own rate."""

    def __init__(self, params: Params, lr: Tensor, frozen: Tensor | None = None):
        """lr: (R,) float32; frozen: (R,) bool, the runs whose parameters stay as they are, None if there are none."""
        self.params, self.lr, self.frozen = params, lr, frozen

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter of each run by the rate of the run times its gradient."""
        for p in self.params:
            if self.frozen is not None:
                p.grad.masked_fill_(self.frozen, 0)
            p.addcmul_(p.grad, self.lr, value=-1)

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self.params:
            p.grad = None


def start_sweep(config: Config, runs: int) -> SweepState:
    """Initialise R runs with the same random weights, as `core.training.sgd.start` draws them for one."""
    return SweepState(
        stack_runs(start(config).params, runs),
        loss_sum=torch.zeros(runs, dtype=torch.float64),
        right=torch.zeros(runs, dtype=torch.int64),
        diverged=torch.zeros(runs, dtype=torch.int64),
    )


def sweep_steps(
    state: SweepState,
    data: TrainingData,
    config: Config,
    lr: Tensor,
    batch_size: int,
    epochs: int,
    seconds: float = math.inf,
) -> tuple[SweepState, SweepProgress]:
    """Go on with every run, on the same batches, until `epochs` are completed or `seconds` are over.

    lr: (R,) float32. A run that diverges is frozen, and the sweep ends when all are: NaN stays in its own column.
    Returns the new state and what these steps add to the history; `state` and `data` are not changed.
    """
    deadline = time.perf_counter() + seconds
    sweep = _ResumedSweep(state, data, config, lr, batch_size)
    while sweep.cursor.epoch < epochs and not sweep.diverged.all():
        sweep.take_step()
        if time.perf_counter() >= deadline:
            break
    return sweep.state(), sweep.progress()


class _ResumedSweep:
    """R runs during one call of `sweep_steps`: the same as the resumed run of `train_steps`, with one axis more."""

    def __init__(self, state: SweepState, data: TrainingData, config: Config, lr: Tensor, batch_size: int):
        self.before, self.data, self.config = state, data, config
        self.params = tuple(p.clone().requires_grad_() for p in state.params)
        self.diverged, self.first_loss = state.diverged.clone(), state.first_loss
        self.optimiser = SGDRuns(self.params, lr, self.diverged > 0 if self.diverged.any() else None)
        self.cursor = BatchCursor(data, config, batch_size, state.epoch, state.seen)
        self.tally = Tally(state.loss_sum, state.right)
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
        batches, loss_function = self.cursor.rest_of_epoch(), LOSSES[self.config.loss]
        self.steps = train_epoch(batches, self.params, loss_function, self.optimiser, sgd_step_runs)

    def take_step(self) -> None:
        """Take one step with every run, and evaluate the models if that ends an epoch."""
        if self.step == 0:
            results = initial_evaluation(start(self.config).params, self.data, self.config)[2:]
            self.epochs.append(SweepEpoch(0, 0, *(torch.full(self.diverged.shape, one) for one in results)))
        frozen = self.optimiser.frozen  # before this step
        losses, logits, targets = next(self.steps)
        losses = losses if frozen is None else losses.masked_fill(frozen, math.nan)
        self.tally.add(losses.double(), logits, targets[:, None])
        self.losses.append(losses)
        self.positions.append(self.cursor.position)
        self.first_loss = losses if self.first_loss is None else self.first_loss
        lost = ~(losses <= DIVERGENCE_FACTOR * self.first_loss.clamp(min=1))  # as in `has_diverged`, also if it is NaN
        if lost.any():
            self.diverged[lost & (self.diverged == 0)] = self.step
            self.optimiser.frozen = self.diverged > 0
        if self.cursor.epoch_is_over:
            self.end_epoch()

    def end_epoch(self) -> None:
        """Evaluate every model on the validation images, and go to the next epoch."""
        trained = (self.tally.loss_sum / self.cursor.images).float(), self.tally.right / self.cursor.images
        validated = evaluate_runs(self.params, self.data.valid_x, self.data.valid_y, self.config.loss)
        columns = (column.masked_fill(self.diverged > 0, math.nan) for column in (*trained, *validated))
        self.cursor.next_epoch()
        self.epochs.append(SweepEpoch(self.cursor.epoch, self.step, *columns))
        self.tally = Tally(torch.zeros_like(self.tally.loss_sum), torch.zeros_like(self.tally.right))
        self.begin_epoch()

    def progress(self) -> SweepProgress:
        """Return what these steps add to the history."""
        losses = torch.stack(self.losses) if self.losses else torch.empty(0, len(self.diverged))
        return SweepProgress(losses, torch.tensor(self.positions), self.epochs)

    def state(self) -> SweepState:
        """Return where the runs are now."""
        params, place = tuple(p.detach() for p in self.params), (self.step, self.cursor.epoch, self.cursor.seen)
        return SweepState(params, self.tally.loss_sum, self.tally.right, self.diverged, self.first_loss, *place)


@torch.no_grad()
def evaluate_runs(params: Params, x: Tensor, y: Tensor, loss: str) -> tuple[Tensor, Tensor]:
    """Return mean loss and accuracy of each run, (R,) float32 each. x: (n, 784) float32 in [0, 1]; y: (n,) int64."""
    tally = Tally(torch.zeros(params[0].shape[-1]), 0)
    for xb, yb in zip(x.split(EVALUATED_AT_ONCE), y.split(EVALUATED_AT_ONCE), strict=True):
        logits = predict_runs(xb, params)
        tally.add(LOSSES[loss](logits, yb[:, None]), logits, yb[:, None])
    return tally.loss_sum / len(y), tally.right / len(y)

"""Many learning rates trained at once: all runs share an axis, and the rates broadcast along it.

The parameters of R runs are those of one run with an axis of R behind: weights are (inputs, units, R). One product of
matrices then predicts for all runs, and `weights -= lr * gradient`, with a rate for each run in lr, (R,), is one
line. No run can tell that it is not alone.
"""

import math
import time
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, is_right
from core.training.data import TrainingData
from core.training.sgd import DIVERGENCE_FACTOR, Config, batches, epoch_order, initial_evaluation, start, training_rows

MOST_RATES = 128
AT_ONCE = 512  # images that are evaluated at once: the activations of 128 runs of 100 units take 26 MB


@dataclass(frozen=True)
class SweepState:
    """Where R runs stand, all at the same step. Small enough to be sent to another process.

    params: weights (inputs, units, R) and biases (units, R) of each layer, float32
    loss_sum, right: (R,) float64 and int64, of the current epoch so far
    first_loss: (R,) float32, of the first batch; None before it
    diverged: (R,) int64, the step at which a run has diverged, 0 where it has not; from there on it is frozen
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
    """What an epoch came to for every run: (R,) float32 each, not a number where the run had diverged."""

    epoch: int
    step: int
    train_loss: Tensor
    train_accuracy: Tensor
    valid_loss: Tensor
    valid_accuracy: Tensor


@dataclass(frozen=True)
class SweepProgress:
    """What some steps have added.

    losses: (n, R) float32, of each step's batch before the step, not a number where a run had diverged;
    positions: (n,) float32, where each step ended, in epochs; epochs: those that were completed.
    """

    losses: Tensor
    positions: Tensor
    epochs: list[SweepEpoch]


def spread_rates(low: float, high: float, count: int) -> list[float]:
    """Return learning rates from low to high, each as much larger than the one before, rounded to 4 digits.

    In a narrow range, some would be the same: there are fewer of them then, but always at least one.
    Raises ValueError with a sentence if the range is upside down or not positive, or the count is out of bounds.
    """
    if not 0 < low < high < math.inf:
        raise ValueError(f"Learning rates go from a positive number up to a larger one, not from {low:g} to {high:g}.")
    if not 2 <= count <= MOST_RATES:
        raise ValueError(f"From 2 to {MOST_RATES} learning rates can be trained at once, not {count}.")
    ratio = (high / low) ** (1 / (count - 1))
    return sorted({float(f"{low * ratio**place:.4g}") for place in range(count)})


def stack_runs(params: Params, runs: int) -> Params:
    """Give R runs the same parameters: weights (units, inputs) -> (inputs, units, R), bias (units,) -> (units, R)."""
    return tuple(p.t().unsqueeze(-1).repeat(*[1] * p.ndim, runs) for p in params)


def take_run(params: Params, run: int) -> Params:
    """Return the parameters of one run, as `core.model.predict` takes them."""
    return tuple(p[..., run].t().contiguous() for p in params)


def linear_runs(xb: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Do for R runs what `core.model.linear` does for one.

    xb: (B, inputs) that all runs see, or (B, inputs, R), to each its own; weights: (inputs, units, R);
    bias: (units, R). Returns (B, units, R).
    """
    if xb.ndim == 2:
        # One product of matrices for all runs.
        return torch.addmm(bias.flatten(), xb, weights.flatten(1)).unflatten(1, weights.shape[1:])
    return torch.einsum("bir,iur->bur", xb, weights) + bias


def predict_runs(xb: Tensor, params: Params) -> Tensor:
    """Return the logits that each run gives for a batch: (B, 784) float32 in [0, 1] -> (B, outputs, R) float32."""
    activations = linear_runs(xb, *params[:2])
    for weights, bias in zip(params[2::2], params[3::2], strict=True):
        activations = linear_runs(activations.relu(), weights, bias)
    return activations


def loss_of_runs(logits: Tensor, targets: Tensor, loss: str) -> Tensor:
    """Return the loss of each run: (B, outputs, R) float32, (B,) int64 -> (R,). loss: one of LOSSES."""
    return LOSSES[loss](logits, targets[:, None])


def count_right(logits: Tensor, targets: Tensor) -> Tensor:
    """Count the right answers of each run: (B, outputs, R) float32, (B,) int64 -> (R,) int32."""
    return is_right(logits, targets[:, None]).sum(0, dtype=torch.int32)  # in int64, it takes twice as long


@torch.no_grad()
def evaluate_runs(params: Params, x: Tensor, y: Tensor, loss: str) -> tuple[Tensor, Tensor]:
    """Return mean loss and accuracy of each run, (R,) float32 each. x: (n, 784) float32 in [0, 1]; y: (n,) int64."""
    losses, right = 0, 0
    for xb, yb in zip(x.split(AT_ONCE), y.split(AT_ONCE), strict=True):
        logits = predict_runs(xb, params)
        losses = losses + loss_of_runs(logits, yb, loss) * (len(yb) / len(y))
        right = right + count_right(logits, yb)
    return losses, right / len(y)


def start_sweep(config: Config, runs: int) -> SweepState:
    """Initialise R runs with the same random weights, as `core.training.start` draws them for one."""
    return SweepState(
        stack_runs(start(config).params, runs),
        loss_sum=torch.zeros(runs, dtype=torch.float64),
        right=torch.zeros(runs, dtype=torch.int64),
        diverged=torch.zeros(runs, dtype=torch.int64),
    )


@torch.no_grad()
def step_runs(params: Params, lr: Tensor, frozen: Tensor | None = None) -> None:
    """Move the parameters of each run against their gradient, in place, by its own rate.

    lr: (R,) float32, broadcast along the last axis; frozen: (R,) bool, the runs that stay as they are, if any.
    """
    for p in params:
        if frozen is not None:
            p.grad.masked_fill_(frozen, 0)
        p.addcmul_(p.grad, lr, value=-1)


def add_up(losses: list[Tensor], logits: list[Tensor], targets: Tensor) -> tuple[Tensor, Tensor]:
    """Add up some batches: the losses of their images, (R,) float64, and the right answers, (R,) int32.

    losses: (R,) of each batch; logits: (B, outputs, R) of each; targets: (all of B,) int64.
    """
    sizes = torch.tensor([len(one) for one in logits], dtype=torch.float64)
    right = count_right(torch.cat(logits), targets)
    return (torch.stack(losses) * sizes[:, None]).sum(0), right


def sweep_steps(
    state: SweepState,
    data: TrainingData,
    config: Config,
    lr: Tensor,
    batch_size: int,
    epochs: int,
    seconds: float = math.inf,
) -> tuple[SweepState, SweepProgress]:
    """Take steps with every run, on the same batches, until `epochs` are completed or `seconds` are over.

    lr: (R,) float32. Each run has the history that `core.training.train_steps` gives it alone. One that diverges is
    frozen where it is: what is not a number stays in its own column. `state` and `data` stay as they are.
    """
    steps, positions, completed = [], [], []
    end = time.perf_counter() + seconds
    rows = training_rows(config, data)
    order = epoch_order(config, rows, state.epoch)
    targets = data.train_y[order]
    images = batches(data, order[state.seen :], batch_size)
    if state.step == 0:
        look = initial_evaluation(start(config), data, config, order)
        completed.append(SweepEpoch(0, 0, *(torch.full((len(lr),), value) for value in look[2:])))
    params = tuple(p.clone().requires_grad_() for p in state.params)
    step, epoch, seen, first_loss = state.step, state.epoch, state.seen, state.first_loss
    loss_sum, right, diverged = state.loss_sum, state.right, state.diverged.clone()
    frozen = diverged > 0 if diverged.any() else None
    given, counted = [], seen  # logits that are not added up yet; once an epoch is quicker than at every step

    while epoch < epochs and not (frozen is not None and frozen.all()):
        xb = next(images)
        yb = targets[seen : seen + len(xb)]
        logits = predict_runs(xb, params)
        losses = loss_of_runs(logits, yb, config.loss)
        for p in params:
            p.grad = None
        losses.sum().backward()  # a run's parameters play a part in its own loss only, so this is each one's gradient
        step_runs(params, lr, frozen)

        values = losses.detach() if frozen is None else losses.detach().masked_fill(frozen, math.nan)
        first_loss = values if first_loss is None else first_loss
        step, seen = step + 1, seen + len(yb)
        given.append(logits.detach())
        steps.append(values)
        positions.append(epoch + seen / len(rows))
        lost = (values <= DIVERGENCE_FACTOR * first_loss.clamp(min=1)).logical_not_()  # also where it is not a number
        if lost.any():
            diverged[lost & (diverged == 0)] = step
            frozen = diverged > 0
        if seen >= len(rows):
            epoch += 1
            added = add_up(steps[-len(given) :], given, targets[counted:])
            loss_sum, right = loss_sum + added[0], right + added[1]
            trained = (loss_sum / len(rows)).float(), right / len(rows)
            validated = evaluate_runs(params, data.valid_x, data.valid_y, config.loss)
            columns = (column.masked_fill(diverged > 0, math.nan) for column in (*trained, *validated))
            completed.append(SweepEpoch(epoch, step, *columns))
            seen, loss_sum, right = 0, torch.zeros_like(loss_sum), torch.zeros_like(right)
            given, counted = [], 0
            order = epoch_order(config, rows, epoch)
            images, targets = batches(data, order, batch_size), data.train_y[order]
        if time.perf_counter() >= end:
            break
    if given:
        added = add_up(steps[-len(given) :], given, targets[counted:seen])
        loss_sum, right = loss_sum + added[0], right + added[1]
    after = replace(
        state,
        params=tuple(p.detach() for p in params),
        loss_sum=loss_sum,
        right=right,
        diverged=diverged,
        first_loss=first_loss,
        step=step,
        epoch=epoch,
        seen=seen,
    )
    losses = torch.stack(steps) if steps else torch.empty(0, len(lr))
    return after, SweepProgress(losses, torch.tensor(positions), completed)

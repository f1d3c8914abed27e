"""Gradient descent on batches of real digits. A training run is a value, and every step makes the next one.

The seven stages: initialise (`start`), then in `train_steps` predict, loss, gradient, step, repeat, stop.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import PIXELS, Params, init_params, is_right, predict
from core.training.data import TrainingData

DIVERGENCE_FACTOR = 100  # a loss that has grown so much since the first step has diverged
AT_ONCE = 4_096  # images whose bytes are gathered at once
GLANCE = 2_000  # training images that are looked at before the first step
DIVERGED, ENOUGH, OVERFITTING = "diverged", "enough epochs", "overfitting"  # why a run has stopped


@dataclass(frozen=True)
class Config:
    """What a run is. Whoever changes any of it starts a new run."""

    digits: tuple[int, ...] = (3, 7)
    hidden: int = 0  # units of the hidden layer; 0 is the linear model
    loss: str = "mnist_loss"  # one of LOSSES; two classes have one logit, more have cross-entropy
    train_size: int | None = None  # images to train on, chosen by the seed; None is all
    order: str = "shuffled"  # anew every epoch; "fixed": mixed once; "sorted": by label, which is a mistake
    seed: int = 37  # of the first weights, the choice of images and their order

    @property
    def outputs(self) -> int:
        """Return how many logits the model gives for an image."""
        return 1 if len(self.digits) == 2 else len(self.digits)


@dataclass(frozen=True)
class Hyperparameters:
    """What may be turned while a run goes on, without losing what it has learned."""

    lr: float = 1.0  # at this rate mnist_loss reaches 0.97 of 3 against 7 within a few epochs
    batch_size: int = 256
    momentum: float = 0.0
    zero_grad: bool = True  # False is a mistake: each gradient is added to all before it
    uphill: bool = False  # True is a mistake: parameters move along the gradient, not against it
    max_epochs: int | None = None  # stop after so many
    patience: int | None = None  # stop when validation loss has not fallen for so many epochs


@dataclass(frozen=True)
class TrainState:
    """Where a run stands: all that the next step depends on. Small, so that it can be sent to another process."""

    params: Params
    velocity: Params = ()  # the running sum of gradients that momentum keeps
    grads: Params = ()  # what is left of earlier gradients when nobody sets them to zero
    step: int = 0  # steps taken
    epoch: int = 0  # epochs completed
    seen: int = 0  # images of the current epoch that have been used
    loss_sum: float = 0.0  # of this epoch so far, over images
    right: int = 0  # right answers of this epoch so far, each given before its step
    first_loss: float | None = None  # of the first batch
    best: Params = ()  # the parameters with the lowest validation loss so far
    best_loss: float = math.inf
    best_epoch: int = 0
    stopped: str = ""  # why the run has ended; empty while it can go on


class Epoch(NamedTuple):
    """What an epoch came to: mean loss and share of right answers, on training and on validation images."""

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    valid_loss: float
    valid_accuracy: float


@dataclass
class Progress:
    """What some steps have added to a run's history.

    losses: of the batch of each step, before the step; positions: where each step ended, in epochs since the start.
    """

    losses: list[float] = field(default_factory=list)
    positions: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)


def start(config: Config) -> TrainState:
    """Initialise: random weights, biases of 0, no step taken."""
    return TrainState(init_params(config.outputs, config.hidden, config.seed))


def training_rows(config: Config, data: TrainingData) -> Tensor:
    """Choose the images to train on: (n,) int64 row numbers, mixed, the same for the same seed."""
    generator = torch.Generator().manual_seed(config.seed)
    return torch.randperm(len(data.train_x), generator=generator)[: config.train_size]


def epoch_order(config: Config, rows: Tensor, epoch: int) -> Tensor:
    """Put the rows into the order of one epoch. It depends on the seed and the epoch only, not on how one got there."""
    if config.order == "sorted":
        return rows.sort().values  # the data are sorted by label
    if config.order == "fixed":
        return rows
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + epoch + 1)
    return rows[torch.randperm(len(rows), generator=generator)]


def batches(data: TrainingData, rows: Tensor, size: int) -> Iterator[Tensor]:
    """Fetch rows of training pixels, batch by batch: yield (B, 784) float32 in [0, 1], where B is size or what is left.

    rows: (n,) int64. All batches are written into the same place, so one is to be used before the next is fetched.
    """
    # Bytes are gathered, for some batches at a time, and turned into floats in one place that is used again: gathering
    # floats, or making room anew for every batch, takes longer than all the rest of the step.
    groups = rows.split(max(1, AT_ONCE // size) * size)
    pixels = torch.empty(len(groups[0]), PIXELS, dtype=torch.uint8)
    room = torch.empty(min(size, len(rows)), PIXELS)
    for group in groups:
        torch.index_select(data.train_x, 0, group, out=pixels[: len(group)])
        for first in range(0, len(group), size):
            xb = pixels[first : min(first + size, len(group))]
            yield room[: len(xb)].copy_(xb).mul_(1 / 255)


@torch.no_grad()
def step_params(params: Params, velocity: list[Tensor], hyper: Hyperparameters) -> list[Tensor]:
    """Move each parameter against its gradient, in place, and return the new velocities."""
    direction = 1 if hyper.uphill else -1  # the gradient points uphill
    if hyper.momentum and velocity:
        velocity = [hyper.momentum * v + p.grad for v, p in zip(velocity, params, strict=True)]
    elif hyper.momentum:
        velocity = [p.grad.clone() for p in params]
    for p, v in zip(params, velocity if hyper.momentum else [p.grad for p in params], strict=True):
        p.add_(v, alpha=direction * hyper.lr)
    return velocity if hyper.momentum else []


@torch.no_grad()
def evaluate(params: Params, x: Tensor, y: Tensor, loss: str) -> tuple[float, float]:
    """Return mean loss and accuracy. x: (n, 784) float32 in [0, 1]; y: (n,) int64; loss: one of LOSSES."""
    logits = predict(x, params)
    return LOSSES[loss](logits, y).item(), is_right(logits, y).float().mean().item()


def count_right(logits: list[Tensor], targets: Tensor) -> int:
    """Count right answers: logits of some batches, each (B, outputs), and (all of B,) int64 targets."""
    return int(is_right(torch.cat(logits), targets).sum()) if logits else 0


def train_steps(
    state: TrainState, data: TrainingData, config: Config, hyper: Hyperparameters, most: int, seconds: float = math.inf
) -> tuple[TrainState, Progress]:
    """Take steps of gradient descent until there are `most`, `seconds` are over, or the run stops.

    A step is a batch: predict, loss, gradient by autograd, parameters moved against it. The same seed and
    hyperparameters give the same history, however the steps are divided into calls. `state` and `data` stay as
    they are.
    Returns the new state and what these steps add to the history.
    """
    progress = Progress()
    if state.stopped or most < 1:
        return state, progress
    end = time.perf_counter() + seconds
    loss_of = LOSSES[config.loss]
    rows = training_rows(config, data)
    order = epoch_order(config, rows, state.epoch)
    targets = data.train_y[order]
    images = batches(data, order[state.seen :], hyper.batch_size)
    if state.step == 0:
        progress.epochs.append(initial_evaluation(state, data, config, order))
    params = tuple(p.clone().requires_grad_() for p in state.params)
    for p, grad in zip(params, state.grads, strict=False):
        p.grad = grad.clone()
    velocity = list(state.velocity)
    step, epoch, seen, right, loss_sum = state.step, state.epoch, state.seen, state.right, state.loss_sum
    first_loss, stopped, best = state.first_loss, "", (state.best, state.best_loss, state.best_epoch)
    given: list[Tensor] = []  # logits whose answers are not counted yet; counting once is quicker than at every step
    counted = seen

    for _ in range(most):
        xb = next(images)
        yb = targets[seen : seen + len(xb)]
        logits = predict(xb, params)
        loss = loss_of(logits, yb)
        if hyper.zero_grad:
            for p in params:
                p.grad = None
        loss.backward()  # autograd adds the gradient to p.grad
        velocity = step_params(params, velocity, hyper)

        value = loss.item()
        first_loss = value if first_loss is None else first_loss
        step, seen = step + 1, seen + len(yb)
        loss_sum += value * len(yb)
        given.append(logits.detach())
        progress.losses.append(value)
        progress.positions.append(epoch + seen / len(rows))
        # Also where it is not a number. Of weights that are loaded, the first loss may be next to nothing.
        if not value <= DIVERGENCE_FACTOR * max(first_loss, 1):
            stopped = DIVERGED
            break
        if seen >= len(rows):
            epoch += 1
            right += count_right(given, targets[counted:])
            valid_loss, valid_accuracy = evaluate(params, data.valid_x, data.valid_y, config.loss)
            progress.epochs.append(
                Epoch(epoch, step, loss_sum / len(rows), right / len(rows), valid_loss, valid_accuracy)
            )
            seen, loss_sum, right, given, counted = 0, 0.0, 0, [], 0
            if valid_loss < best[1]:
                best = (tuple(p.detach().clone() for p in params), valid_loss, epoch)
            stopped = reason_to_stop(hyper, epoch, best[2])
            if stopped:
                break
            order = epoch_order(config, rows, epoch)
            images, targets = batches(data, order, hyper.batch_size), data.train_y[order]
        if time.perf_counter() >= end:
            break

    grads = () if hyper.zero_grad else tuple(p.grad for p in params)
    right += count_right(given, targets[counted:seen])
    if stopped == OVERFITTING:
        params = best[0] or params  # there is no best where validation loss has never been a number
    after = replace(
        state,
        params=tuple(p.detach() for p in params),
        velocity=tuple(velocity),
        grads=grads,
        step=step,
        epoch=epoch,
        seen=seen,
        loss_sum=loss_sum,
        right=right,
        first_loss=first_loss,
        best=best[0],
        best_loss=best[1],
        best_epoch=best[2],
        stopped=stopped,
    )
    return after, progress


def initial_evaluation(state: TrainState, data: TrainingData, config: Config, order: Tensor) -> Epoch:
    """Evaluate a run that has taken no step, as epoch 0: on some of the training images, and on all for validation."""
    glance = order[:GLANCE] if config.order != "sorted" else order
    seen_x = data.train_x[glance] / 255
    return Epoch(
        0,
        0,
        *evaluate(state.params, seen_x, data.train_y[glance], config.loss),
        *evaluate(state.params, data.valid_x, data.valid_y, config.loss),
    )


def reason_to_stop(hyper: Hyperparameters, epoch: int, best_epoch: int) -> str:
    """Say why a run should end after this many epochs; empty if it should not."""
    if hyper.patience is not None and epoch - best_epoch >= hyper.patience:
        return OVERFITTING
    if hyper.max_epochs is not None and epoch >= hyper.max_epochs:
        return ENOUGH
    return ""


def score(params: Params, data: TrainingData, loss: str) -> float:
    """Return the accuracy of a model on the validation images of a dataset. loss: one of LOSSES."""
    return evaluate(params, data.valid_x, data.valid_y, loss)[1]

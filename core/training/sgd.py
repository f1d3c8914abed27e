"""Stochastic gradient descent (SGD): a model learns from one batch of images after the other.

Three functions, each on top of the one before: `sgd_step` learns from a batch, `train_epoch` from every batch once,
and `train_steps` goes on with a run from wherever it is now.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, init_params, predict
from core.training.bookkeeping import (
    BatchCursor,
    Part,
    Tally,
    Waiting,
    go_on,
    images_at_once,
    set_gradients,
)
from core.training.data import TrainingData
from core.training.evaluation import initial_evaluation, is_silent, norm_of, reason_to_stop
from core.training.optimisers import Optimiser
from core.training.run import (
    DIVERGED,
    ENOUGH,
    NO_MEMORY,
    OVERFITTING,
    Config,
    Epoch,
    Hyperparameters,
    PartialStep,
    Progress,
    TrainState,
)


def sgd_step(
    xb: Tensor, yb: Tensor, params: Params, loss_function: Callable, optimiser: Optimiser
) -> tuple[Tensor, Tensor]:
    """Learn from one batch.

    xb: (B, 784) float32 in [0, 1], the images; yb: (B,) int64, the class of each; params: leaves that need a gradient.
    Returns the loss, a scalar, and the logits, (B, outputs) float32, both from before the step.
    """
    logits = predict(xb, params)  # what does the model say?
    loss = loss_function(logits, yb)  # how wrong is that?
    loss.backward()  # which way does the loss rise? autograd writes the gradient into p.grad
    optimiser.step()  # move every parameter a little the other way
    optimiser.zero_grad()  # forget the gradient, or the next one would be added to it
    return loss.detach(), logits.detach()


def train_epoch(
    parts: Iterable[Part], params: Params, loss_function: Callable, optimiser: Optimiser, step: Callable = sgd_step
) -> Iterator[tuple[Part, Tensor, Tensor]]:
    """Take a step for each batch. Yields the batch, its loss and its logits, so that the caller can stop anywhere.

    A batch that is too large to be taken at once comes in parts: their gradients add up, and the last part moves the
    parameters.
    """
    for part in parts:
        mover = optimiser if part.is_last else Waiting()
        yield part, *step(part.xb, part.yb, params, part.weigh(loss_function), mover)


def start(config: Config) -> TrainState:
    """Initialise a run: random weights, biases of 0, no step taken."""
    return TrainState(init_params(config.outputs, config.hidden, config.seed))


def resume(state: TrainState) -> TrainState:
    """Let a run go on that a rule has stopped; any other stays as it is.

    One that overfitted is at its best parameters again: what was remembered of the gradients came after them.
    """
    if state.stopped == OVERFITTING:
        return replace(state, stopped="", memory=NO_MEMORY, grads=())
    return replace(state, stopped="") if state.stopped == ENOUGH else state


def train_steps(
    state: TrainState, data: TrainingData, config: Config, hyper: Hyperparameters, most: int, seconds: float = math.inf
) -> tuple[TrainState, Progress]:
    """Go on with a run until `most` steps are taken, `seconds` are over, or the run stops.

    The same seed and hyperparameters give the same history, however the steps are divided into calls.
    Returns the new state and what these steps add to the history; `state` and `data` are not changed.
    """
    run = _ResumedRun(state, data, config, hyper)
    go_on(run, lambda: not run.stopped and (len(run.progress.losses) < most or (run.step and run.validation)), seconds)
    return run.state(), run.progress


class _ResumedRun:
    """A run during one call of `train_steps`: parameters that may be changed in place, and its bookkeeping."""

    def __init__(self, state: TrainState, data: TrainingData, config: Config, hyper: Hyperparameters):
        self.before, self.data, self.config, self.hyper = state, data, config, hyper
        self.params = tuple(p.clone().requires_grad_() for p in state.params)
        self.cursor = BatchCursor(data, config, hyper.batch_size, images_at_once(self.params), state.epoch, state.seen)
        self.grads = () if hyper.zero_grad else state.grads  # from before the next step
        partial = state.partial if state.partial and state.partial.fits(hyper) else None
        self.optimiser = Optimiser(self.params, hyper, state.memory)
        set_gradients(self.params, partial.grads if partial else self.grads)
        self.epoch_tally = Tally(state.seen, state.loss_sum, state.right)
        self.batch_tally = Tally(*partial.sums) if partial else Tally()
        self.cursor.seen_of_batch = self.batch_tally.images
        self.validation = Tally(*state.validation) if state.validation else None
        self.peak, self.stopped = state.peak, state.stopped
        self.best, self.best_loss, self.best_epoch = state.best, state.best_loss, state.best_epoch
        self.progress = Progress()
        self.begin_epoch()

    @property
    def step(self) -> int:
        """The number of steps taken since the run was initialised."""
        return self.before.step + len(self.progress.losses)

    def begin_epoch(self) -> None:
        """Prepare the steps for what is left of the epoch; none is taken yet."""
        loss_function = LOSSES[self.config.loss]
        self.parts = train_epoch(self.cursor.rest_of_epoch(), self.params, loss_function, self.optimiser)

    def take_part(self) -> None:
        """Take one step, or one part of it if the batch is too large to be taken at once."""
        part, loss, logits = next(self.parts)
        self.batch_tally.add(loss.item() / part.share, logits, part.yb)
        if part.is_last:
            self.end_step()

    def end_step(self) -> None:
        """Add the step to the history; after the last one of an epoch, the model is evaluated."""
        loss = self.batch_tally.loss
        self.epoch_tally.merge(self.batch_tally)
        self.batch_tally = Tally()
        if not self.hyper.zero_grad:
            self.grads = tuple(p.grad.clone() for p in self.params)
        self.progress.losses.append(loss)
        self.progress.positions.append(self.cursor.position)
        self.peak = max(self.peak, loss)
        if not math.isfinite(loss):  # only then is a run lost: one that was thrown far can come back
            self.stopped = DIVERGED
        elif self.cursor.epoch_is_over:
            self.validation = Tally()

    @torch.no_grad()
    def evaluate_part(self) -> None:
        """Evaluate the model on some of the validation images; the last of them end the epoch."""
        x, y = self.cursor.some_valid(self.validation.images)
        logits = predict(x, self.params)
        self.validation.add(LOSSES[self.config.loss](logits, y).item(), logits, y)
        self.validation.silent += int(is_silent(logits, self.params).sum())
        if self.validation.images == len(self.data.valid_y):
            validated = self.validation.loss, self.validation.accuracy
            self.end_epoch(*validated, self.validation.silent / self.validation.images, norm_of(self.params).item())
            self.validation = None

    def end_epoch(self, loss: float, *validated: float) -> None:
        """Add the result to the history, and go to the next epoch. The start is epoch 0, and may be the best."""
        if self.step == 0:
            epoch, trained = 0, initial_evaluation(self.params, self.data, self.config)
        else:
            epoch, trained = self.cursor.epoch + 1, (self.epoch_tally.loss, self.epoch_tally.accuracy)
        self.progress.epochs.append(Epoch(epoch, self.step, *trained, loss, *validated))
        if loss < self.best_loss:
            self.best, self.best_loss, self.best_epoch = tuple(p.detach().clone() for p in self.params), loss, epoch
        if epoch == 0:
            return
        self.stopped = reason_to_stop(self.hyper, epoch, self.best_epoch)
        self.cursor.next_epoch()
        self.epoch_tally = Tally()
        self.begin_epoch()

    def state(self) -> TrainState:
        """Return where the run is now. One that overfits goes back to its best parameters, if it ever had any."""
        params = self.best if self.stopped == OVERFITTING and self.best else self.params
        partial = None
        if self.batch_tally.images:
            grads = tuple(p.grad for p in self.params)
            partial = PartialStep(self.hyper.batch_size, self.hyper.zero_grad, self.batch_tally.sums, grads)
        return TrainState(
            params=tuple(p.detach() for p in params),
            memory=self.optimiser.memory,
            grads=self.grads,
            step=self.step,
            epoch=self.cursor.epoch,
            seen=self.cursor.seen,
            loss_sum=self.epoch_tally.loss_sum,
            right=self.epoch_tally.right,
            peak=self.peak,
            best=self.best,
            best_loss=self.best_loss,
            best_epoch=self.best_epoch,
            stopped=self.stopped,
            partial=partial,
            validation=self.validation.sums if self.validation else None,
        )

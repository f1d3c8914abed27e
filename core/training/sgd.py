"""Stochastic gradient descent (SGD): a model learns from one batch of images after the other.

Three functions, each on top of the one before: `sgd_step` learns from a batch, `train_epoch` from every batch once,
and `train_steps` goes on with a run from wherever it is now.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, init_params, is_right, predict
from core.training.bookkeeping import BatchCursor, Tally
from core.training.data import TrainingData, epoch_order, training_rows
from core.training.run import DIVERGED, ENOUGH, OVERFITTING, Config, Epoch, Hyperparameters, Progress, TrainState

DIVERGENCE_FACTOR = 100  # a loss that has grown by this factor since the first step has diverged
INITIAL_IMAGES = 2_000  # training images, at most, that the initial evaluation looks at


def sgd_step(
    xb: Tensor, yb: Tensor, params: Params, loss_function: Callable, optimiser: "SGD"
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


class SGD:
    """Moves parameters against their gradients, as torch.optim.SGD does."""

    def __init__(self, params: Params, hyper: Hyperparameters, velocity: Params = (), grads: Params = ()):
        """velocity, grads: what earlier steps have left, none before the first."""
        self.params, self.hyper, self.velocity = params, hyper, velocity
        if not hyper.zero_grad:
            for p, grad in zip(params, grads, strict=False):
                p.grad = grad.clone()

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter by the learning rate times its gradient, or its velocity if there is momentum."""
        gradients, momentum = [p.grad for p in self.params], self.hyper.momentum
        if not momentum:
            self.velocity = ()
        elif self.velocity:
            self.velocity = tuple(momentum * v + gradient for v, gradient in zip(self.velocity, gradients, strict=True))
        else:
            self.velocity = tuple(gradient.clone() for gradient in gradients)
        for p, direction in zip(self.params, self.velocity or gradients, strict=True):  # the direction points uphill
            p.add_(direction, alpha=self.hyper.lr if self.hyper.uphill else -self.hyper.lr)

    def zero_grad(self) -> None:
        """Forget the gradients, unless that mistake is made on purpose."""
        if self.hyper.zero_grad:
            for p in self.params:
                p.grad = None


def train_epoch(
    batches: Iterable[tuple[Tensor, Tensor]],
    params: Params,
    loss_function: Callable,
    optimiser: SGD,
    step: Callable = sgd_step,
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Take a step for each batch. Yields its loss, its logits and its targets, so that the caller can stop anywhere."""
    for xb, yb in batches:
        loss, logits = step(xb, yb, params, loss_function, optimiser)
        yield loss, logits, yb


def start(config: Config) -> TrainState:
    """Initialise a run: random weights, biases of 0, no step taken."""
    return TrainState(init_params(config.outputs, config.hidden, config.seed))


def train_steps(
    state: TrainState, data: TrainingData, config: Config, hyper: Hyperparameters, most: int, seconds: float = math.inf
) -> tuple[TrainState, Progress]:
    """Go on with a run until `most` steps are taken, `seconds` are over, or the run stops.

    The same seed and hyperparameters give the same history, however the steps are divided into calls.
    Returns the new state and what these steps add to the history; `state` and `data` are not changed.
    """
    if state.stopped or most < 1:
        return state, Progress()
    deadline = time.perf_counter() + seconds
    run = _ResumedRun(state, data, config, hyper)
    while len(run.progress.losses) < most and not run.stopped:
        run.take_step()
        if time.perf_counter() >= deadline:
            break
    return run.state(), run.progress


class _ResumedRun:
    """A run during one call of `train_steps`: parameters that may be changed in place, and its bookkeeping."""

    def __init__(self, state: TrainState, data: TrainingData, config: Config, hyper: Hyperparameters):
        self.before, self.data, self.config, self.hyper = state, data, config, hyper
        self.params = tuple(p.clone().requires_grad_() for p in state.params)
        self.optimiser = SGD(self.params, hyper, state.velocity, state.grads)
        self.cursor = BatchCursor(data, config, hyper.batch_size, state.epoch, state.seen)
        self.tally = Tally(state.loss_sum, state.right)
        self.first_loss, self.stopped = state.first_loss, state.stopped
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
        self.steps = train_epoch(self.cursor.rest_of_epoch(), self.params, loss_function, self.optimiser)

    def take_step(self) -> None:
        """Take one step, and evaluate the model if that ends an epoch."""
        if self.step == 0:
            self.progress.epochs.append(initial_evaluation(self.before.params, self.data, self.config))
        loss, logits, targets = next(self.steps)
        value = loss.item()
        self.tally.add(value, logits, targets)
        self.progress.losses.append(value)
        self.progress.positions.append(self.cursor.position)
        self.first_loss = value if self.first_loss is None else self.first_loss
        if has_diverged(value, self.first_loss):
            self.stopped = DIVERGED
        elif self.cursor.epoch_is_over:
            self.end_epoch()

    def end_epoch(self) -> None:
        """Evaluate the model on the validation images, and go to the next epoch."""
        images, epoch = self.cursor.images, self.cursor.epoch + 1
        loss, accuracy = evaluate(self.params, self.data.valid_x, self.data.valid_y, self.config.loss)
        trained = self.tally.loss_sum / images, int(self.tally.right) / images
        self.progress.epochs.append(Epoch(epoch, self.step, *trained, loss, accuracy))
        if loss < self.best_loss:
            self.best, self.best_loss, self.best_epoch = tuple(p.detach().clone() for p in self.params), loss, epoch
        self.stopped = reason_to_stop(self.hyper, epoch, self.best_epoch)
        self.cursor.next_epoch()
        self.tally = Tally(0.0, 0)
        self.begin_epoch()

    def state(self) -> TrainState:
        """Return where the run is now. One that overfits goes back to its best parameters, if it ever had any."""
        params = self.best if self.stopped == OVERFITTING and self.best else self.params
        return TrainState(
            params=tuple(p.detach() for p in params),
            velocity=self.optimiser.velocity,
            grads=() if self.hyper.zero_grad else tuple(p.grad for p in self.params if p.grad is not None),
            step=self.step,
            epoch=self.cursor.epoch,
            seen=self.cursor.seen,
            loss_sum=self.tally.loss_sum,
            right=int(self.tally.right),
            first_loss=self.first_loss,
            best=self.best,
            best_loss=self.best_loss,
            best_epoch=self.best_epoch,
            stopped=self.stopped,
        )


@torch.no_grad()
def evaluate(params: Params, x: Tensor, y: Tensor, loss: str) -> tuple[float, float]:
    """Return mean loss and accuracy. x: (n, 784) float32 in [0, 1]; y: (n,) int64; loss: one of LOSSES."""
    logits = predict(x, params)
    return LOSSES[loss](logits, y).item(), is_right(logits, y).float().mean().item()


def score(params: Params, data: TrainingData, loss: str) -> float:
    """Return the accuracy of a model on the validation images of a dataset. loss: one of LOSSES."""
    return evaluate(params, data.valid_x, data.valid_y, loss)[1]


def initial_evaluation(params: Params, data: TrainingData, config: Config) -> Epoch:
    """Evaluate a model that has taken no step, as epoch 0: on some training images and on all validation images."""
    order = epoch_order(config, training_rows(config, data), 0)
    rows = order if config.order == "sorted" else order[:INITIAL_IMAGES]
    trained = evaluate(params, data.train_x[rows] / 255, data.train_y[rows], config.loss)
    return Epoch(0, 0, *trained, *evaluate(params, data.valid_x, data.valid_y, config.loss))


def has_diverged(loss: float, first_loss: float) -> bool:
    """Say whether a loss has grown too much, or is NaN. Loaded weights may begin near 0, where growth says nothing."""
    return not loss <= DIVERGENCE_FACTOR * max(first_loss, 1)


def reason_to_stop(hyper: Hyperparameters, epoch: int, best_epoch: int) -> str:
    """Say why a run should end after this many epochs; empty if it should not."""
    if hyper.patience is not None and epoch - best_epoch >= hyper.patience:
        return OVERFITTING
    if hyper.max_epochs is not None and epoch >= hyper.max_epochs:
        return ENOUGH
    return ""

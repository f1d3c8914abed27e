"""A training run as values: what it is, what may change on the way, where it is now, and what it has gone through.

Values can be pickled, sent to another process and back, so a run can be paused and resumed anywhere.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from core.model import Params

DIVERGED, ENOUGH, OVERFITTING = "diverged", "enough epochs", "overfitting"  # why a run has stopped


@dataclass(frozen=True)
class Config:
    """What defines a run. With any other value it is another run."""

    digits: tuple[int, ...] = (3, 7)
    hidden: int = 0  # units of the hidden layer; 0 is the linear model
    loss: str = "mnist_loss"  # one of LOSSES; two classes have one logit, more need cross-entropy
    train_size: int | None = None  # training images, chosen by the seed; None means all
    order: str = "shuffled"  # before every epoch; "fixed": shuffled once; "sorted": by label, which is a mistake
    seed: int = 37  # of the first weights, the choice of images and their order

    @property
    def outputs(self) -> int:
        """The number of logits that the model gives for an image."""
        return 1 if len(self.digits) == 2 else len(self.digits)


@dataclass(frozen=True)
class Hyperparameters:
    """What may be changed while a run goes on, without losing what it has learned."""

    lr: float = 1.0  # the learning rate; with this one, mnist_loss tells 97 % of 3 and 7 apart within a few epochs
    batch_size: int = 256
    momentum: float = 0.0
    zero_grad: bool = True  # False is a mistake: each gradient is added to all earlier ones
    uphill: bool = False  # True is a mistake: parameters move along the gradient, not against it
    max_epochs: int | None = None  # stop after this many
    patience: int | None = None  # stop when validation loss has not fallen for this many epochs


@dataclass(frozen=True)
class TrainState:
    """Where a run is now: everything that the next step depends on."""

    params: Params
    velocity: Params = ()  # the running sum of gradients that momentum keeps
    grads: Params = ()  # what is left of earlier gradients when they are not set to zero
    step: int = 0  # steps taken
    epoch: int = 0  # epochs completed
    seen: int = 0  # images of the current epoch that have been used
    loss_sum: float = 0.0  # over these images
    right: int = 0  # right answers on these images, each given before its step
    first_loss: float | None = None  # of the first batch
    best: Params = ()  # the parameters with the lowest validation loss so far
    best_loss: float = math.inf
    best_epoch: int = 0
    stopped: str = ""  # why the run has ended; empty while it can go on


class Epoch(NamedTuple):
    """The result of an epoch: mean loss and share of right answers, on training and on validation images."""

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    valid_loss: float
    valid_accuracy: float


@dataclass
class Progress:
    """What some steps add to the history of a run.

    losses: of each step's batch, before the step; positions: where each step ended, in epochs since the start.
    """

    losses: list[float] = field(default_factory=list)
    positions: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)

"""A training run as values: what it is, what may change on the way, where it is now, and what it has gone through.

Values can be pickled, sent to another process and back, so a run can be paused and resumed anywhere.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

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
    optimiser: str = "SGD"  # one of OPTIMISERS; momentum is that of SGD, Adam has its own
    weight_decay: float = 0.0  # how strongly each parameter is pulled towards 0


class Memory(NamedTuple):
    """What an optimiser remembers of earlier gradients, one tensor a parameter; empty where it has no use for it.

    velocity: their running sum, for momentum; means, squares: the running means of gradients and of their squares over
    so many steps, for Adam.
    """

    velocity: Params = ()
    means: Params = ()
    squares: Params = ()
    steps: int = 0


NO_MEMORY = Memory()


class Sums(NamedTuple):
    """Sums over some images, of one run or of R runs at once: of the losses, and of right answers.

    loss_sum: a float, or (R,) float64; right, silent: an int, or (R,) int64; silent: images as `is_silent` finds them.
    """

    images: int = 0
    loss_sum: float | Tensor = 0.0
    right: int | Tensor = 0
    silent: int | Tensor = 0


NO_IMAGES = Sums()


@dataclass(frozen=True)
class PartialStep:
    """A step that is under way, on a batch so large that it is taken in parts.

    batch_size, zero_grad: of the hyperparameters; sums: over the parts so far; grads: of the parameters, so far.
    """

    batch_size: int
    zero_grad: bool
    sums: Sums
    grads: Params

    def fits(self, hyper: Hyperparameters) -> bool:
        """Say whether the step can go on with these hyperparameters; if not, it begins again."""
        return (self.batch_size, self.zero_grad) == (hyper.batch_size, hyper.zero_grad)


@dataclass(frozen=True)
class TrainState:
    """Where a run is now: everything that the next step depends on."""

    params: Params
    memory: Memory = NO_MEMORY  # of the optimiser
    grads: Params = ()  # what is left of earlier gradients when they are not set to zero
    step: int = 0  # steps taken
    epoch: int = 0  # epochs completed
    seen: int = 0  # images of the current epoch that have been used
    loss_sum: float = 0.0  # over these images
    right: int = 0  # right answers on these images, each given before its step
    peak: float = 0.0  # the highest loss of a batch so far
    best: Params = ()  # the parameters with the lowest validation loss so far: those of the start count, too
    best_loss: float = math.inf
    best_epoch: int = 0
    stopped: str = ""  # why the run has ended; empty while it can go on
    partial: PartialStep | None = None  # the next step, if it has begun
    validation: Sums | None = NO_IMAGES  # what comes before the next step: at the start, and after each epoch


class Epoch(NamedTuple):
    """The result of an epoch: mean loss and share of right answers, on training and on validation images.

    silent: the share of validation images for which no hidden unit is active; norm: of all parameters, by L2.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    valid_loss: float
    valid_accuracy: float
    silent: float = 0.0
    norm: float = 0.0


@dataclass
class Progress:
    """What some steps add to the history of a run.

    losses: of each step's batch, before the step; positions: where each step ended, in epochs since the start.
    """

    losses: list[float] = field(default_factory=list)
    positions: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)

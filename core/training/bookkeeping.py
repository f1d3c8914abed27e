"""What training keeps account of: the place in the sequence of batches, and sums of losses and of right answers."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from core.model import Params, count_params, is_right
from core.training.data import TrainingData, batches, epoch_order, training_rows
from core.training.run import Config, Sums

COUNTED_AT_ONCE = 4_096  # images, at least
WORK_AT_ONCE = 5 * 10**8  # parameters times images: a twentieth of a second of one core
IMAGES_AT_ONCE = 8_192  # 26 MB of float32


def images_at_once(params: Params) -> int:
    """Return how many images to show a model at once, so that this takes neither long nor much memory."""
    return max(1, min(IMAGES_AT_ONCE, WORK_AT_ONCE // count_params(params)))


class Part(NamedTuple):
    """A batch, or a part of one that is too large to be taken at once.

    xb: (B, 784) float32 in [0, 1]; yb: (B,) int64; share: of the images of the batch, in (0, 1].
    """

    xb: Tensor
    yb: Tensor
    share: float = 1.0
    is_last: bool = True

    def weigh(self, loss_function: Callable) -> Callable:
        """Return a loss function whose values for the parts of a batch add up to the mean loss of the batch."""
        return loss_function if self.share == 1 else lambda logits, yb: self.share * loss_function(logits, yb)


class BatchCursor:
    """A place in the sequence of all batches, epoch after epoch, from which training can go on.

    epoch: how many are completed; seen: images of the current epoch whose batch is complete; seen_of_batch: images of
    the batch that is under way.
    """

    def __init__(
        self, data: TrainingData, config: Config, batch_size: int, at_once: int, epoch: int = 0, seen: int = 0
    ):
        """at_once: images in a part of a batch."""
        self.data, self.config, self.batch_size, self.at_once = data, config, batch_size, at_once
        self.rows = training_rows(config, data)
        self.images = len(self.rows)  # in an epoch
        self.epoch, self.seen, self.seen_of_batch = epoch, seen, 0

    @property
    def position(self) -> float:
        """The place as a number of epochs."""
        return self.epoch + self.seen / self.images

    @property
    def epoch_is_over(self) -> bool:
        """Whether every image of the current epoch has been used."""
        return self.seen >= self.images

    def rest_of_epoch(self) -> Iterator[Part]:
        """Yield what is left of the current epoch, batch by batch. Use each before you ask for the next."""
        order = epoch_order(self.config, self.rows, self.epoch)[self.seen :]
        if self.batch_size <= self.at_once:
            for xb, yb in batches(self.data, order, self.batch_size):
                self.seen += len(yb)
                yield Part(xb, yb)
            return
        for batch in order.split(self.batch_size):
            for xb, yb in batches(self.data, batch[self.seen_of_batch :], self.at_once):
                self.seen_of_batch += len(yb)
                is_last = self.seen_of_batch == len(batch)
                if is_last:
                    self.seen, self.seen_of_batch = self.seen + len(batch), 0
                yield Part(xb, yb, len(yb) / len(batch), is_last)

    def some_valid(self, first: int) -> tuple[Tensor, Tensor]:
        """Return some of the validation images and their classes, from the first one that is asked for."""
        rows = slice(first, first + self.at_once)
        return self.data.valid_x[rows], self.data.valid_y[rows]

    def next_epoch(self) -> None:
        """Go to the beginning of the next epoch."""
        self.epoch, self.seen = self.epoch + 1, 0


class Waiting:
    """Takes the place of an optimiser while the gradients of the parts of a batch add up."""

    def step(self) -> None:
        """Move nothing yet."""

    def zero_grad(self) -> None:
        """Forget nothing yet."""


def set_gradients(params: Params, grads: Params) -> None:
    """Give parameters the gradients that earlier parts or steps have left; none if `grads` is empty."""
    for p, grad in zip(params, grads, strict=bool(grads)):
        p.grad = grad.clone()


class Tally:
    """Sums over some images, of one run or of R runs at once: of their losses, and of the right answers to them."""

    def __init__(
        self,
        images: int = 0,
        loss_sum: float | Tensor = 0.0,
        right: int | Tensor = 0,
        silent: int | Tensor = 0,
    ):
        """Go on from these sums. Of R runs: (R,) float64 and (R,) int64."""
        self.images, self.loss_sum, self._right, self.silent = images, loss_sum, right, silent
        self._uncounted: list[tuple[Tensor, Tensor]] = []  # logits and targets: many are counted faster than one
        self._uncounted_images = 0

    def add(self, loss: float | Tensor, logits: Tensor, targets: Tensor) -> None:
        """Add some images: their mean loss, their logits and targets, as `is_right` takes them."""
        count = len(targets)
        self.loss_sum = self.loss_sum + loss * count
        self.images += count
        self._uncounted.append((logits, targets))
        self._uncounted_images += count
        if self._uncounted_images >= COUNTED_AT_ONCE:
            self._count()

    def merge(self, other: "Tally") -> None:
        """Add the images of another tally."""
        self.loss_sum, self.images = self.loss_sum + other.loss_sum, self.images + other.images
        self._right = self._right + other._right
        self._uncounted += other._uncounted
        self._uncounted_images += other._uncounted_images
        if self._uncounted_images >= COUNTED_AT_ONCE:
            self._count()

    @property
    def sums(self) -> Sums:
        """The sums as a value."""
        return Sums(self.images, self.loss_sum, self.right, self.silent)

    @property
    def loss(self) -> float | Tensor:
        """The mean loss."""
        return self.loss_sum / self.images

    @property
    def right(self) -> int | Tensor:
        """The number of right answers so far."""
        if self._uncounted:
            self._count()
        return self._right

    @property
    def accuracy(self) -> float | Tensor:
        """The share of right answers."""
        return self.right / self.images

    def _count(self) -> None:
        logits, targets = map(torch.cat, zip(*self._uncounted, strict=True))
        right = is_right(logits, targets).sum(0, dtype=torch.int32)  # faster than int64
        self._right = self._right + (right if right.ndim else right.item())
        self._uncounted, self._uncounted_images = [], 0


def go_on(run, wanted: Callable[[], bool], seconds: float) -> None:
    """Go on with a run or a sweep, part by part, while this is wanted and `seconds` are not over."""
    deadline = time.perf_counter() + seconds
    while wanted():
        if run.validation:
            run.evaluate_part()
        else:
            run.take_part()
        # An evaluation in a single part belongs to the step before it, and the one at the start to the first step.
        between = run.validation.images == 0 if run.validation else run.step == run.batch_tally.images == 0
        if not between and time.perf_counter() >= deadline:
            break

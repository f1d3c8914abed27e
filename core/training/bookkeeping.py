"""What training keeps account of: the place in the sequence of batches, and the sums of the current epoch."""

from collections.abc import Iterator

import torch
from torch import Tensor

from core.model import is_right
from core.training.data import TrainingData, batches, epoch_order, training_rows
from core.training.run import Config

COUNTED_AT_ONCE = 4_096  # images, at least


class BatchCursor:
    """A place in the sequence of all batches, epoch after epoch, from which training can go on.

    epoch: how many are completed; seen: images of the current epoch whose batch has been fetched.
    """

    def __init__(self, data: TrainingData, config: Config, batch_size: int, epoch: int = 0, seen: int = 0):
        self.data, self.config, self.batch_size = data, config, batch_size
        self.rows = training_rows(config, data)
        self.epoch, self.seen = epoch, seen

    @property
    def images(self) -> int:
        """The number of images in an epoch."""
        return len(self.rows)

    @property
    def position(self) -> float:
        """The place as a number of epochs."""
        return self.epoch + self.seen / self.images

    @property
    def epoch_is_over(self) -> bool:
        """Whether every image of the current epoch has been fetched."""
        return self.seen >= self.images

    def rest_of_epoch(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches that are left of the current epoch, as `batches` does."""
        order = epoch_order(self.config, self.rows, self.epoch)
        for xb, yb in batches(self.data, order[self.seen :], self.batch_size):
            self.seen += len(yb)
            yield xb, yb

    def next_epoch(self) -> None:
        """Go to the beginning of the next epoch."""
        self.epoch, self.seen = self.epoch + 1, 0


class Tally:
    """The sum of the losses and the number of right answers over some batches, of one run or of R runs at once."""

    def __init__(self, loss_sum: float | Tensor, right: int | Tensor):
        """Go on from these sums. Of R runs: (R,) float64 and (R,) int64."""
        self.loss_sum, self._right = loss_sum, right
        self._uncounted: list[tuple[Tensor, Tensor]] = []  # logits and targets: many are counted faster than one
        self._images = 0

    def add(self, loss: float | Tensor, logits: Tensor, targets: Tensor) -> None:
        """Add a batch: its mean loss, its logits and targets, as `is_right` takes them."""
        self.loss_sum = self.loss_sum + loss * len(targets)
        self._uncounted.append((logits, targets))
        self._images += len(targets)
        if self._images >= COUNTED_AT_ONCE:
            self._count()

    @property
    def right(self) -> int | Tensor:
        """The number of right answers so far."""
        if self._uncounted:
            self._count()
        return self._right

    def _count(self) -> None:
        logits, targets = map(torch.cat, zip(*self._uncounted, strict=True))
        self._right = self._right + is_right(logits, targets).sum(0, dtype=torch.int32)  # faster than int64
        self._uncounted, self._images = [], 0

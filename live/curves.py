"""The history of a training run, and curves of bounded size through ever more steps.

`Curve` shows every spike of one run, `MeanCurve` the means of many runs at once.
"""

from array import array

import torch
from torch import Tensor

from core.training.run import Epoch, Progress

CURVE_BUCKETS = 80  # with two points in each: about one for every four pixels of a chart on a laptop
MEAN_POINTS = 60  # at most; even, so that two can always become one


class Curve:
    """A line through ever more points, drawn with a bounded number of them.

    Points are gathered in buckets of equal count, of which the lowest and the highest value are kept, so no spike
    is lost. When the buckets run out, each two become one: adding a point costs the same however many there are.
    """

    def __init__(self, buckets: int = CURVE_BUCKETS):
        """buckets: how many there are at most; an even number."""
        self._limit = buckets
        self._width = 1  # points in a full bucket
        self._filled = 0  # points in the last bucket
        self._buckets: list[list[float]] = []  # of each: x and y of the lowest point, x and y of the highest

    def add(self, x: float, y: float) -> None:
        """Add a point to the right of all others."""
        if self._buckets and self._filled < self._width:
            last = self._buckets[-1]
            if y < last[1]:
                last[:2] = x, y
            if y > last[3]:
                last[2:] = x, y
            self._filled += 1
            return
        if len(self._buckets) == self._limit:
            pairs = zip(self._buckets[::2], self._buckets[1::2], strict=True)
            self._buckets = [[*min(a[:2], b[:2], key=_y), *max(a[2:], b[2:], key=_y)] for a, b in pairs]
            self._width *= 2
        self._buckets.append([x, y, x, y])
        self._filled = 1

    def points(self) -> list[tuple[float, float]]:
        """Return at most two points (x, y) a bucket, from left to right: the lowest and the highest of each."""
        points = []
        for low_x, low, high_x, high in self._buckets:
            points += [(low_x, low)] if low_x == high_x else sorted([(low_x, low), (high_x, high)])
        return points


def _y(point: list[float]) -> float:
    return point[1]


class MeanCurve:
    """The losses of R runs against their steps, with a bounded number of points: each is the mean of some steps.

    positions: (m,) float32, m at most MEAN_POINTS: where the last step of each point ended.
    """

    def __init__(self, runs: int):
        """runs: R, how many losses each step has."""
        self._width = 1  # steps in a point
        self._rest = torch.empty(0), torch.empty(0, runs)  # steps that are too few for a point
        self.positions = torch.empty(0)
        self._sums, self._counts = torch.empty(0, runs), torch.empty(0, runs)  # of the losses that are not NaN

    @property
    def losses(self) -> Tensor:
        """The mean loss at each point: (m, R) float32, over the steps before a run diverged; NaN after."""
        return self._sums / self._counts

    def extend(self, positions: Tensor, losses: Tensor) -> None:
        """Add n steps: (n,) and (n, R) float32."""
        self._rest = torch.cat([self._rest[0], positions]), torch.cat([self._rest[1], losses])
        while len(self.positions) + self._complete() > MEAN_POINTS:
            self._add(len(self.positions) % 2)
            self.positions = self.positions[1::2]
            self._sums, self._counts = (each.unflatten(0, (-1, 2)).sum(1) for each in (self._sums, self._counts))
            self._width *= 2
        self._add(self._complete())

    def _complete(self) -> int:
        return len(self._rest[0]) // self._width

    def _add(self, points: int) -> None:
        positions, losses = self._rest
        steps = points * self._width
        self.positions = torch.cat([self.positions, positions[self._width - 1 : steps : self._width]])
        added = losses[:steps].unflatten(0, (points, self._width))
        self._sums = torch.cat([self._sums, added.nansum(1)])
        self._counts = torch.cat([self._counts, (~added.isnan()).sum(1)])
        self._rest = positions[steps:], losses[steps:]


class History:
    """All steps and epochs of one run, compactly, with a curve through each of their columns.

    losses: float32 of each step's batch; positions: float32, where each step ended, in epochs; epochs: the columns of
    `Epoch` by name; step_curve: losses against positions; curves: those of CURVES against epochs.
    """

    CURVES = ("train_loss", "valid_loss", "train_accuracy", "valid_accuracy")

    def __init__(self):
        self.losses, self.positions = array("f"), array("f")
        self.epochs = {name: array("q" if name in ("epoch", "step") else "f") for name in Epoch._fields}
        self.step_curve = Curve()
        self.curves = {name: Curve() for name in self.CURVES}

    def extend(self, progress: Progress) -> None:
        """Add some steps."""
        self.losses.extend(progress.losses)
        self.positions.extend(progress.positions)
        for x, y in zip(progress.positions, progress.losses, strict=True):
            self.step_curve.add(x, y)
        for epoch in progress.epochs:
            for name, column in self.epochs.items():
                column.append(getattr(epoch, name))
            for name, curve in self.curves.items():
                curve.add(epoch.epoch, getattr(epoch, name))

    @property
    def nbytes(self) -> int:
        """How much memory its steps and epochs take."""
        columns = self.losses, self.positions, *self.epochs.values()
        return sum(column.itemsize * len(column) for column in columns)

    def last(self) -> Epoch | None:
        """Return the last whole epoch, None if there is none; epoch 0 is the evaluation before the first step."""
        return self.at_epoch(-1) if self.epochs["epoch"] else None

    def at_epoch(self, epoch: int) -> Epoch:
        """Return the results of an epoch that is over."""
        return Epoch(*(column[epoch] for column in self.epochs.values()))

    def best_accuracy(self) -> float:
        """Return the highest accuracy on validation images so far, in [0, 1]; 0 if there is none."""
        return max(self.epochs["valid_accuracy"], default=0.0)

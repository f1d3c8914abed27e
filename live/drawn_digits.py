"""Validation digits redrawn with a pen, in the background: how often each method knows a drawn digit of a dataset."""

from collections.abc import Callable
from concurrent.futures import Executor

import torch
from torch import Tensor

from core.classifiers.redraw import accuracy_on_drawn, drawn_class
from core.training.data import TrainingData
from live.data_source import DataSource


class DrawnDigits:
    """The redrawn validation digits of one dataset. They are redrawn once; until then, nothing is known."""

    def __init__(self, executor: Executor, source: DataSource | TrainingData, known: tuple[int, ...]):
        """Begin to redraw them. source: names the data for the executor; known: all digits of it, sorted."""
        self._known = known
        # One class in a call: learners' own calls come in between.
        self._drawn = [executor.submit(drawn_class, source, each) for each in range(len(known))]

    @property
    def waits(self) -> bool:
        """Whether they are still being redrawn."""
        return not all(one.done() for one in self._drawn)

    @property
    def ready(self) -> bool:
        """Whether they have been redrawn. They never are if the workers have failed."""
        return all(one.done() and not one.cancelled() and not one.exception() for one in self._drawn)

    def accuracy(self, method: Callable[[Tensor], Tensor], digits: tuple[int, ...]) -> tuple[int, int] | None:
        """Return how many of the redrawn digits in play a method knows, and how many there are; None until `ready`.

        method: turns (n, 784) float32 in [0, 1] into (n, K) float, a score for each digit in play, the highest for its
        answer.
        """
        if not self.ready:
            return None
        images = [one.result() for one in self._drawn]
        classes = [torch.full((len(one),), each) for each, one in enumerate(images)]
        return accuracy_on_drawn(method, (torch.cat(images), torch.cat(classes)), self._known, digits)

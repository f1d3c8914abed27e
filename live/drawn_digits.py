"""Validation digits redrawn with a pen, in the background: how often each method knows a drawn digit of a dataset."""

from collections.abc import Callable
from concurrent.futures import Executor

from torch import Tensor

from core.classifiers.redraw import accuracy_on_drawn, drawn_digits
from core.training.data import TrainingData
from live.data_source import DataSource


class DrawnDigits:
    """The redrawn validation digits of one dataset. They are redrawn once; until then, nothing is known."""

    def __init__(self, executor: Executor, source: DataSource | TrainingData, known: tuple[int, ...]):
        """Begin to redraw them. source: names the data for the executor; known: all digits of it, sorted."""
        self._known = known
        self._drawn = executor.submit(drawn_digits, source)

    @property
    def ready(self) -> bool:
        """Whether they have been redrawn. They never are if the workers have failed."""
        return self._drawn.done() and not self._drawn.cancelled() and not self._drawn.exception()

    def accuracy(self, method: Callable[[Tensor], Tensor], digits: tuple[int, ...]) -> tuple[int, int] | None:
        """Return how many of the redrawn digits in play a method knows, and how many there are; None until `ready`.

        method: turns (n, 784) float32 in [0, 1] into (n, K) float, a score for each digit in play, the highest for its
        answer.
        """
        if not self.ready:
            return None
        return accuracy_on_drawn(method, self._drawn.result(), self._known, digits)

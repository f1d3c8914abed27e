"""Validation digits redrawn with a pen, in the background: how often each method knows a drawn digit of a dataset."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

import torch
from torch import Tensor

from core.classifiers.redraw import accuracy_on_drawn, drawn_class
from core.training.data import TrainingData
from live.chunked_work import submit
from live.classifiers import RETRY_SECONDS
from live.data_source import DataSource


class DrawnDigits:
    """The redrawn validation digits of one dataset. They are redrawn once; until then, nothing is known."""

    def __init__(
        self,
        executor: Executor,
        source: DataSource | TrainingData,
        known: tuple[int, ...],
        clock: Callable[[], float] = time.monotonic,
    ):
        """Begin to redraw them.

        source: names the data for the executor; known: all digits of it, sorted; clock: gives seconds.
        """
        self._executor, self._source, self._known, self._clock = executor, source, known, clock
        self._lock = threading.Lock()
        # One class in a call: learners' own calls come in between.
        self._drawn = [self._draw(each) for each in range(len(known))]
        self._tried = clock()

    def _draw(self, each: int) -> Future:
        return submit(self._executor, drawn_class, self._source, each)

    def retry(self) -> None:
        """Redraw what has failed once more, if RETRY_SECONDS have passed since it was begun."""
        with self._lock:
            failed = [each for each, one in enumerate(self._drawn) if _has_failed(one)]
            if failed and self._clock() - self._tried >= RETRY_SECONDS:
                self._tried = self._clock()
                for each in failed:
                    self._drawn[each] = self._draw(each)

    @property
    def waits(self) -> bool:
        """Whether they are still being redrawn."""
        return not all(one.done() for one in self._drawn)

    @property
    def ready(self) -> bool:
        """Whether they have been redrawn. They are not if the workers have failed, until `retry` has begun again."""
        return all(one.done() and not _has_failed(one) for one in self._drawn)

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


def _has_failed(one: Future) -> bool:
    return one.done() and (one.cancelled() or one.exception() is not None)

"""The LR range test: one short run in which the learning rate grows with every batch.

Source: Smith, "Cyclical Learning Rates for Training Neural Networks", 2017, section 3.3. The loss of a single batch is
noisy, so it is smoothed by an exponential moving average with bias correction, as in Kingma, Ba, "Adam", 2015.
"""

import math
import time
from dataclasses import dataclass

from core.training.data import TrainingData
from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import start, train_steps

SMOOTHING = 0.9  # the weight of the previous average at each batch
TOO_HIGH = 4  # times the lowest smoothed loss: beyond this it only gets worse
SKIPPED = 5  # the first smoothed losses are means of too few batches to read a slope from


@dataclass(frozen=True)
class LRRangeTest:
    """The learning rate of each batch, its loss before the step, the smoothed loss, and the suggestions.

    steepest: the index at which the smoothed loss falls fastest against the logarithm of the rate; lowest: the index
    of the lowest smoothed loss, a tenth of whose rate is the other usual choice. None if the loss has not fallen, or
    the test is not over. state: of the run.
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    steepest: int | None = None
    lowest: int | None = None
    state: TrainState | None = None
    over: bool = False

    @property
    def tenth(self) -> float | None:
        """A tenth of the rate at which the smoothed loss is lowest."""
        return None if self.lowest is None else self.rates[self.lowest] / 10


def lr_range_test(
    data: TrainingData,
    config: Config,
    batch_size: int,
    low: float,
    high: float,
    count: int,
    test: LRRangeTest | None = None,
    seconds: float = math.inf,
) -> LRRangeTest:
    """Train on `count` batches while the rate rises from low to high by the same factor each time.

    Ends early if the run diverges or the smoothed loss is TOO_HIGH, and stops for the moment when `seconds` are over.
    test: an earlier result to go on from, None for a new one; it is not changed.
    Raises ValueError with a sentence if the range is upside down or not positive.
    """
    if not 0 < low < high < math.inf or count < 2:
        raise ValueError("A range test goes from a positive rate up to a larger one, in two batches at least.")
    deadline = time.perf_counter() + seconds
    test = test or LRRangeTest([], [], [], state=start(config))
    rates, losses, smoothed, state, over = list(test.rates), list(test.losses), list(test.smoothed), test.state, False
    mean = smoothed[-1] * (1 - SMOOTHING ** len(losses)) if losses else 0.0  # without the bias correction
    while not over:
        lr = low * (high / low) ** (len(rates) / (count - 1))
        hyper, left = Hyperparameters(lr, batch_size), deadline - time.perf_counter()
        state, progress = train_steps(state, data, config, hyper, most=1, seconds=left)
        if progress.losses and math.isfinite(progress.losses[0]):
            rates.append(lr)
            losses += progress.losses
            mean = SMOOTHING * mean + (1 - SMOOTHING) * losses[-1]
            smoothed.append(mean / (1 - SMOOTHING ** len(losses)))
        too_high = bool(smoothed) and smoothed[-1] > TOO_HIGH * min(smoothed)
        over = bool(state.stopped) or too_high or len(rates) == count
        if time.perf_counter() >= deadline:
            break
    suggested = suggest(rates, smoothed) if over else (None, None)
    return LRRangeTest(rates, losses, smoothed, *suggested, state, over)


def suggest(rates: list[float], smoothed: list[float]) -> tuple[int | None, int | None]:
    """Return the indices of the steepest descent and of the lowest value; None and None if it never falls."""
    slopes = [
        (smoothed[i + 1] - smoothed[i - 1]) / math.log(rates[i + 1] / rates[i - 1])
        for i in range(SKIPPED, len(rates) - 1)
    ]
    if not slopes or min(slopes) >= 0:
        return None, None
    steepest = SKIPPED + slopes.index(min(slopes))
    return steepest, smoothed.index(min(smoothed[SKIPPED:]), SKIPPED)

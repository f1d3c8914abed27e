"""The learning rate range test: one short run in which the rate grows with every batch.

Smith, "Cyclical Learning Rates for Training Neural Networks", 2017, section 3.3. The loss of single batches is noisy,
so it is smoothed by an exponentially weighted mean that corrects for its start, as Kingma, Ba, "Adam", 2015, do.
"""

import math
from dataclasses import dataclass

from core.training.data import TrainingData
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps

SMOOTHING = 0.9  # how much of the mean before is kept at each batch
TOO_HIGH = 4  # times the lowest smoothed loss: from there on it only gets worse
SKIPPED = 5  # the first values of the smoothed loss rest on too few batches to read a slope from


@dataclass(frozen=True)
class LRRangeTest:
    """What each batch came to: its rate, its loss before the step, and the smoothed loss; and what that suggests.

    steepest: the place where the smoothed loss falls fastest against the logarithm of the rate; lowest: where it is
    lowest, a tenth of whose rate is the other usual choice. None if the loss has not fallen.
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    steepest: int | None
    lowest: int | None

    @property
    def tenth(self) -> float | None:
        """A tenth of the rate at which the smoothed loss is lowest."""
        return None if self.lowest is None else self.rates[self.lowest] / 10


def lr_range_test(
    data: TrainingData, config: Config, batch_size: int, low: float, high: float, count: int
) -> LRRangeTest:
    """Train `count` batches, the rate rising from low to high by the same factor each time.

    Ends early when the run diverges or the smoothed loss is TOO_HIGH. Raises ValueError with a sentence if the range
    is upside down or not positive.
    """
    if not 0 < low < high < math.inf or count < 2:
        raise ValueError("A range test goes from a positive rate up to a larger one, in two batches at least.")
    state, rates, losses, smoothed, mean = start(config), [], [], [], 0.0
    for place in range(count):
        lr = low * (high / low) ** (place / (count - 1))
        state, progress = train_steps(state, data, config, Hyperparameters(lr, batch_size), most=1)
        loss = progress.losses[0]
        if not math.isfinite(loss):
            break
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        rates.append(lr)
        losses.append(loss)
        smoothed.append(mean / (1 - SMOOTHING ** (place + 1)))
        if state.stopped or smoothed[-1] > TOO_HIGH * min(smoothed):
            break
    return LRRangeTest(rates, losses, smoothed, *suggest(rates, smoothed))


def suggest(rates: list[float], smoothed: list[float]) -> tuple[int | None, int | None]:
    """Return the places of the steepest descent and of the lowest value; None and None if it never falls."""
    slopes = [
        (smoothed[i + 1] - smoothed[i - 1]) / math.log(rates[i + 1] / rates[i - 1])
        for i in range(SKIPPED, len(rates) - 1)
    ]
    if not slopes or min(slopes) >= 0:
        return None, None
    steepest = SKIPPED + slopes.index(min(slopes))
    return steepest, smoothed.index(min(smoothed[SKIPPED:]), SKIPPED)

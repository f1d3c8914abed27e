"""Verdicts on learning rates: what the curves of a sweep say about each rate."""

import math
from dataclasses import dataclass

from torch import Tensor

TOO_SMALL, GOOD, BOUNCING, STUCK, DIVERGED = "too small", "good", "bouncing", "stuck", "diverged"
NEAR = 0.05  # of the gain of the best rate: a rate that misses it by no more than this is good, too
STILL = 0.05  # relative change of the loss in the second half of the epochs, up to which a run is stuck
ROUNDING = 1e-5  # relative change of a loss that may be due to rounding


@dataclass(frozen=True)
class Verdict:
    """The verdict on one learning rate.

    kind: one of the words above; epochs_more: for a rate that is too small, an extrapolation of how many more epochs it
    needs to be good; step: at which it diverged.
    """

    kind: str
    epochs_more: float | None = None
    step: int | None = None


def good_loss(losses: Tensor) -> float:
    """Return the loss up to which a rate is good, minus infinity if no rate has learned. losses: (epochs + 1, R)."""
    last = losses[-1].nan_to_num(math.inf, math.inf)
    gained = (losses[0] - last).nan_to_num(-math.inf, neginf=-math.inf)
    best = gained.argmax()
    learned = gained[best] > ROUNDING * losses[0, best]
    return (last[best] + NEAR * gained[best]).item() if learned else -math.inf


def best_rate(losses: Tensor) -> int | None:
    """Return the index of the run with the lowest last loss; None if no loss has fallen. losses: (epochs + 1, R)."""
    return None if good_loss(losses) == -math.inf else losses[-1].nan_to_num(math.inf, math.inf).argmin().item()


def steepest_rate(losses: Tensor) -> int | None:
    """Return the index of the run whose loss is lowest after one epoch; None if none has fallen. losses: as above."""
    return best_rate(losses[:2])


def judge_rates(lr: Tensor, losses: Tensor, diverged: Tensor) -> list[Verdict]:
    """Return a verdict on each of R learning rates.

    lr: (R,) float32, ascending; losses: (epochs + 1, R) float32, on validation images after each epoch, the first
    before any step, NaN once a run has diverged; diverged: (R,) int64, the step at which it did, or 0.
    """
    losses = losses.masked_fill(diverged > 0, math.nan)  # also before it diverged: those losses don't count
    bound = good_loss(losses)
    good = [run for run in range(len(lr)) if losses[-1, run] <= bound]

    def verdict(run: int) -> Verdict:
        if diverged[run]:
            return Verdict(DIVERGED, step=diverged[run].item())
        if run in good:
            return Verdict(GOOD)
        if run < good[0] if good else losses[-1, run] <= (1 + ROUNDING) * losses[0, run]:
            return Verdict(TOO_SMALL, _epochs_more(run, lr, losses, bound, good))
        return Verdict(STUCK if _is_still(losses[:, run]) else BOUNCING)

    return [verdict(run) for run in range(len(lr))]


def _is_still(losses: Tensor) -> bool:
    later = losses[(len(losses) + 1) // 2 :]
    return len(later) > 1 and (later.max() - later.min() <= STILL * later.max()).item()


def _epochs_more(run: int, lr: Tensor, losses: Tensor, bound: float, good: list[int]) -> float | None:
    """Extrapolate how many more epochs a rate that is too small needs to be good.

    With small steps, a run at half the rate takes the same path in twice as many steps. So the smallest good rate
    shows the path that this one still has to go.
    """
    if not good:
        return None
    guide = good[0]
    column = losses[:, guide]
    after = int((column <= bound).nonzero()[0])
    before, there = column[after - 1].item(), column[after].item()
    needed = after - 1 + (before - bound) / (before - there)  # linear interpolation between two epochs
    return max(0.0, needed * (lr[guide] / lr[run]).item() - (len(losses) - 1))

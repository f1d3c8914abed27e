"""What a sweep over learning rates says of each of them."""

import math
from dataclasses import dataclass

from torch import Tensor

TOO_SMALL, GOOD, BOUNCING, STUCK, DIVERGED = "too small", "good", "bouncing", "stuck", "diverged"
NEAR = 0.05  # of what the best rate has gained: a rate that lacks no more than this is good, too
STILL = 0.05  # a loss that has varied by no more than this share of itself, in the later half of the epochs, is stuck
ROUNDING = 1e-5  # a loss that has changed by no more than this share of itself has not moved


@dataclass(frozen=True)
class Verdict:
    """What became of one learning rate.

    kind: one of the words above; epochs_more: how many more epochs it would need to be good, an extrapolation, for one
    that is too small; step: at which it diverged.
    """

    kind: str
    epochs_more: float | None = None
    step: int | None = None


def good_loss(losses: Tensor) -> float:
    """Return the loss up to which a rate is good, minus infinity if none has learned. losses: (epochs + 1, R)."""
    last = losses[-1].nan_to_num(math.inf, math.inf)
    gained = (losses[0] - last).nan_to_num(-math.inf, neginf=-math.inf)
    best = gained.argmax()
    learned = gained[best] > ROUNDING * losses[0, best]
    return (last[best] + NEAR * gained[best]).item() if learned else -math.inf


def best_rate(losses: Tensor) -> int | None:
    """Return the place of the run with the lowest last loss; None if no loss has fallen. losses: (epochs + 1, R)."""
    return None if good_loss(losses) == -math.inf else losses[-1].nan_to_num(math.inf, math.inf).argmin().item()


def steepest_rate(losses: Tensor) -> int | None:
    """Return the place of the run whose loss is lowest after one epoch; None if none has fallen. losses as above."""
    return best_rate(losses[:2])


def judge_rates(lr: Tensor, losses: Tensor, diverged: Tensor) -> list[Verdict]:
    """Say what became of each of R learning rates, in rising order.

    lr: (R,) float32; losses: (epochs + 1, R) float32, on validation images after each epoch, the first before any
    step, not a number once a run has diverged; diverged: (R,) int64, at which step, or 0.
    """
    losses = losses.masked_fill(diverged > 0, math.nan)  # also of epochs before: what a run was is no longer of use
    bound = good_loss(losses)
    good = [run for run in range(len(lr)) if losses[-1, run] <= bound]

    def verdict(run: int) -> Verdict:
        if diverged[run]:
            return Verdict(DIVERGED, step=diverged[run].item())
        if run in good:
            return Verdict(GOOD)
        if run < good[0] if good else losses[-1, run] <= (1 + ROUNDING) * losses[0, run]:
            return Verdict(TOO_SMALL, _epochs_more(run, lr, losses, bound, good))
        return Verdict(STUCK if _stands_still(losses[:, run]) else BOUNCING)

    return [verdict(run) for run in range(len(lr))]


def _stands_still(losses: Tensor) -> bool:
    later = losses[(len(losses) + 1) // 2 :]
    return len(later) > 1 and (later.max() - later.min() <= STILL * later.max()).item()


def _epochs_more(run: int, lr: Tensor, losses: Tensor, bound: float, good: list[int]) -> float | None:
    """Extrapolate how many more epochs a rate needs that is too small.

    Where steps are small, a run with half the rate goes the same way in twice as many steps. So the smallest rate that
    is good has already gone the way that this one has before it.
    """
    if not good:
        return None
    guide = good[0]
    column = losses[:, guide]
    after = int((column <= bound).nonzero()[0])
    before, there = column[after - 1].item(), column[after].item()
    needed = after - 1 + (before - bound) / (before - there)  # between two epochs the loss falls about evenly
    return max(0.0, needed * (lr[guide] / lr[run]).item() - (len(losses) - 1))

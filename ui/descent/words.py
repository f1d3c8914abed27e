"""What a path of gradient descent shows, in words."""

from itertools import pairwise

from core.descent import BOUND, Curve, Path
from ui.kit.text import counted, number, percent

NEAR = 0.01  # of a bottom: the same tolerance as in core.descent.steps_to_bottom
FLAT = 1e-9  # a slope that moves nothing within the steps of this page
AHEAD = 50  # further steps by which a path is judged: a path that lands higher for a while may still settle


def what_is_seen(curve: Curve, path: Path, lr: float, n: int) -> str:
    """Say what the first n steps show. The path was taken on this curve, at this rate."""
    weights, ahead = path.weights[: n + 1].tolist(), _look_ahead(curve, path.weights[n].item(), lr)
    away, left = ([min(abs(w - bottom) for bottom in curve.bottoms) for w in ws] for ws in (weights, ahead))
    if n == 0:
        return "This is the start. Press **Run**, or take one step."
    if path.diverged and n == len(path.losses) - 1:
        return (
            f"**Diverged.** After {n} steps the weight is {number(weights[n], ',.0f')}, and the run was stopped. "
            f"A rate of {lr:g} is too large: each step overshoots by more than the one before."
        )
    if abs(curve.slope(weights[n])) < FLAT and away[n] > NEAR:
        return "**On top of a hill.** The slope here is 0, so no rate moves it. Start a little to one side."
    if max(left) <= NEAR:
        return _at_the_bottom(curve, weights[n], next(step for step, distance in enumerate(away) if distance <= NEAR))
    if path.losses[n] > path.losses[0] and all(b - a > 1e-9 for a, b in pairwise(map(curve.loss, ahead))):
        return (
            f"**Diverging.** The loss is {path.losses[n]:,.2f}, more than at the start: the rate is too large, and "
            "each step lands higher on the other side."
        )
    directions = path.steps[:n].sign()[-3:]
    if n >= 3 and (directions[1:] != directions[:-1]).all():
        return f"**Bouncing.** Each step is too long and crosses the bottom. {_does_it_come_nearer(left)}".rstrip()
    steps = [b - a for a, b in pairwise(ahead)]
    straight = all(step * steps[0] > 0 for step in steps if abs(step) > 1e-9)
    if not (straight or left[-1] <= NEAR or all(abs(b) < 0.999 * abs(a) for a, b in pairwise(steps))):
        return "**Jumping about.** The rate is so large that the steps go past a bottom and don't get shorter."
    done = 1 - away[n] / max(away[0], NEAR)
    if n >= 5 and done < 0.5 and straight:
        return (
            f"**Too slow.** {n} steps went {percent(max(done, 0))} of the way: the rate is small, so each step is, too."
        )
    return f"**On its way.** As the slope gets smaller, the steps get shorter by themselves: {away[n]:.3f} to go."


def _look_ahead(curve: Curve, w: float, lr: float) -> list[float]:
    """Return the weight with those after the next steps, up to the first that is lost."""
    weights = [w]
    while len(weights) <= AHEAD and abs(weights[-1]) <= BOUND:
        weights.append(weights[-1] - lr * curve.slope(weights[-1]))
    return weights


def _does_it_come_nearer(left: list[float]) -> str:
    """Compare each distance to the nearest bottom with that two steps later, on the same side."""
    if all(b < 0.999 * a for a, b in zip(left, left[2:], strict=False) if b > NEAR):
        return "But it lands nearer each time."
    return "It doesn't come nearer." if left[-1] >= 0.999 * left[0] else ""


def _at_the_bottom(curve: Curve, w: float, first: int) -> str:
    bottom = min(curve.bottoms, key=lambda bottom: abs(bottom - w))
    text = f"**At the bottom**, {number(bottom, 'g')}. After {counted(first, 'step')} it was within {NEAR} of it."
    if bottom == min(curve.bottoms, key=curve.loss):
        return f"{text} The slope there is 0, so nothing moves any more."
    return f"{text} There is a deeper valley, but the slope here doesn't know of it."

"""What a path of gradient descent shows, in words."""

from core.descent import Curve, Path

NEAR = 0.01  # of a bottom: as near as core.descent.steps_to_bottom asks for


def what_is_seen(curve: Curve, path: Path, lr: float, n: int) -> str:
    """Say what the first n steps show; the path was taken on this curve, at this rate."""
    weights = path.weights[: n + 1].tolist()
    away = [min(abs(w - bottom) for bottom in curve.bottoms) for w in weights]
    if n == 0:
        return "This is the start. Press **Play**, or take one step."
    if path.diverged and n == len(path.losses) - 1:
        return (
            f"**Diverged.** After {n} steps the weight is {weights[n]:,.0f}, and the run was stopped. A rate of {lr:g} "
            "is too large: each step overshoots by more than the one before."
        )
    if away[n] <= NEAR:
        return _at_the_bottom(curve, weights[n], next(step for step, distance in enumerate(away) if distance <= NEAR))
    if path.losses[n] > path.losses[0]:
        return (
            f"**Diverging.** The loss is {path.losses[n]:,.2f}, more than at the start: the rate is too large, and "
            "each step lands higher on the other side."
        )
    directions = path.steps[:n].sign()[-3:]
    if n >= 3 and (directions[1:] != directions[:-1]).all():
        nearer = "But it lands nearer each time." if away[n] < 0.999 * away[n - 2] else "It doesn't come nearer."
        return f"**Bouncing.** Each step is too long and crosses the bottom. {nearer}"
    done = 1 - away[n] / max(away[0], NEAR)
    if n >= 5 and done < 0.5:
        return f"**Too slow.** {n} steps went {max(done, 0):.0%} of the way: the rate is small, so each step is, too."
    return f"**On its way.** As the slope gets smaller, the steps get shorter by themselves: {away[n]:.3f} to go."


def _at_the_bottom(curve: Curve, w: float, first: int) -> str:
    bottom = min(curve.bottoms, key=lambda bottom: abs(bottom - w))
    text = f"**At the bottom**, {bottom:g}. After {first} step{'' if first == 1 else 's'} it was within {NEAR} of it."
    if bottom == min(curve.bottoms, key=curve.loss):
        return f"{text} The slope there is 0, so nothing moves any more."
    return f"{text} There is a deeper valley, but the slope here doesn't know of it."

"""What a sweep over learning rates says, in words."""

from core.rates.verdicts import BOUNCING, DIVERGED, GOOD, STUCK, TOO_SMALL, Verdict
from ui.kit.text import counted


def of(verdict: Verdict) -> str:
    """Say what became of one rate."""
    if verdict.kind == TOO_SMALL:
        if verdict.epochs_more is None:
            return "too small: it has hardly begun"
        more = counted(max(1, round(verdict.epochs_more)), "more epoch")
        return f"too small: about {more} needed (extrapolated)"
    if verdict.kind == DIVERGED:
        return f"diverged at step {verdict.step:,}"
    return {
        GOOD: "good",
        BOUNCING: "bouncing: it jumps from side to side of the valley",
        STUCK: "stuck: its first steps threw it where the loss is flat",
    }[verdict.kind]


def summary(rates: list[float], verdicts: list[Verdict], best: int | None, loss: float) -> str:
    """Say what a sweep has shown. best: the place of the best rate, None if none has learned; loss: its last one."""
    kinds = [verdict.kind for verdict in verdicts]
    if best is None and all(kind == DIVERGED for kind in kinds):
        return "**Every rate has diverged**: all of them are too large. Move the range to smaller rates."
    if best is None:
        return (
            "**No rate has learned anything yet**: no loss is lower than at the start. Try other rates or more epochs."
        )
    good = [rate for rate, kind in zip(rates, kinds, strict=True) if kind == GOOD]
    small, wild, gone = kinds.count(TOO_SMALL), kinds.count(BOUNCING) + kinds.count(STUCK), kinds.count(DIVERGED)
    text = f"**Best: {rates[best]:g}**, with a validation loss of {loss:.4f}. "
    several = f"Good, from {good[0]:g} to {good[-1]:g}: {counted(len(good), 'rate')}. "
    text += several if len(good) > 1 else "No other is as good. "
    text += f"Too small: {small or 'none'}. Too large: {wild + gone or 'none'}"
    if gone:
        return f"{text}, of which {gone} diverged, from {rates[kinds.index(DIVERGED)]:g} on."
    return f"{text}. None diverged." + ("" if wild else " To see it happen, take larger rates.")


def steepest_against_best(steepest: float, best: float, epochs: int) -> str:
    """Say why the rate with which the loss falls fastest at first need not be the one with which it ends lowest."""
    begin = f"After one epoch, **{steepest:g}** is ahead; after {epochs}, **{best:g}**. "
    if epochs < 2:
        return "After one epoch, the steepest and the best are the same by definition: choose more epochs."
    if steepest > best:
        return begin + (
            "Large steps cross the long slope quickly. But near the bottom they keep jumping over it: a smaller step "
            "settles lower. That is why many people begin with a large rate and make it smaller as they go."
        )
    if steepest < best:
        return begin + (
            "The larger rate shakes at first and is thrown back by its own steps. It catches up once it has come to "
            "where the valley is wide: there, small steps take too long."
        )
    agree = "Here they agree. Try more epochs, or the hidden layer: then the steepest is often too large to settle."
    return begin + agree

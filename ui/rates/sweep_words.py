"""What a sweep over learning rates says, in words."""

from core.rates.verdicts import BOUNCING, DEAD, DIVERGED, LEARNED, OVERCONFIDENT, STUCK, THROWN, TOO_SMALL, Verdict
from ui.kit.text import counted

# The best first: so the table of rates sorts them, and the legend of shapes names them
ORDER = (LEARNED, TOO_SMALL, OVERCONFIDENT, BOUNCING, STUCK, THROWN, DEAD, DIVERGED)


def summary(rates: list[float], verdicts: list[Verdict], best: int | None, loss: float) -> str:
    """Say what a sweep has shown. best: the place of the best rate, None if none has learned; loss: its last one."""
    kinds = [verdict.kind for verdict in verdicts]
    others = ", ".join(f"{kind}: {kinds.count(kind)}" for kind in ORDER[1:] if kind in kinds)
    rest = others and f"{others[0].upper()}{others[1:]}."
    if best is None:
        if set(kinds) == {DIVERGED}:
            return "**Every rate has diverged**: all of them are too large. Move the range to smaller rates."
        if set(kinds) <= {DEAD, STUCK, DIVERGED, THROWN}:
            return f"**No rate has learned**: all of them are too large. {rest}"
        return f"**No rate has learned anything yet**. {rest} Try other rates or more epochs."
    text = f"**Best: {rates[best]:g}**, with a validation loss of {loss:.4f}. "
    good = [place for place, kind in enumerate(kinds) if kind == LEARNED]
    if len(good) > 1:
        ends = f"{rates[good[0]]:g} to {rates[good[-1]]:g}"
        gaps = good[-1] - good[0] + 1 - len(good)
        text += f"Learned well, from {ends}: {counted(len(good), 'rate')}"
        text += f" ({gaps} in between did not). " if gaps else ". "
    elif good:
        text += f"Only {'this one' if good[0] == best else f'{rates[good[0]]:g}'} learned well. "
    else:
        text += "None has learned well yet. "
    return text + rest + ("" if DIVERGED in kinds else " None diverged.")


def steepest_against_best(steepest: float, best: float, epochs: int, over: bool = True) -> str:
    """Say that the rate that is ahead at first need not be the one that ends lowest.

    epochs: that are done; over: whether these are all that were chosen.
    """
    if epochs < 2:
        more = "choose more epochs" if over else "go on for more epochs"
        return f"After one epoch, the steepest and the best are the same by definition: {more}."
    begin = f"After one epoch, **{steepest:g}** is ahead; after {epochs}, **{best:g}**. "
    if steepest > best:
        return (
            begin
            + "What is fastest at first need not settle lowest: many people begin with a large rate and end small."
        )
    if steepest < best:
        return (
            begin
            + "The larger rate was slower at first and has overtaken it since: one epoch is too short to choose by."
        )
    return begin + "Here they agree. With more epochs, or with the hidden layer, they often don't."

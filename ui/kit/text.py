"""Digits, counts, shares, verdicts and foreign text, written as every page writes them."""

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from core.rates.verdicts import BOUNCING, DEAD, DIVERGED, LEARNED, OVERCONFIDENT, STUCK, THROWN, TOO_SMALL, Verdict

VERDICTS = {
    LEARNED: "learned well",
    OVERCONFIDENT: "overconfident: it knows the training images by heart, and is too sure of its errors on others",
    BOUNCING: "bouncing: its steps are too long to settle",
    STUCK: "stuck: its steps have brought it to where the loss is flat",
    DEAD: "dead: its hidden units have fallen silent, so that nearly all images get the same answer",
}


def with_article(digit: int | str, bold: bool = False) -> str:
    """Name a digit within a sentence: a 3, an 8."""
    return ("an " if str(digit) == "8" else "a ") + (f"**{digit}**" if bold else str(digit))


def names_of(digits: Sequence[int]) -> str:
    """Name digits as a choice: a 3 or a 7; a 0, a 4 or an 8."""
    return ", ".join(map(with_article, digits[:-1])) + f" or {with_article(digits[-1])}"


def title_of(page: str) -> str:
    """Return the title of a page. page: its name in the address."""
    return page.replace("_", " ").capitalize()


def counted(number: int, thing: str) -> str:
    """Write a number of things: 1 epoch, 2 epochs."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share in [0, 1] with one decimal, a half rounded up. Only a share of exactly 1 becomes 100.0%.

    NaN, the share of a model that has diverged, becomes a dash.
    """
    if math.isnan(share):
        return "–"
    exact = Decimal(f"{100 * share:.5f}")  # without the errors of float32, in which 0.8875 is a little less
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded if share == 1 else min(rounded, Decimal('99.9'))}%"


def number(value: float, form: str) -> str:
    """Write a number in one of Python's formats, with a real minus sign, and 0 without any sign."""
    text = format(value, form)
    return text.replace("-", "−") if re.search("[1-9]|[a-z]", text) else text.lstrip("-+")


def mistaken(digit: int | str, answer: int | str) -> str:
    """Say what an image is, and what it was taken for: a 3 taken for a 7."""
    return f"{with_article(digit)} taken for {with_article(answer)}"


def verdict_in_words(verdict: Verdict) -> str:
    """Say what became of a run, as the end of a sentence that begins with its rate."""
    if verdict.kind == TOO_SMALL:
        if verdict.epochs_more is None:
            return "too small for so few epochs: its loss is still falling, or has hardly begun to"
        more = max(1, int(float(f"{verdict.epochs_more:.2g}")))
        return f"too small for so few epochs: about {counted(more, 'more epoch')} needed (extrapolated)"
    if verdict.kind == THROWN:
        if verdict.back:
            return "thrown far, and came back: its first steps went much too far"
        return "thrown far, and not back yet: its first steps went much too far"
    if verdict.kind == DIVERGED:
        if verdict.step is None:
            return "diverged: its loss and its weights grow from epoch to epoch"
        return f"diverged: at step {verdict.step:,} its loss was no longer a number"
    return VERDICTS[verdict.kind]


def plain(text: str) -> str:
    """Escape a text, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!<>|~:$])", r"\\\1", text)


def quoted(text: str, longest: int = 60) -> str:
    """Write a text as code on one line, cut where it is too long, so that nothing in it is read as Markdown."""
    line = " ".join(text.replace("`", "'").split())[:longest]
    return f"`{line}`"

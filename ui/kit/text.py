"""Digits and counts within a sentence."""

import re


def with_article(digit: int | str, bold: bool = False) -> str:
    """Name a digit within a sentence: a 3, an 8."""
    return ("an " if str(digit) == "8" else "a ") + (f"**{digit}**" if bold else str(digit))


def counted(number: int, thing: str) -> str:
    """Name a number of things: 1 epoch, 2 epochs."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share in [0, 1] with one decimal. What is not all is not rounded up to 100.0%."""
    return f"{share if share == 1 else min(share, 0.999):.1%}"


LONGEST = 60


def plain(text: str) -> str:
    """Write a text so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!<>|~:$])", r"\\\1", text)


def quoted(text: str, longest: int = LONGEST) -> str:
    """Show a text as code on one line, so that nothing in it is read as Markdown, and cut it where it is long."""
    line = " ".join(text.replace("`", "'").split())[:longest]
    return f"`{line}`"

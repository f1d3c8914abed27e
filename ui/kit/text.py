"""Digits, counts, shares and foreign text, written as every page writes them."""

import re


def with_article(digit: int | str, bold: bool = False) -> str:
    """Name a digit within a sentence: a 3, an 8."""
    return ("an " if str(digit) == "8" else "a ") + (f"**{digit}**" if bold else str(digit))


def counted(number: int, thing: str) -> str:
    """Write a number of things: 1 epoch, 2 epochs."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share in [0, 1] with one decimal. Only a share of exactly 1 becomes 100.0%."""
    return f"{share if share == 1 else min(share, 0.999):.1%}"


def plain(text: str) -> str:
    """Escape a text, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!<>|~:$])", r"\\\1", text)


def quoted(text: str, longest: int = 60) -> str:
    """Write a text as code on one line, cut where it is too long, so that nothing in it is read as Markdown."""
    line = " ".join(text.replace("`", "'").split())[:longest]
    return f"`{line}`"

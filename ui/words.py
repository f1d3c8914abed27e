"""Digits and counts within a sentence."""


def with_article(digit: int | str, bold: bool = False) -> str:
    """Name a digit within a sentence: a 3, an 8."""
    return ("an " if str(digit) == "8" else "a ") + (f"**{digit}**" if bold else str(digit))


def counted(number: int, thing: str) -> str:
    """Name a number of things: 1 epoch, 2 epochs."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

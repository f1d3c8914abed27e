"""The kinds of settings: what a setting is, and functions that make one for a digit, a rate, a switch and so on.

`settings.py` has the settings themselves. A function here takes the default of a setting and what limits it, and
returns the setting: how a link's text is read, and the arguments of the widget that shows it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.dataset import SIDE
from ui.state.choices import HIGHEST_RATE, LOWEST_RATE, MOST_IMAGES, TRAINING_RATES

Texts = list[str]  # a parameter of a link: one text for each time that it occurs


@dataclass(frozen=True)
class Setting:
    """A value that describes a set-up, so that a link can carry it.

    parse: reads it from a link; raises ValueError or KeyError if the texts are no such value.
    widget: arguments of its widget: the default, and the options or limits unless they depend on the data in play.
    """

    default: object
    parse: Callable[[Texts], object]
    widget: dict = field(default_factory=dict)
    in_play: bool = False  # whether it is one of the digits in play


def plain(number: float) -> str:
    """Write a number without an exponent: 0.00001, as a slider over rates shows it and a link has it."""
    return f"{number:.8f}".rstrip("0").rstrip(".")


def only(texts: Texts) -> str:
    """Return the text of a parameter that occurs once, otherwise raise ValueError."""
    (text,) = texts
    return text


def check(value, valid: bool):
    """Return the value if it is valid, otherwise raise ValueError."""
    if not valid:
        raise ValueError
    return value


def _number(low, high) -> Callable[[Texts], int | float]:
    def parse(texts: Texts):
        number = type(low)(only(texts))
        return check(number, low <= number <= high)  # which NaN is not

    return parse


def read_by(read: Callable[[str], object]) -> Callable[[Texts], str]:
    """Return a parser for texts that a function can read; it raises ValueError for others."""

    def parse(texts: Texts) -> str:
        read(only(texts))
        return only(texts)

    return parse


def one_of(default, options, shown: Callable[[object], str] = str, /, **widget) -> Setting:
    """One of some options. shown: how the widget and a link write an option; widget: more arguments of its widget."""
    by_text = {shown(option): option for option in options}
    widget |= {"options": options, "format_func": shown}
    return Setting(default, lambda texts: by_text[only(texts)], widget)


def buttons(default, *options, shown: Callable[[object], str] = str) -> Setting:
    """One of some options that stand side by side, always exactly one."""
    return one_of(default, options, shown, default=default, required=True)


def scale(default, options, shown: Callable[[object], str] = str) -> Setting:
    """One of some options on a slider."""
    return one_of(default, options, shown, value=default)


def slider(default, low, high, step=None) -> Setting:
    """A number on a slider, from `low` to `high`; both count."""
    return Setting(default, _number(low, high), {"min_value": low, "max_value": high, "step": step, "value": default})


def crop(low: int, high: int) -> Setting:
    """A range of rows or columns of an image, from `low` to below `high` by default."""

    def parse(texts: Texts) -> tuple[int, int]:
        start, end = map(int, texts)
        return check((start, end), 0 <= start < end <= SIDE)

    return Setting((low, high), parse)


def count(default: int | None, low: int = 1) -> Setting:
    """A number of images or the number of one; its largest value depends on the data in play."""
    return Setting(default, _number(low, MOST_IMAGES), {"min_value": low, "step": 1, "value": default})


def size(default: int | None) -> Setting:
    """A number of images on a scale whose options depend on the data in play."""
    return Setting(default, _number(1, MOST_IMAGES), {"value": default})


def digit(default: int | None) -> Setting:
    """One of the digits in play."""
    return Setting(default, _number(0, 9), {"default": default}, in_play=True)


def switch(default: bool) -> Setting:
    """On or off."""
    return Setting(default, lambda texts: {"true": True, "false": False}[only(texts)], {"value": default})


def text(default: str | None) -> Setting:
    """A text that the user writes, of 40 characters at most."""
    return Setting(default, lambda texts: check(only(texts), len(only(texts)) <= 40), {"value": default})


def rate(default: float | None) -> Setting:
    """A learning rate on a scale that has the rate of a link or of another page, too."""
    within = _number(LOWEST_RATE, HIGHEST_RATE)
    # With four digits at most, as pages write it, so that a link has what a slider shows.
    return Setting(default, lambda texts: float(f"{within(texts):.4g}"), {"value": default})


def rates(low: float, high: float) -> Setting:
    """A range of learning rates, from `low` to `high` by default."""

    def parse(texts: Texts) -> tuple[float, float]:
        start, end = map(float, texts)
        return check((start, end), start < end and {start, end} <= {*TRAINING_RATES})

    options = {"options": TRAINING_RATES, "format_func": "{:g}".format}
    return Setting((low, high), parse, {**options, "value": (low, high)})

"""Every setting: its name, its default, its options or limits, and how it is read from a link.

A setting is part of the URL under its own name, bound to the widget that shows it. Streamlit silently drops a value
that is not valid, and ignores settings whose widget is on another page. `session.read_link` therefore reads the whole
link first: the page can then use all settings, and say which parts made no sense.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.dataset import SIDE, SPLITS
from core.descent import CURVES
from core.drawing.strokes import PEN, THICKEST, THINNEST
from core.rates.sweep import MOST_RATES
from sources import builtin, library
from ui.state import choices, view_text
from ui.state.choices import LARGEST_WEIGHT, MOST_IMAGES, SPLIT_NAMES, TRAINING_RATES
from ui.state.drawing_text import parse_pixels, parse_strokes

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


def _only(texts: Texts) -> str:
    (text,) = texts
    return text


def _check(value, valid: bool):
    """Return the value if it is valid, otherwise raise ValueError."""
    if not valid:
        raise ValueError
    return value


def _number(low, high) -> Callable[[Texts], int | float]:
    def parse(texts: Texts):
        number = type(low)(_only(texts))
        return _check(number, low <= number <= high)  # which NaN is not

    return parse


def _read_by(read: Callable[[str], object]) -> Callable[[Texts], str]:
    def parse(texts: Texts) -> str:
        read(_only(texts))
        return _only(texts)

    return parse


def _one_of(default, options, shown: Callable[[object], str] = str, /, **widget) -> Setting:
    by_text = {shown(option): option for option in options}
    widget |= {"options": options, "format_func": shown}
    return Setting(default, lambda texts: by_text[_only(texts)], widget)


def _buttons(default, *options, shown: Callable[[object], str] = str) -> Setting:
    return _one_of(default, options, shown, default=default, required=True)


def _scale(default, options, shown: Callable[[object], str] = str) -> Setting:
    return _one_of(default, options, shown, value=default)


def _slider(default, low, high, step=None) -> Setting:
    return Setting(default, _number(low, high), {"min_value": low, "max_value": high, "step": step, "value": default})


def _crop(low: int, high: int) -> Setting:
    def parse(texts: Texts) -> tuple[int, int]:
        start, end = map(int, texts)
        return _check((start, end), 0 <= start <= end <= SIDE)

    return Setting((low, high), parse, {"min_value": 0, "max_value": SIDE, "value": (low, high)})


def _count(default: int | None, low: int = 1) -> Setting:
    """A number of images or the number of one; its largest value depends on the data in play."""
    return Setting(default, _number(low, MOST_IMAGES), {"min_value": low, "step": 1, "value": default})


def _size(default: int | None) -> Setting:
    """A number of images on a scale whose options depend on the data in play."""
    return Setting(default, _number(1, MOST_IMAGES), {"value": default})


def _digit(default: int | None) -> Setting:
    return Setting(default, _number(0, 9), {"default": default}, in_play=True)


def _switch(default: bool) -> Setting:
    return Setting(default, lambda texts: {"true": True, "false": False}[_only(texts)], {"value": default})


def _text(default: str | None) -> Setting:
    return Setting(default, lambda texts: _check(_only(texts), len(_only(texts)) <= 40), {"value": default})


def _rate(default: float | None) -> Setting:
    """A learning rate on a scale that has the rate of a link or of another page, too."""
    within = _number(choices.LOWEST_RATE, choices.HIGHEST_RATE)
    # With four digits at most, as pages write it, so that a link has what a slider shows.
    return Setting(default, lambda texts: float(f"{within(texts):.4g}"), {"value": default})


def _rates(low: float, high: float) -> Setting:
    def parse(texts: Texts) -> tuple[float, float]:
        start, end = map(float, texts)
        return _check((start, end), start < end and {start, end} <= {*TRAINING_RATES})

    options = {"options": TRAINING_RATES, "format_func": "{:g}".format}
    return Setting((low, high), parse, {**options, "value": (low, high)})


def _digits(texts: Texts) -> tuple[int, ...]:
    # The widget keeps those texts of the link that are digits; read_link says which are not.
    return tuple(sorted({int(text) for text in texts}))


def _dataset(texts: Texts) -> str:
    name = _only(texts)
    return _check(name, name == builtin.NAME or library.index_of(name) is not None)


MODELS, LOSSES = ("Linear", "Hidden layer"), ("mnist_loss", "binary cross-entropy")

SETTINGS = {
    # on every page
    "dataset": Setting(None, _dataset),  # by default the one with which this server was started
    "digits": Setting((3, 7), _digits, {"options": range(10), "default": (3, 7)}),
    "split": _buttons("valid", *SPLITS, shown=SPLIT_NAMES.get),
    "digit": _digit(3),
    "number": _count(2, low=0),
    "own": Setting(None, _read_by(parse_pixels)),  # the pixels of a drawing that is the specimen, as a link has them
    "strokes": Setting("", _read_by(parse_strokes)),  # and its strokes
    "meant": _digit(None),  # which digit the learner says that the drawing is
    # Pixels
    "rows": _crop(4, 10),
    "columns": _crop(4, 10),
    "whole": _switch(True),
    "pixel_row": _slider(9, 0, SIDE - 1),
    "pixel_column": _slider(14, 0, SIDE - 1),
    "label": _digit(3),
    "width": _slider(SIDE, 14, 56),
    # Tensors
    "rank": _buttons("Image", "Number", "Vector", "Image", "Stack", "Colour"),
    "condition": _one_of("every file", ("every file", "files larger than", "files smaller than"), index=0),
    "size": _slider(260, 100, 500),
    "stacked": _count(20),
    "shape_a": _text(None),
    "x": _slider(3.0, -5.0, 5.0, step=0.5),
    "written": _slider(42, 0, 99),
    "shape_b": _text("28, 28"),
    # Ideal digits
    "n": _count(None),
    "shown": _digit(3),
    "a": _digit(3),
    "b": _digit(7),
    # Distance
    "map": _buttons("Signed", "Signed", "Absolute", "Squared"),
    "across": _digit(3),
    "up": _digit(7),
    "judge": _buttons("L2", "L1", "L2"),
    "scored": _buttons("valid", *SPLITS, shown=SPLIT_NAMES.get),
    "nudge": _scale(0.0001, (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)),
    # Gradient descent
    "curve": _buttons("Square", *CURVES),
    "weight": _slider(3.0, -LARGEST_WEIGHT, LARGEST_WEIGHT, step=0.1),
    "h": _slider(-3, -12, 0),  # the power of ten
    "squared": _text("3, 4, 10"),
    "rate": _scale(0.3, choices.RATES, shown=plain),
    "start": _slider(-4.0, -LARGEST_WEIGHT, LARGEST_WEIGHT, step=0.1),
    "steps": _slider(5, 0, choices.MOST_STEPS),
    "time": _buttons("Scaled", "Scaled", "Seconds"),
    "fit_rate": _scale(0.5, choices.FIT_RATES, shown=plain),
    "measured": _slider(0, 0, 99),
    "fit_steps": _slider(3, 0, choices.MOST_FIT_STEPS),
    "plane": _buttons("a and c", "a and b", "a and c", "b and c"),
    # Training
    "lr": _rate(1.0),
    "batch": _size(256),
    "momentum": _slider(0.0, 0.0, 0.99, step=0.01),
    "model": _buttons("Linear", *MODELS),
    "units": _slider(30, 1, 100),
    "images": _size(None),
    "shuffle": _switch(True),
    "seed": _slider(37, 0, 9_999),
    "loss": _buttons("mnist_loss", *LOSSES),
    "stop": _buttons("Never", "Never", "After some epochs", "When it overfits"),
    "epochs": _slider(20, 1, 10_000),
    "patience": _slider(10, 1, 10_000),
    "keep_gradients": _switch(False),
    "uphill": _switch(False),
    "sorted": _switch(False),
    "log_loss": _switch(False),
    # Learning rates
    "experiment": _buttons("1 Sweep", *choices.EXPERIMENTS),
    "lab_rates": _rates(0.0001, 100.0),
    "lab_count": _slider(32, 3, MOST_RATES),
    "lab_model": _buttons("Linear", *MODELS),
    "lab_units": _slider(30, 1, 100),
    "lab_batch": _size(64),
    "lab_epochs": _slider(20, 1, 50),
    "lab_seed": _slider(37, 0, 9_999),
    "lab_loss": _buttons("binary cross-entropy", *LOSSES),
    "lab_log": _switch(True),
    "lab_rate": _rate(None),
    "tested": _slider(150, 50, 500, step=10),  # batches of a range test
    "valley_steps": _slider(20, 0, 500),
    "valley_rate": _rate(0.1),
    "next_rate": _rate(0.5),
    "edge": Setting("", _read_by(view_text.parse_view)),  # the view of the map; the whole map if empty
    "stage": _buttons("1 Initialise", *choices.STAGES),
    # Draw
    "way": _buttons("Draw", "Draw", "Upload", "Camera"),
    "pen": _slider(PEN, THINNEST, THICKEST),
    "grid": _switch(True),
    "even": _switch(True),
    "threshold": _switch(True),
    "largest": _switch(True),
    "ink_is": _buttons("Decide", "Decide", "Dark on light", "Light on dark"),
    "find_ink": _switch(True),
    "crop": _switch(True),
    "fit": _switch(True),
    "centre": _switch(True),
    "move_right": _slider(0, -8, 8),
    "move_down": _slider(0, -8, 8),
    "scale": _scale(1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)),
    "turn": _slider(0, -45, 45),  # degrees
    "thicker": _slider(0, -3, 5),  # half pixels
}

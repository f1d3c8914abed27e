"""Every value that a session keeps: its name, its default, and whether a link carries it.

A setting lives in the URL under its own name, bound to the widget that shows it. Streamlit drops
what a link says wrongly without a word, and knows nothing of settings whose widget is on another
page; `read_link` reads the whole link first, so that the page can use it and say what made no sense.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.dataset import SIDE, SPLITS
from core.descent import CURVES
from core.drawing.strokes import PEN, THICKEST, THINNEST
from core.rates.sweep import MOST_RATES
from sources import builtin, library
from ui.state.choices import (
    EXPERIMENTS,
    FIT_RATES,
    FURTHEST,
    HIGHEST_RATE,
    INKS,
    LAST_PIXEL,
    LAST_SEED,
    LEAST_RATES,
    LOWEST_RATE,
    MOST,
    MOST_EPOCHS,
    MOST_FIT_STEPS,
    MOST_LAB_EPOCHS,
    MOST_STEPS,
    MOST_TURN,
    MOST_UNITS,
    MOST_VALLEY_STEPS,
    NUDGES,
    PLANES,
    RATES,
    REACH,
    SCALES,
    SPLIT_NAMES,
    STAGES,
    TESTED,
    THICKER,
    THINNER,
    TRAINING_RATES,
    WAYS,
)
from ui.state.drawing_text import parse_pixels, parse_strokes

Raw = list[str]  # a parameter of a link as it stands there: one text for each time that it was given


def plain(number: float) -> str:
    """Write a number without an exponent: 0.00001, as a slider over rates shows it and a link has it."""
    return f"{number:.8f}".rstrip("0").rstrip(".")


def _one_of(*options, written: Callable[[object], str] = str) -> Callable[[Raw], object]:
    by_text = {written(option): option for option in options}
    return lambda raw: by_text[_only(raw)]


def _whole(low: int, high: int) -> Callable[[Raw], int]:
    return lambda raw: _within(int(_only(raw)), low, high)


def _number(low: float, high: float) -> Callable[[Raw], float]:
    return lambda raw: _within(float(_only(raw)), low, high)


def _range(low: int, high: int) -> Callable[[Raw], tuple[int, int]]:
    def parse(raw: Raw) -> tuple[int, int]:
        start, end = (_within(int(text), low, high) for text in raw)
        return start, _within(end, start, high)

    return parse


def _rate(raw: Raw) -> float:
    """Read a learning rate as pages write it: with four digits at most, so that a link has what a slider shows."""
    return float(f"{_number(LOWEST_RATE, HIGHEST_RATE)(raw):.4g}")


def _rates(raw: Raw) -> tuple[float, float]:
    low, high = map(float, raw)
    return (low, high) if low < high and {low, high} <= {*TRAINING_RATES} else _fail()


def _digits(raw: Raw) -> tuple[int, ...]:
    # The widget keeps those texts of the link that are digits; read_link says which are not.
    return tuple(sorted({int(text) for text in raw}))


def _dataset(raw: Raw) -> str:
    name = _only(raw)
    return name if name == builtin.NAME or library.index_of(name) else _fail()


def _switch(raw: Raw) -> bool:
    return {"true": True, "false": False}[_only(raw)]


def _text(longest: int) -> Callable[[Raw], str]:
    return lambda raw: _only(raw) if len(_only(raw)) <= longest else _fail()


def _read_by(read: Callable[[str], object]) -> Callable[[Raw], str]:
    def parse(raw: Raw) -> str:
        read(_only(raw))
        return _only(raw)

    return parse


def _only(raw: Raw) -> str:
    (text,) = raw
    return text


def _within(value, low, high):
    return value if low <= value <= high else _fail()  # not a number is within nothing


def _fail():
    raise ValueError


@dataclass(frozen=True)
class Setting:
    """A value that describes a set-up, so that a link can carry it."""

    default: object
    parse: Callable[[Raw], object]  # from the text in a link; raises ValueError or KeyError if that is no value
    in_play: bool = False  # whether it names one of the digits in play


SETTINGS = {
    # on every page
    "dataset": Setting(None, _dataset),  # by default what this server was started with
    "digits": Setting((3, 7), _digits),
    "split": Setting("valid", _one_of(*SPLITS, written=SPLIT_NAMES.get)),
    "digit": Setting(3, _whole(0, 9), in_play=True),
    "number": Setting(2, _whole(0, MOST)),
    "own": Setting(None, _read_by(parse_pixels)),  # the pixels of a drawing that is the specimen, as a link has them
    "strokes": Setting("", _read_by(parse_strokes)),  # and its strokes
    "meant": Setting(None, _whole(0, 9), in_play=True),  # what the person says that it is
    # Pixels
    "rows": Setting((4, 10), _range(0, SIDE)),
    "columns": Setting((4, 10), _range(0, SIDE)),
    "whole": Setting(True, _switch),
    "pixel_row": Setting(9, _whole(0, LAST_PIXEL)),
    "pixel_column": Setting(14, _whole(0, LAST_PIXEL)),
    "label": Setting(3, _whole(0, 9), in_play=True),
    "width": Setting(SIDE, _whole(14, 56)),
    # Tensors
    "rank": Setting("Image", _one_of("Number", "Vector", "Image", "Stack", "Colour")),
    "condition": Setting("every file", _one_of("every file", "files larger than", "files smaller than")),
    "size": Setting(260, _whole(100, 500)),
    "stacked": Setting(20, _whole(1, MOST)),
    "shape_a": Setting(None, _text(40)),
    "x": Setting(3.0, _number(-5, 5)),
    "written": Setting(42, _whole(0, 99)),
    "shape_b": Setting("28, 28", _text(40)),
    # Ideal digits
    "n": Setting(None, _whole(1, MOST)),
    "shown": Setting(3, _whole(0, 9), in_play=True),
    "a": Setting(3, _whole(0, 9), in_play=True),
    "b": Setting(7, _whole(0, 9), in_play=True),
    # Distance
    "map": Setting("Signed", _one_of("Signed", "Absolute", "Squared")),
    "across": Setting(3, _whole(0, 9), in_play=True),
    "up": Setting(7, _whole(0, 9), in_play=True),
    "judge": Setting("L2", _one_of("L1", "L2")),
    "scored": Setting("valid", _one_of(*SPLITS, written=SPLIT_NAMES.get)),
    "nudge": Setting(0.0001, _one_of(*NUDGES)),
    # Gradient descent
    "curve": Setting("Square", _one_of(*CURVES)),
    "weight": Setting(3.0, _number(-REACH, REACH)),
    "h": Setting(-3, _whole(-12, 0)),  # the power of ten
    "squared": Setting("3, 4, 10", _text(40)),
    "rate": Setting(0.3, _one_of(*RATES, written=plain)),
    "start": Setting(-4.0, _number(-REACH, REACH)),
    "steps": Setting(5, _whole(0, MOST_STEPS)),
    "time": Setting("Scaled", _one_of("Scaled", "Seconds")),
    "fit_rate": Setting(0.5, _one_of(*FIT_RATES, written=plain)),
    "measured": Setting(0, _whole(0, 99)),
    "fit_steps": Setting(3, _whole(0, MOST_FIT_STEPS)),
    "plane": Setting("a and c", _one_of(*PLANES)),
    # Training
    "lr": Setting(1.0, _rate),
    "batch": Setting(256, _whole(1, MOST)),
    "momentum": Setting(0.0, _number(0, 0.99)),
    "model": Setting("Linear", _one_of("Linear", "Hidden layer")),
    "units": Setting(30, _whole(1, MOST_UNITS)),
    "images": Setting(None, _whole(1, MOST)),
    "shuffle": Setting(True, _switch),
    "seed": Setting(37, _whole(0, LAST_SEED)),
    "loss": Setting("mnist_loss", _one_of("mnist_loss", "binary cross-entropy")),
    "stop": Setting("Never", _one_of("Never", "After some epochs", "When it overfits")),
    "epochs": Setting(20, _whole(1, MOST_EPOCHS)),
    "patience": Setting(10, _whole(1, MOST_EPOCHS)),
    "keep_gradients": Setting(False, _switch),
    "uphill": Setting(False, _switch),
    "sorted": Setting(False, _switch),
    "log_loss": Setting(False, _switch),
    # Learning rates
    "experiment": Setting("1 Sweep", _one_of(*EXPERIMENTS)),
    "lab_rates": Setting((0.0001, 100.0), _rates),
    "lab_count": Setting(32, _whole(LEAST_RATES, MOST_RATES)),
    "lab_model": Setting("Linear", _one_of("Linear", "Hidden layer")),
    "lab_units": Setting(30, _whole(1, MOST_UNITS)),
    "lab_batch": Setting(64, _whole(1, MOST)),
    "lab_epochs": Setting(20, _whole(1, MOST_LAB_EPOCHS)),
    "lab_seed": Setting(37, _whole(0, LAST_SEED)),
    "lab_loss": Setting("binary cross-entropy", _one_of("mnist_loss", "binary cross-entropy")),
    "lab_log": Setting(True, _switch),
    "lab_rate": Setting(None, _rate),
    "tested": Setting(150, _whole(*TESTED)),
    "valley_steps": Setting(20, _whole(0, MOST_VALLEY_STEPS)),
    "valley_rate": Setting(0.1, _rate),
    "next_rate": Setting(0.5, _rate),
    "stage": Setting("1 Initialise", _one_of(*STAGES)),
    # Draw
    "way": Setting("Draw", _one_of(*WAYS)),
    "pen": Setting(PEN, _whole(THINNEST, THICKEST)),
    "grid": Setting(True, _switch),
    "even": Setting(True, _switch),
    "threshold": Setting(True, _switch),
    "largest": Setting(True, _switch),
    "ink_is": Setting("Decide", _one_of(*INKS)),
    "find_ink": Setting(True, _switch),
    "crop": Setting(True, _switch),
    "fit": Setting(True, _switch),
    "centre": Setting(True, _switch),
    "move_right": Setting(0, _whole(-FURTHEST, FURTHEST)),
    "move_down": Setting(0, _whole(-FURTHEST, FURTHEST)),
    "scale": Setting(1.0, _one_of(*SCALES)),
    "turn": Setting(0, _whole(-MOST_TURN, MOST_TURN)),
    "thicker": Setting(0, _whole(THINNER, THICKER)),
}

"""Every value that a session keeps: its name, its default, and whether a link carries it.

A setting lives in the URL under its own name, bound to the widget that shows it. Streamlit drops
what a link says wrongly without a word, and knows nothing of settings whose widget is on another
page; `read_link` reads the whole link first, so that the page can use it and say what made no sense.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from core.dataset import SIDE, SPLITS
from core.descent import CURVES
from core.link_text import THICKEST, THINNEST, parse_pixels, parse_strokes
from core.strokes import PEN
from core.sweep import MOST_RATES
from sources import builtin, kept

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
    return name if name == builtin.NAME or kept.index_of(name) else _fail()


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


LAST_PIXEL = SIDE - 1
SPLIT_NAMES = {"train": "Training", "valid": "Validation"}  # as widgets show them, and so links
NUDGES = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
# Learning rates, each about as much larger than the one before. The others are for a time in seconds.
RATES = (
    0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35,
    0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.5, 2.0,
)  # fmt: skip
FIT_RATES = (0.00001, 0.00002, 0.000025, 0.00003, 0.00005, 0.0001, 0.0002, 0.0005, *RATES)
REACH = 4.0  # the one weight can be put this far from 0
MOST_STEPS, MOST_FIT_STEPS = 50, 500
PLANES = ("a and b", "a and c", "b and c")
MOST = 10_000_000  # more images than any dataset here has
TRAINING_RATES = tuple(float(f"{10 ** (place / 10):.3g}") for place in range(-40, 21))  # 0.0001 to 100
LOWEST_RATE, HIGHEST_RATE = TRAINING_RATES[0], TRAINING_RATES[-1]
SIZES = tuple(lead * 10**power for power in range(7) for lead in (1, 2, 5))  # of batches and training sets
STAGES = ("1 Initialise", "2 Predict", "3 Loss", "4 Gradient", "5 Step", "6 Repeat", "7 Stop")
WAYS = ("Draw", "Upload", "Camera")  # ways to bring a digit of one's own
INKS = ("Decide", "Dark on light", "Light on dark")  # how ink stands on paper
FURTHEST, MOST_TURN, THINNER, THICKER = 8, 45, -3, 5  # pixels, degrees, and half pixels that a drawing can be changed
SCALES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
MOST_UNITS, MOST_EPOCHS, LAST_SEED = 100, 10_000, 9_999
EXPERIMENTS = ("1 Sweep", "2 Range test", "3 The valley", "4 Batch size")
LEAST_RATES, MOST_LAB_EPOCHS, MOST_VALLEY_STEPS = 3, 50, 500
TESTED = (50, 500)  # batches of a range test

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

# Values that belong to one session and that no link carries.
IGNORED = "link_ignored"  # parts of the link that made no sense, as text
PAGE = "page"  # the page that is open
LAST_DIGITS = "digits_before"  # the last choice of digits that could be used
PLAYS = "plays_"  # and the name of a setting that counts steps: whether it moves on by itself
DRAWN = "drawn_"  # and the name of such a setting: where it stood when the page was last drawn
CELL = "confusion_cell"  # the cell of the confusion matrix whose images are shown
CODE = "code_drawer"  # whether the code drawer is open
GUESS = "guess_"  # and the page's name: what was guessed there
PLAYER = "training_player"  # the training run that goes on or waits
EARLIER = "training_earlier"  # the runs before it, the oldest first
COUNT = "training_count"  # how many runs there have been
MODEL = "own_model"  # the model that the learner took from Training to the other pages
RUNS_TABLE = "training_runs"  # the table of earlier runs, as it is being edited
SWEEP = "lab_sweep"  # the sweep over learning rates that goes on or waits
GRID = "lab_grid"  # a sweep for each batch size
WEIGHTS_PROBLEM = "training_weights_problem"  # what is wrong with it, or None
WEIGHTS_FILE = "training_weights"  # the file of weights that was chosen
TRAINED_ON = "training_dataset"  # what the dataset is called that the player's run learns from
UPLOAD = "own_file"  # the zip that was chosen
IMPORT = "own_import"  # the job that reads it
READ_BEFORE = "own_file_read"  # the id of the file that this job reads
COMPARED = "datasets_compared"  # accuracies, by the digits in play and the datasets trained and tested on
CHOSEN_TO_COMPARE = "datasets_to_compare"
PAPER = "paper"  # what is on the canvas and what was, a `ui.canvas.Paper`
PHOTO = "photo_"  # and a way to bring one: the file that came that way
# Charts, listings and the canvas: what was clicked or drawn last.
PICTURE, IDEAL_PICTURE, SCATTER, CONFUSION, FILES, DRAWING = (
    "picture", "ideal_picture", "scatter", "confusion", "files_", "drawing",
)  # fmt: skip


def bound(name: str, default_as: str = "value", default: object = None) -> dict:
    """Return what a widget needs to be the one that shows a setting: its key, its default, its place in the URL.

    default_as: the widget's own word for its default. default: where it depends on the data in play.
    """
    chosen = SETTINGS[name].default if default is None else default
    return {"key": name, "bind": "query-params", default_as: chosen}


def bound_digit(name: str, digits: tuple[int, ...], default: int) -> dict:
    """Return what a choice among the digits in play needs; a digit that has gone out of play gives way to another.

    default: which digit it is where the setting's own default is not in play.
    Must be called right before the widget is made.
    """
    if SETTINGS[name].default in digits:
        default = SETTINGS[name].default
    if name in st.session_state and st.session_state[name] not in digits:
        st.session_state[name] = default
    return {"options": digits, "required": True, **bound(name, "default", default)}


def value(name: str):
    """Return a setting's value, also before its widget has been shown."""
    return st.session_state.get(name, SETTINGS[name].default)


def link_to(**settings) -> dict[str, str]:
    """Write settings as the parameters of a link to another page."""
    written = {bool: lambda value: str(value).lower(), float: plain}
    return {name: written.get(type(value), str)(value) for name, value in settings.items()}


def keep_in_link(name: str, text: str) -> None:
    """Put a setting that no widget shows into the link, on every page; one without text leaves it."""
    if st.query_params.get(name, "") != text:
        if text:
            st.query_params[name] = text
        else:
            _drop_from_link(name)


def in_play_or_none(name: str, digits: tuple[int, ...]) -> None:
    """Take back the choice of a digit that has gone out of play. Must be called right before the widget is made."""
    if st.session_state.get(name) not in (None, *digits):
        st.session_state[name] = None


def _drop_from_link(name: str) -> None:
    with suppress(KeyError):  # where a page that is being left was quicker
        del st.query_params[name]


def read_link(page: str) -> None:
    """Read the link that opened a page, once: keep its settings, remember the parts that make no sense.

    page: what tells it from the others.
    """
    if st.session_state.get(PAGE) == page:
        return
    first = PAGE not in st.session_state
    st.session_state[PAGE] = page
    # As a whole: a page that was left a moment ago may still be running in this session, and change the link.
    # The sidebar is on every page: later on, it says itself which digits are in play.
    link = {name: st.query_params.get_all(name) for name in st.query_params.to_dict() if first or name != "digits"}
    ignored = [f"digits={text}" for text in link.get("digits", []) if text not in set("0123456789")]
    if "digits" in link:
        link["digits"] = [text for text in link["digits"] if text in set("0123456789")]
        if link["digits"]:
            st.query_params["digits"] = link["digits"]
        else:
            del link["digits"]
            _drop_from_link("digits")
    digits = SETTINGS["digits"].parse(link["digits"]) if "digits" in link else ()
    in_play = digits if len(digits) >= 2 else st.session_state.get(LAST_DIGITS, SETTINGS["digits"].default)
    for name, raw in link.items():
        setting = SETTINGS.get(name)
        try:
            parsed = setting.parse(raw) if setting else _fail()
            if setting.in_play and parsed not in in_play:
                _fail()
        except (ValueError, KeyError):
            ignored.append(" and ".join(f"{name}={text[:40]}" for text in raw[:10]))
            _drop_from_link(name)
        else:
            st.session_state[name] = parsed
    st.session_state[IGNORED] = ignored
    if ignored:
        st.rerun()  # a widget seeds itself from the link as this run got it: the next one gets what is left of it


def at_most(name: str, most: int) -> None:
    """Bring a setting down to what the data in play allow. Must be called right before the widget is made."""
    if (st.session_state.get(name) or 0) > most:
        st.session_state[name] = most

"""All settings: the name of each, its default, its options or limits, and how it is read from a link.

A setting describes what a page shows, so it is part of the URL under its own name, bound to the widget that shows it.
What a session remembers besides, and no link carries, has its names in `keys.py`.

Streamlit silently drops a value of a link that is not valid, and ignores settings whose widget is on another page.
`session.read_link` therefore reads the whole link first: the page can then use all settings, and say which parts made
no sense.
"""

from core.dataset import SIDE, SPLITS
from core.descent import CURVES
from core.drawing.strokes import PEN, THICKEST, THINNEST
from core.rates.sweep import MOST_RATES
from core.training.optimisers import OPTIMISERS, SGD
from live.classroom import tokens
from sources import builtin, library
from ui.state import choices, view_text
from ui.state.choices import LARGEST_WEIGHT, SPLIT_NAMES
from ui.state.drawing_text import parse_pixels, parse_strokes
from ui.state.painting_text import parse_painting
from ui.state.setting_kinds import (
    Setting,
    Texts,
    buttons,
    check,
    count,
    crop,
    digit,
    one_of,
    only,
    plain,
    rate,
    rates,
    read_by,
    scale,
    size,
    slider,
    switch,
    text,
)


def _digits(texts: Texts) -> tuple[int, ...]:
    # The widget keeps those texts of the link that are digits; read_link says which are not.
    return tuple(sorted({int(text) for text in texts}))


def _dataset(texts: Texts) -> str:
    name = only(texts)
    return check(name, name == builtin.NAME or library.is_there(name))


def _secret(text: str) -> None:
    if text:
        tokens.hashed(text)


MODELS, LOSSES = ("Linear", "Hidden layer"), ("mnist_loss", "binary cross-entropy")

SETTINGS = {
    # on every page
    "dataset": Setting(None, _dataset),  # by default the one with which this server was started
    "digits": Setting((3, 7), _digits, {"options": range(10), "default": (3, 7)}),
    "split": buttons("valid", *SPLITS, shown=SPLIT_NAMES.get),
    "digit": digit(3),
    "number": count(2, low=0),
    "own": Setting(None, read_by(parse_pixels)),  # the pixels of a drawing that is the specimen, as a link has them
    "strokes": Setting("", read_by(parse_strokes)),  # and its strokes
    "meant": digit(None),  # which digit the learner says that the drawing is
    # of a class
    "seat": Setting("", read_by(_secret)),  # the secret of a learner's seat
    "teacher": Setting("", read_by(_secret)),  # that of a teacher, which is dropped from the address
    "join": Setting("", lambda texts: check(only(texts), len(only(texts)) <= 12)),  # the code of a class to join
    # Pixels
    "rows": crop(4, 10),
    "columns": crop(4, 10),
    "whole": switch(False),
    "pixel_row": slider(7, 0, SIDE - 1),
    "pixel_column": slider(9, 0, SIDE - 1),
    "label": digit(3),
    "width": slider(SIDE, 14, 56),
    # Tensors
    "rank": buttons("Image", "Number", "Vector", "Image", "Stack", "Colour"),
    "condition": one_of("every file", ("every file", "files larger than", "files smaller than"), index=0),
    "size": slider(260, 100, 500),
    "stacked": count(20),
    "cast": switch(False),
    "along": buttons("0", "0", "1", "2"),  # the dimension over which the mean is taken
    "shape_a": text(None),
    "x": slider(3.0, -5.0, 5.0, step=0.5),
    "written": slider(42, 0, 99),
    "shape_b": text("28, 28"),
    # Ideal digits
    "n": count(1),
    "shown": digit(3),
    "a": digit(3),
    "b": digit(7),
    # Distance
    "map": buttons("Signed", "Signed", "Absolute", "Squared"),
    "across": digit(3),
    "up": digit(7),
    "judge": buttons("L2", "L1", "L2"),
    "scored": buttons("valid", *SPLITS, shown=SPLIT_NAMES.get),
    "nudge": Setting(0.0001, lambda texts: check(float(only(texts)), float(only(texts)) in choices.NUDGES)),
    # Gradient descent
    "curve": buttons("Square", *CURVES),
    "weight": slider(3.0, -LARGEST_WEIGHT, LARGEST_WEIGHT, step=0.1),
    "h": slider(-3, -12, 0),  # the power of ten
    "squared": text("3, 4, 10"),
    "rate": scale(0.3, choices.RATES, shown=plain),
    "start": slider(-4.0, -LARGEST_WEIGHT, LARGEST_WEIGHT, step=0.1),
    "steps": slider(5, 0, choices.MOST_STEPS),
    "time": buttons("Scaled", "Scaled", "Seconds"),
    "fit_rate": scale(0.5, choices.FIT_RATES, shown=plain),
    "measured": slider(0, 0, 99),
    "fit_steps": slider(3, 0, choices.MOST_FIT_STEPS),
    "plane": buttons("a and c", "a and b", "a and c", "b and c"),
    # Training
    "lr": rate(1.0),
    "pace": buttons(choices.SLOW_START, *choices.PACES),
    "batch": size(256),
    "momentum": slider(0.0, 0.0, 0.99, step=0.01),
    "optimiser": buttons(SGD, *OPTIMISERS),
    "decay": scale(0.0, choices.WEIGHT_DECAYS, shown=plain),
    "model": buttons("Linear", *MODELS),
    "units": slider(30, 1, 100),
    "images": size(None),
    "shuffle": switch(True),
    "seed": slider(37, 0, 9_999),
    "loss": buttons("mnist_loss", *LOSSES),
    "stop": buttons("Never", "Never", "After some epochs", "When it overfits"),
    "epochs": slider(20, 1, 10_000),
    "patience": slider(10, 1, 10_000),
    "keep_gradients": switch(False),
    "uphill": switch(False),
    "sorted": switch(False),
    "log_loss": switch(False),
    "paint": Setting("", read_by(parse_painting)),  # painted weights
    # Learning rates
    "experiment": buttons("1 Sweep", *choices.EXPERIMENTS),
    "lab_rates": rates(0.0001, 100.0),
    "lab_count": slider(32, 3, MOST_RATES),
    "lab_model": buttons("Linear", *MODELS),
    "lab_units": slider(30, 1, 100),
    "lab_batch": size(64),
    "lab_epochs": slider(20, 1, 50),
    "lab_seed": slider(37, 0, 9_999),
    "lab_loss": buttons("binary cross-entropy", *LOSSES),
    "lab_optimiser": buttons(SGD, *OPTIMISERS),
    "lab_momentum": scale(0.0, choices.MOMENTA, shown=plain),
    "lab_decay": scale(0.0, choices.WEIGHT_DECAYS, shown=plain),
    "lab_log": switch(True),
    "lab_rate": rate(None),
    "tested": slider(150, 50, 500, step=10),  # batches of a range test
    "valley_steps": slider(20, 0, 500),
    "valley_rate": rate(0.1),
    "next_rate": rate(0.5),
    "edge": Setting("", read_by(view_text.parse_view)),  # the view of the map; the whole map if empty
    "stage": buttons("1 Initialise", *choices.STAGES),
    # Draw
    "way": buttons("Draw", "Draw", "Upload", "Camera"),
    "pen": slider(PEN, THINNEST, THICKEST),
    "grid": switch(True),
    "even": switch(True),
    "threshold": switch(True),
    "largest": switch(True),
    "ink_is": buttons("Decide", "Decide", "Dark on light", "Light on dark"),
    "find_ink": switch(True),
    "crop": switch(True),
    "fit": switch(True),
    "centre": switch(True),
    "move_right": slider(0, -8, 8),
    "move_down": slider(0, -8, 8),
    "scale": scale(1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)),
    "turn": slider(0, -45, 45),  # degrees
    "thicker": slider(0, -3, 5),  # half pixels
}

"""The charts of a training run that is paused, and the marks of both these and the live view."""

import math
from functools import lru_cache
from itertools import cycle, pairwise

import altair as alt
import pyarrow as pa

from core.training.optimisers import ADAM
from core.training.run import DIVERGED, Hyperparameters
from live.curves import History
from live.training_run import TrainingRun
from ui.kit.layers import QUIET, colour_and_dash
from ui.training.runs import EarlierRun

STEP, TRAIN, VALID = "each step", "training", "validation"
# Not blue and orange: those are the classes. Each line has its own dash, too.
LOOKS = {STEP: ("#c5b3e6", [1, 0]), TRAIN: ("#8a4fbf", [1, 0]), VALID: ("#0f8f80", [6, 3])}
FAINT = ("#c4b966", "#a7a7a7", "#89c9ec", "#da749d", "#a68f86")  # earlier runs, in turn
EARLIER_DASHES = ([4, 2], [1, 2], [8, 2, 1, 2], [2, 4])
EARLIER_POINTS = 40  # that are drawn of an earlier run's curve
MOST_MARKS = 12  # turns of a knob
# What marks call a knob, and what it means that a switch was turned
TURNED = {"lr": "rate", "momentum": "momentum", "batch_size": "batch", "weight_decay": "weight decay"}
SWITCHED = {
    "uphill": {True: "uphill", False: "downhill"},
    "zero_grad": {True: "gradients zeroed", False: "gradients kept"},
}
LATER = 3  # epochs without a lower validation loss after which the lowest is marked

# What a chart shows: its title, the line of every step, and the two lines of every epoch.
LOSS, ACCURACY = ("loss", STEP, "train_loss", "valid_loss"), ("accuracy", None, "train_accuracy", "valid_accuracy")


def curve_table(
    which: tuple, history: History, earlier: list[EarlierRun], mark: tuple[float, str] | None, logarithmic: bool = False
) -> pa.Table:
    """Return what a chart shows: x in epochs, y, series, and note, which is a text on a mark and empty on a line.

    which: LOSS or ACCURACY; mark: as `mark_of` returns it; logarithmic: leave out what has no logarithm.
    A bounded number of rows, however long the run is. An Arrow table is made in a tenth of a DataFrame's time.
    """
    _, step, train, valid = which
    lines = [(run.curve_name, _thinned(run.history.curves[valid].points())) for run in earlier]
    lines += [(step, history.step_curve.points())] if step else []
    lines += [(TRAIN, history.curves[train].points()), (VALID, history.curves[valid].points())]
    rows = [
        (x, y, name, "") for name, points in lines for x, y in points if math.isfinite(y) and (y > 0 or not logarithmic)
    ]
    rows += [(x, None, TRAIN, "") for x in (0.0, 1.0)]  # the axis shows at least one epoch
    if mark:
        rows.append((mark[0], None, VALID, mark[1]))
    x, y, series, note = zip(*rows, strict=True)
    return pa.table({"x": pa.array(x, pa.float64()), "y": pa.array(y, pa.float64()), "series": series, "note": note})


def mark_of(run: TrainingRun) -> tuple[float, str] | None:
    """Return where something happened, in epochs, and what: the run diverged, or validation loss turned up."""
    state = run.state
    if state.stopped == DIVERGED and run.history.positions:
        return run.history.positions[-1], "diverged"
    if state.best and state.epoch - state.best_epoch >= LATER:
        return state.best_epoch, "lowest validation loss"
    return None


def marks_of(run: TrainingRun) -> list[tuple[float, str]]:
    """Return all marks of the live view: where something was turned, and what `mark_of` says."""
    positions = run.history.positions
    marks = [
        (positions[step - 1], _turned(before, after))
        for (_, before), (step, after) in pairwise(run.changes[-MOST_MARKS:])
        if 0 < step <= len(positions)
    ]
    return [mark for mark in (*marks, mark_of(run)) if mark and mark[1]]


def _turned(before: Hyperparameters, after: Hyperparameters) -> str:
    """Say what was turned while a run went on, empty if only a rule for its end was."""
    new = {name: value for name, value in vars(after).items() if value != getattr(before, name)}
    if after.optimiser == ADAM:
        new.pop("momentum", None)  # it has its own
    words = [new["optimiser"]] if "optimiser" in new else []
    words += [f"{word} {new[name]:g}" for name, word in TURNED.items() if name in new]
    words += [said[new[name]] for name, said in SWITCHED.items() if name in new]
    return ", ".join(words)


@lru_cache(maxsize=200)  # making one takes longer than everything else in a frame
def curves(which: tuple, names: tuple[str, ...], logarithmic: bool, marked: bool) -> dict:
    """Draw `curve_table` as lines against epochs. The specification is shared: it must not be written to.

    names: of the earlier runs' curves; marked: whether there is a mark.
    """
    title, step, *_ = which
    plain = "abs(datum.value) < 1e5 ? datum.label : format(datum.value, '~e')"  # a loss that diverges can be any number
    room = 46  # pixels for the longest label, so that the chart does not jump when labels get longer
    axis = alt.Axis(format=",~r" if step else ".1%", labelExpr=plain, tickCount=6, minExtent=room)
    scale = alt.Scale(type="log") if logarithmic else alt.Scale(zero=False)
    x = alt.X("x:Q", title="Epochs", scale=alt.Scale(nice=False), axis=alt.Axis(tickMinStep=1, tickCount=8))
    y = alt.Y("y:Q", title=title.capitalize(), scale=scale, axis=axis)
    layers = [alt.Chart().mark_line(strokeWidth=2.2).encode(x, y, *_series(step, names))]
    tooltip = [
        alt.Tooltip("series:N", title="Line"),
        alt.Tooltip("x:Q", title="Epochs", format=",.2f"),
        alt.Tooltip("y:Q", title=title.capitalize(), format=".6f" if step else ".1%"),
    ]
    layers.append(alt.Chart().mark_point(size=60, opacity=0, filled=True).encode(x, y, tooltip=tooltip))
    if marked:
        marks = alt.Chart().transform_joinaggregate(end="max(x)").transform_filter("datum.note != ''").encode(x=x)
        layers.append(marks.mark_rule(strokeDash=[3, 3], strokeWidth=1.5, color=QUIET))
        text = {"baseline": "top", "y": 2, "fontSize": 12, "color": QUIET}
        for where, side in (("datum.x >= datum.end / 3", ("right", -5)), ("datum.x < datum.end / 3", ("left", 5))):
            if step:
                words = marks.transform_filter(where).mark_text(align=side[0], dx=side[1], **text)
                layers.append(words.encode(text="note:N"))
    return alt.layer(*layers).properties(height=320 if step else 180).to_dict()


def _series(step: str | None, names: tuple[str, ...]) -> list[alt.Color | alt.StrokeDash]:
    """Return the colours and dashes of all lines. The two charts have the same lines: the upper names them for both."""
    looks = LOOKS | {name: (colour, dash) for name, colour, dash in zip(names, cycle(FAINT), cycle(EARLIER_DASHES))}
    if not step:
        del looks[STEP]
        return colour_and_dash("series:N", looks, None)
    legend = alt.Legend(orient="bottom", title=None, columns=2, labelLimit=320, symbolType="stroke", symbolSize=300)
    return colour_and_dash("series:N", looks, legend)


def _thinned(points: list) -> list:
    """Thin a curve to about EARLIER_POINTS; the first and the last stay."""
    stride = max(1, math.ceil(len(points) / EARLIER_POINTS))
    return [*points[:-1:stride], *points[-1:]]

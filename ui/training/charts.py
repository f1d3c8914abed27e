"""The live charts of a training run: a long table in, and a specification that stays the same while it runs."""

import math
from functools import lru_cache

import altair as alt
import pyarrow as pa

from core.training.run import DIVERGED, TrainState
from live.curves import History
from ui.training.runs import EarlierRun

STEP, TRAIN, VALID = "each step", "training", "validation"
# Not blue and orange: those are the classes. Each line has its own dash, too.
COLOURS = {STEP: "#c5b3e6", TRAIN: "#8a4fbf", VALID: "#0f8f80"}
DASHES = {STEP: [1, 0], TRAIN: [1, 0], VALID: [6, 3]}
FAINT = ("#c4b966", "#a7a7a7", "#89c9ec", "#da749d", "#a68f86")  # earlier runs, over and over
EARLIER_DASHES = ([4, 2], [1, 2], [8, 2, 1, 2], [2, 4])
EARLIER_POINTS = 40  # of an earlier run's curve
LATER = 3  # epochs after the lowest validation loss that make a turn of it

LOSS, ACCURACY = ("loss", STEP, "train_loss", "valid_loss"), ("accuracy", None, "train_accuracy", "valid_accuracy")


def frame(
    which: tuple, history: History, earlier: list[EarlierRun], mark: tuple[float, str] | None, logarithmic: bool = False
) -> pa.Table:
    """Return what a chart shows: x in epochs, y, series, and note, which is a text on a mark and empty on a line.

    which: LOSS or ACCURACY; mark: as `mark_of` has it; logarithmic: leave out what has no logarithm.
    A bounded number of rows, however long the run is. An Arrow table is made in a tenth of a DataFrame's time.
    """
    _, step, train, valid = which
    rows = [(x, y, run.name, "") for run in earlier for x, y in _few(run.history.curves[valid].points())]
    if step:
        rows += [(x, y, STEP, "") for x, y in history.step_curve.points()]
    rows += [(x, y, TRAIN, "") for x, y in history.curves[train].points()]
    rows += [(x, y, VALID, "") for x, y in history.curves[valid].points()]
    rows = [row for row in rows if math.isfinite(row[1]) and (row[1] > 0 or not logarithmic)]
    rows += [(x, None, TRAIN, "") for x in (0.0, 1.0)]  # the axis shows at least one epoch
    if mark:
        rows.append((mark[0], None, VALID, mark[1]))
    x, y, series, note = zip(*rows, strict=True)
    return pa.table({"x": pa.array(x, pa.float64()), "y": pa.array(y, pa.float64()), "series": series, "note": note})


def mark_of(history: History, state: TrainState) -> tuple[float, str] | None:
    """Return where something happened, in epochs, and what: the run diverged, or validation loss turned up."""
    if state.stopped == DIVERGED and history.positions:
        return history.positions[-1], "diverged"
    if state.best_epoch and state.epoch - state.best_epoch >= LATER:
        return state.best_epoch, "lowest validation loss"
    return None


@lru_cache(maxsize=200)  # making one takes longer than everything else in a frame
def spec(which: tuple, names: tuple[str, ...], logarithmic: bool, marked: bool, readable: bool) -> dict:
    """Return the specification of `chart`. It is shared: it must not be written to."""
    return chart(which, names, logarithmic, marked, readable).to_dict()


def chart(
    which: tuple, names: tuple[str, ...], logarithmic: bool, marked: bool, readable: bool
) -> alt.Chart | alt.LayerChart:
    """Draw curves against epochs. The data come with every frame.

    names: of the earlier runs; marked: whether there is a mark; readable: whether pointing at a curve tells its
    numbers, which is left out while it runs: a point for the mouse at each of a thousand places halves the frames.
    """
    title, step, *_ = which
    series = [*([STEP] if step else []), TRAIN, VALID, *names]
    colours = [COLOURS.get(name) or FAINT[names.index(name) % len(FAINT)] for name in series]
    dashes = [DASHES.get(name) or EARLIER_DASHES[names.index(name) % len(EARLIER_DASHES)] for name in series]
    # The two charts have the same lines: the upper one names them for both.
    legend = None
    if step:
        legend = alt.Legend(orient="bottom", title=None, columns=3, labelLimit=220, symbolType="stroke", symbolSize=300)
    colour = alt.Color("series:N", scale=alt.Scale(domain=series, range=colours), legend=legend)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=series, range=dashes), legend=legend)
    plain = "abs(datum.value) < 1e5 ? datum.label : format(datum.value, '~e')"  # a loss that diverges can be any number
    axis = alt.Axis(
        format=",~r" if step else ".1%",
        labelExpr=plain,
        tickCount=6,
        minExtent=46,  # room for the longest: no jumping
    )
    scale = alt.Scale(type="log") if logarithmic else alt.Scale(zero=False)
    x = alt.X("x:Q", title="Epochs", scale=alt.Scale(nice=False), axis=alt.Axis(tickMinStep=1, tickCount=8))
    y = alt.Y("y:Q", title=title.capitalize(), scale=scale, axis=axis)
    layers = [
        alt.Chart()
        .mark_line(strokeWidth=2.2)
        .encode(
            x=x,
            y=y,
            color=colour,
            strokeDash=dash,
        )
    ]
    if readable:
        tooltip = [
            alt.Tooltip("series:N", title="Line"),
            alt.Tooltip("x:Q", title="Epochs", format=",.2f"),
            alt.Tooltip("y:Q", title=title.capitalize(), format=".6f" if step else ".1%"),
        ]
        layers.append(alt.Chart().mark_point(size=60, opacity=0, filled=True).encode(x=x, y=y, tooltip=tooltip))
    if marked:
        marks = alt.Chart().transform_joinaggregate(end="max(x)").transform_filter("datum.note != ''").encode(x=x)
        layers.append(marks.mark_rule(strokeDash=[3, 3], strokeWidth=1.5, color="#8a8f98"))
        if step:
            for where, align, dx in (("datum.x >= datum.end / 3", "right", -5), ("datum.x < datum.end / 3", "left", 5)):
                text = marks.transform_filter(where).mark_text(
                    align=align, baseline="top", dx=dx, y=2, fontSize=12, color="#8a8f98"
                )
                layers.append(text.encode(text="note:N"))
    return (alt.layer(*layers) if len(layers) > 1 else layers[0]).properties(height=320 if step else 180)


def _few(points: list) -> list:
    """Thin a curve to about EARLIER_POINTS; the first and the last stay."""
    stride = max(1, math.ceil(len(points) / EARLIER_POINTS))
    return [*points[:-1:stride], *points[-1:]]

"""Charts of many learning rates: an Arrow table in, with a specification that stays the same while it runs.

Rates have one scale of colours, from dark to light, which the eye reads as an order; verdicts have shapes.
"""

import math
from functools import lru_cache
from itertools import pairwise

import altair as alt
import pyarrow as pa
import torch

from core.rates.verdicts import BOUNCING, DIVERGED, GOOD, STUCK, TOO_SMALL, Verdict
from live.sweep_run import SweepRun
from ui.kit.layers import AIM, QUIET, layer

RATES = {"name": "viridis", "extent": [0.1, 0.92]}  # neither end is lost on a dark or a light page
SHAPES = {TOO_SMALL: "triangle-left", GOOD: "circle", BOUNCING: "triangle-right", STUCK: "square", DIVERGED: "cross"}
DECADES = [10.0**power for power in range(-4, 3)]
HEADROOM = 1.6  # times the loss at the start: what is higher is cut off
DEPTH = 2_000  # times lower than that a logarithmic axis begins: the same axis all the time, so that nothing jumps
# Drawn anew many times a second: as SVG, 64 curves and 3,000 cells took a browser three times as long.
LIVE = {"embedOptions": {"renderer": "canvas"}}
CEILING = 0.9  # of that: where the mark of a run stands that has no loss any more

Range = tuple[float, float]
FINAL = {
    "layer": pa.string(),
    "rate": pa.float64(),
    "to": pa.float64(),
    "loss": pa.float64(),
    "accuracy": pa.float64(),
    "verdict": pa.string(),
}
NOTHING_YET = pa.table({name: pa.array([], kind) for name, kind in FINAL.items()})  # as `final_table` has it


def rate_x(rates: Range, title: str = "Learning rate") -> alt.X:
    """Return an axis for learning rates."""
    return alt.X(
        "rate:Q",
        title=title,
        scale=alt.Scale(type="log", domain=list(rates), nice=False),
        axis=alt.Axis(values=DECADES, format="~g"),
    )


def _rate_colour(rates: Range, legend: bool) -> alt.Color:
    bar = alt.Legend(orient="bottom", type="gradient", gradientLength=240, values=DECADES, format="~g")
    return alt.Color(
        "rate:Q",
        title="Learning rate",
        legend=bar if legend else None,
        scale=alt.Scale(type="log", domain=list(rates), scheme=RATES),
    )


def loss_y(logarithmic: bool, top: float, title: str = "Loss") -> alt.Y:
    """Return an axis for losses. top: what is higher is cut off."""
    domain = [top / DEPTH if logarithmic else 0, top]
    scale = alt.Scale(type="log" if logarithmic else "linear", domain=domain, nice=False)
    return alt.Y("loss:Q", title=title, scale=scale, axis=alt.Axis(format="~g", tickCount=6, minExtent=46))


def edges(rates: list[float]) -> list[float]:
    """Return where the place of each rate ends on a logarithmic axis: (R + 1,), half-way to its neighbours."""
    logs = [math.log(rate) for rate in rates]
    inner = [(a + b) / 2 for a, b in pairwise(logs)]
    first, last = (inner[0], inner[-1]) if inner else (logs[0] - 0.1, logs[0] + 0.1)
    return [math.exp(log) for log in (2 * logs[0] - first, *inner, 2 * logs[-1] - last)]


def curve_table(player: SweepRun, logarithmic: bool) -> pa.Table:
    """Return the loss of each rate against epochs: epochs, loss, rate, float32. A bounded number of rows."""
    curve = player.curve
    runs = len(player.rates)
    losses = curve.losses.t().flatten()
    keep = losses.isfinite() & (losses > 0 if logarithmic else True)
    columns = {
        "epochs": curve.positions.repeat(runs),
        "loss": losses,
        "rate": player.lr.repeat_interleave(len(curve.positions)),
    }
    return pa.table({name: pa.array(column[keep].numpy()) for name, column in columns.items()})


@lru_cache(maxsize=100)  # making one takes longer than everything else in a frame
def curves(rates: Range, epochs: int, top: float, logarithmic: bool) -> dict:
    """Draw the loss of each rate against epochs. Takes `curve_table`. The specification is shared."""
    x = alt.X("epochs:Q", title="Epochs", scale=alt.Scale(domain=[0, epochs], nice=False))
    return (
        alt.Chart()
        .mark_line(clip=True, strokeWidth=1.6)
        .encode(x=x, y=loss_y(logarithmic, top, "Training loss"), color=_rate_colour(rates, True), detail="rate:Q")
        .properties(height=400, usermeta=LIVE)
        .to_dict()
    )


def final_table(rates: list[float], losses, accuracies, verdicts: list[Verdict], best: int | None, top: float):
    """Return what the U shows: layer, rate, to, loss, accuracy, verdict.

    losses, accuracies: (R,) float32. The layers are "run", "good" and "diverged", which are regions, and "best".
    """
    ends = edges(rates)
    rows = []
    for place, (rate, loss, accuracy, verdict) in enumerate(
        zip(rates, losses.tolist(), accuracies.tolist(), verdicts, strict=True)
    ):
        gone = not math.isfinite(loss)
        rows.append(("run", rate, None, CEILING * top if gone else loss, None if gone else accuracy, verdict.kind))
        if verdict.kind in (GOOD, DIVERGED):
            rows.append((verdict.kind, ends[place], ends[place + 1], None, None, verdict.kind))
        if place == best:
            rows.append(("best", rate, None, loss, accuracy, verdict.kind))
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(column, kind) for (name, kind), column in zip(FINAL.items(), columns, strict=True)})


@lru_cache(maxsize=100)
def final(rates: Range, top: float, logarithmic: bool, which: str) -> dict:
    """Draw the "loss" or the "accuracy" of each rate at the end, with its regions. Takes `final_table`."""
    x = rate_x(rates, "Learning rate" if which == "accuracy" else "")
    if which == "loss":
        y = loss_y(logarithmic, top, "Validation loss")
    else:
        y = alt.Y(
            "accuracy:Q",
            title="Accuracy",
            scale=alt.Scale(zero=False, nice=False),
            axis=alt.Axis(format=".0%", tickCount=4, minExtent=46),
        )
    shape = alt.Shape(
        "verdict:N",
        scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())),
        legend=alt.Legend(
            orient="bottom", title=None, symbolSize=90, columns=2, symbolFillColor=QUIET, symbolStrokeColor=QUIET
        )
        if which == "accuracy"
        else None,
    )
    tooltip = [
        alt.Tooltip("rate:Q", title="Learning rate", format="~g"),
        alt.Tooltip("verdict:N", title="Verdict"),
        alt.Tooltip("loss:Q", title="Validation loss", format=".4f"),
        alt.Tooltip("accuracy:Q", title="Accuracy", format=".1%"),
    ]
    good = layer(GOOD).mark_rect(color=AIM, opacity=0.16).encode(x=x, x2="to:Q")
    gone = layer(DIVERGED).mark_rect(color=QUIET, opacity=0.3).encode(x=x, x2="to:Q")
    best = layer("best").mark_rule(color=AIM, strokeWidth=2, strokeDash=[5, 3]).encode(x=x)
    points = (
        layer("run")
        .mark_point(filled=True, size=70, opacity=1, clip=True)
        .encode(x=x, y=y, color=_rate_colour(rates, False), shape=shape, tooltip=tooltip)
    )
    return (
        alt.layer(good, gone, best, points).properties(height=230 if which == "loss" else 260, usermeta=LIVE).to_dict()
    )


def heat_table(rates: list[float], losses) -> pa.Table:
    """Return the loss of each rate after each epoch as cells: rate, to, epoch, until, loss. losses: (epochs + 1, R)."""
    epochs, runs = losses.shape
    ends = torch.tensor(edges(rates))
    after = torch.arange(epochs, dtype=torch.float32).repeat_interleave(runs)
    columns = {
        "rate": ends[:-1].repeat(epochs),
        "to": ends[1:].repeat(epochs),
        "epoch": after - 0.5,
        "until": after + 0.5,
        "loss": losses.flatten(),
        "exact": torch.tensor(rates).repeat(epochs),
    }
    return pa.table({name: pa.array(column.numpy()) for name, column in columns.items()})


@lru_cache(maxsize=100)
def heat(rates: Range, epochs: int, top: float) -> dict:
    """Draw the loss over rate and epoch as colours; a run that diverged leaves its cells grey. Takes `heat_table`."""
    x = rate_x(rates)
    y = alt.Y("epoch:Q", title="Epoch", scale=alt.Scale(domain=[-0.5, epochs + 0.5], nice=False))
    # The colour is of the loss, dark where it is low. Every loss of more than at the start looks the same.
    colour = alt.Color(
        "loss:Q",
        title="Validation loss",
        legend=alt.Legend(orient="bottom", gradientLength=240, format="~g"),
        scale=alt.Scale(type="log", domain=[top / DEPTH, top], scheme="magma", clamp=True, nice=False),
    )
    tooltip = [
        alt.Tooltip("exact:Q", title="Learning rate", format="~g"),
        alt.Tooltip("after:Q", title="Epochs", format=".0f"),
        alt.Tooltip("loss:Q", title="Validation loss", format=".4f"),
    ]
    lost = alt.Chart().transform_filter("!isValid(datum.loss)").mark_rect(color=QUIET, opacity=0.45, clip=True)
    cells = alt.Chart().transform_filter("isValid(datum.loss)").transform_calculate(after="datum.epoch + 0.5")
    return (
        alt.layer(
            lost.encode(x=x, x2="to:Q", y=y, y2="until:Q"),
            cells.mark_rect(clip=True).encode(x=x, x2="to:Q", y=y, y2="until:Q", color=colour, tooltip=tooltip),
        )
        .properties(height=300, usermeta=LIVE)
        .to_dict()
    )


def two_table(rates: list[float], first, last, names: tuple[str, str]) -> pa.Table:
    """Return the loss of each rate after one epoch and at the end as two lines: rate, loss, when."""
    rows = [
        (rate, loss, name)
        for name, losses in zip(names, (first, last), strict=True)
        for rate, loss in zip(rates, losses.tolist(), strict=True)
        if math.isfinite(loss)
    ]
    columns = zip(*rows, strict=True) if rows else [(), (), ()]
    rate, loss, when = columns
    return pa.table(
        {
            "rate": pa.array(rate, pa.float64()),
            "loss": pa.array(loss, pa.float64()),
            "when": pa.array(when, pa.string()),
        }
    )


@lru_cache(maxsize=100)
def two(rates: Range, names: tuple[str, str], top: float) -> dict:
    """Draw two lines over the rates, each with its own dash. Takes `two_table`."""
    legend = alt.Legend(orient="bottom", title=None, symbolType="stroke", symbolSize=300)
    when = [
        alt.Color("when:N", legend=legend, scale=alt.Scale(domain=list(names), range=["#8a4fbf", "#0f8f80"])),
        alt.StrokeDash("when:N", legend=legend, scale=alt.Scale(domain=list(names), range=[[6, 3], [1, 0]])),
    ]
    tooltip = [
        alt.Tooltip("rate:Q", title="Learning rate", format="~g"),
        alt.Tooltip("loss:Q", title="Validation loss", format=".4f"),
        alt.Tooltip("when:N", title=""),
    ]
    return (
        alt.Chart()
        .mark_line(clip=True, strokeWidth=2.5, point=alt.OverlayMarkDef(size=35))
        .encode(rate_x(rates), loss_y(True, top, "Validation loss"), *when, tooltip=tooltip)
        .properties(height=320)
        .to_dict()
    )

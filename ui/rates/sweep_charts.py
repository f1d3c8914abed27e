"""Charts of many learning rates: an Arrow table in, with a specification that stays the same while it runs.

Specifications are cached, as making one takes longer than everything else in a frame: they must not be written to.
"""

import math
from functools import lru_cache
from itertools import pairwise

import altair as alt
import pyarrow as pa
import torch

from ui.kit.layers import QUIET, Domain, colour_and_dash

DECADES = [10.0**power for power in range(-4, 3)]
HEADROOM = 1.6  # times the loss at the start: what is higher is cut off
DEPTH = 2_000  # a logarithmic axis begins so many times lower than that, all the time, so that nothing jumps
# Drawn anew many times a second: as SVG, 3,000 cells took a browser three times as long.
LIVE = {"embedOptions": {"renderer": "canvas"}}
RATE = alt.Tooltip("rate:Q", title="Learning rate", format="~g")
VALIDATION_LOSS = "Validation loss"
LOSS = alt.Tooltip("loss:Q", title=VALIDATION_LOSS, format=".4f")


def log_scale(domain: Domain, **more) -> alt.Scale:
    """Return a logarithmic scale."""
    return alt.Scale(type="log", domain=list(domain), nice=False, **more)


def rate_x(rates: Domain, title: str = "Learning rate, log scale", field: str = "rate") -> alt.X:
    """Return an axis for learning rates."""
    return alt.X(f"{field}:Q", title=title, scale=log_scale(rates), axis=alt.Axis(values=DECADES, format="~g"))


def loss_y(top: float) -> alt.Y:
    """Return an axis for validation losses. top: what is higher is cut off."""
    axis = alt.Axis(format="~g", tickCount=6, minExtent=46)
    return alt.Y("loss:Q", title=f"{VALIDATION_LOSS}, log scale", scale=log_scale((top / DEPTH, top)), axis=axis)


def loss_cells(base: alt.Chart, top: float, tooltip: list[alt.Tooltip], **axes) -> list[alt.Chart]:
    """Draw losses as coloured cells: dark where they are low, all the same above `top`, grey where there is none."""
    legend = alt.Legend(orient="bottom", gradientLength=240, format="~g")
    scale = log_scale((top / DEPTH, top), scheme="magma", clamp=True)
    colour = alt.Color("loss:Q", title=f"{VALIDATION_LOSS}, log scale", legend=legend, scale=scale)
    lost = base.transform_filter("!isValid(datum.loss)").mark_rect(color=QUIET, opacity=0.4, clip=True)
    cells = base.transform_filter("isValid(datum.loss)").mark_rect(clip=True)
    return [lost.encode(**axes), cells.encode(**axes, color=colour, tooltip=tooltip)]


def line_legend(title: str | None = None) -> alt.Legend:
    """Return a legend that names lines."""
    return alt.Legend(orient="bottom", title=title, symbolType="stroke", symbolSize=300)


def edges(rates: list[float]) -> list[float]:
    """Return where the place of each rate ends on a logarithmic axis: (R + 1,), half-way to its neighbours."""
    logs = [math.log(rate) for rate in rates]
    inner = [(a + b) / 2 for a, b in pairwise(logs)]
    first, last = (inner[0], inner[-1]) if inner else (logs[0] - 0.1, logs[0] + 0.1)
    return [math.exp(log) for log in (2 * logs[0] - first, *inner, 2 * logs[-1] - last)]


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
def heat(rates: Domain, epochs: int, top: float) -> dict:
    """Draw `heat_table`: the loss over rate and epoch as colours."""
    y = alt.Y("epoch:Q", title="Epoch", scale=alt.Scale(domain=[-0.5, epochs + 0.5], nice=False))
    rate = alt.Tooltip("exact:Q", title="Learning rate", format="~g")
    tooltip = [rate, alt.Tooltip("after:Q", title="Epochs", format=".0f"), LOSS]
    base = alt.Chart().transform_calculate(after="datum.epoch + 0.5")
    cells = loss_cells(base, top, tooltip, x=rate_x(rates), x2="to:Q", y=y, y2="until:Q")
    return alt.layer(*cells).properties(height=300, usermeta=LIVE).to_dict()


def two_table(rates: list[float], first, last, names: tuple[str, str]) -> pa.Table:
    """Return the loss of each rate after one epoch and at the end as two lines: rate, loss, when. Some are finite."""
    rows = [
        {"rate": rate, "loss": loss, "when": name}
        for name, losses in zip(names, (first, last), strict=True)
        for rate, loss in zip(rates, losses.tolist(), strict=True)
        if math.isfinite(loss)
    ]
    return pa.Table.from_pylist(rows)


@lru_cache(maxsize=100)
def two(rates: Domain, names: tuple[str, str], top: float) -> dict:
    """Draw `two_table`: two lines over the rates, each with its own dash."""
    looks = dict(zip(names, (("#8a4fbf", [6, 3]), ("#0f8f80", [1, 0])), strict=True))
    axes = rate_x(rates), loss_y(top)
    lines = alt.Chart().mark_line(clip=True, strokeWidth=2.5, point=alt.OverlayMarkDef(size=35))
    lines = lines.encode(
        *axes, *colour_and_dash("when:N", looks, line_legend()), tooltip=[RATE, LOSS, alt.Tooltip("when:N", title="")]
    )
    return lines.properties(height=320).to_dict()

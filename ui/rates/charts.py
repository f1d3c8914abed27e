"""Charts of the range test, the valley, the path from above, and batch sizes: a DataFrame in, an Altair chart out."""

import altair as alt
import pandas as pd

from ui.kit.layers import AIM, HERE, MOVING, QUIET, Domain, colour_and_dash, layer, path_over_loss
from ui.rates.sweep_charts import LOSS, RATE, line_legend, loss_cells, loss_y, rate_x

SHORT_LOSS = alt.Tooltip("loss:Q", title="Loss", format=".4f")
BATCH_COLOURS = ["#8a4fbf", "#0f8f80", "#c2185b", "#9c8600", "#6d6d6d"]
BATCH_DASHES = [[1, 0], [8, 3], [4, 3], [2, 2], [8, 2, 2, 2]]


def lr_range_test(frame: pd.DataFrame, rates: Domain) -> alt.LayerChart:
    """Draw the loss of each batch against its rate, and the suggestions.

    frame: layer ("batch", "smoothed", "suggested"), rate, loss, and for a suggestion label and place, 0 or 1.
    """
    x = rate_x(rates, "Learning rate of the batch, log scale")
    top = min(frame.loss.max(), 2 * frame.loss[frame.layer == "smoothed"].iloc[0])
    y = alt.Y("loss:Q", title="Loss, linear scale", scale=alt.Scale(domain=[0, top], nice=False))
    tooltip = [alt.Tooltip("rate:Q", title="Rate", format=".3~g"), SHORT_LOSS]
    batches = layer("batch").mark_point(clip=True, filled=True, size=22, opacity=0.55, color=QUIET)
    line = layer("smoothed").mark_line(clip=True, color=MOVING, strokeWidth=3)
    suggested = layer("suggested").encode(x)
    rules = suggested.mark_rule(color=AIM, strokeWidth=2.5).encode(strokeDash=alt.StrokeDash("label:N", legend=None))
    # The name of the smaller rate stands to the left of its line, that of the larger to the right, a line lower.
    texts = [
        suggested.transform_filter(f"datum.place == {place}")
        .mark_text(color=AIM, fontSize=13, align=("right", "left")[place], dx=(-6, 6)[place], baseline="top")
        .encode(y=alt.value(4 + 20 * place), text="label:N")
        for place in (0, 1)
    ]
    losses = (one.encode(x, y, tooltip=tooltip) for one in (batches, line))
    return alt.layer(*losses, rules, *texts, data=frame).properties(height=340)


def valley(frame: pd.DataFrame, lengths: Domain, losses: Domain) -> alt.LayerChart:
    """Draw the loss along the gradient, its tangent, and the step.

    frame: layer ("curve", "tangent", "level", "step", "here", "landing"), length, loss.
    """
    x = alt.X(
        "length:Q", title="Learning rate of the step, linear scale", scale=alt.Scale(domain=list(lengths), nice=False)
    )
    y = alt.Y("loss:Q", title="Loss, linear scale", scale=alt.Scale(domain=list(losses), nice=False, zero=False))
    tooltip = [alt.Tooltip("length:Q", title="Rate", format=".3~g"), SHORT_LOSS]
    layers = [
        layer("level").mark_line(color=QUIET, strokeDash=[2, 4], strokeWidth=1.5),
        layer("tangent").mark_line(clip=True, color=AIM, strokeWidth=2, strokeDash=[6, 4]),
        layer("curve").mark_line(clip=True, color=MOVING, strokeWidth=3).encode(tooltip=tooltip),
        layer("step").mark_line(clip=True, color=HERE, strokeWidth=2),
        layer("here").mark_point(filled=True, size=150, opacity=1, color=QUIET).encode(tooltip=tooltip),
        layer("landing").mark_point(filled=True, size=190, opacity=1, color=HERE).encode(tooltip=tooltip),
    ]
    return alt.layer(*(one.encode(x, y) for one in layers), data=frame).properties(height=340)


def path_map(frame: pd.DataFrame, xs: Domain, ys: Domain) -> alt.LayerChart:
    """Draw the loss over two directions as colour, with the path of a run. frame: layer, x, y, x2, y2, loss, n."""
    x = alt.X("x:Q", title="First direction, linear scale", scale=alt.Scale(domain=list(xs), nice=False, zero=False))
    y = alt.Y("y:Q", title="Second direction, linear scale", scale=alt.Scale(domain=list(ys), nice=False, zero=False))
    legend = alt.Legend(orient="bottom", gradientLength=240, tickCount=4, format=".2~g")
    scale = alt.Scale(type="log", scheme="viridis", nice=False)
    colour = alt.Color("loss:Q", title="Loss, log scale", scale=scale, legend=legend)
    layers = path_over_loss({"x": x, "y": y}, colour, [SHORT_LOSS])
    start = layer("start").mark_point(filled=True, shape="square", size=110, opacity=1, color="white", stroke="black")
    now = layer("now").mark_point(filled=True, size=150, opacity=1, color=HERE, stroke="white")
    return alt.layer(*layers, start.encode(x, y), now.encode(x, y), data=frame).properties(height=460)


def batch_map(frame: pd.DataFrame, rates: Domain, sizes: list[str], top: float) -> alt.LayerChart:
    """Draw the loss by rate and batch size as colour, the best rate of each marked. top: the highest loss shown.

    frame: batch, rate, left, right (where its cell ends), loss (none where it diverged or has not run), best.
    """
    y = alt.Y("batch:N", title="Batch size", sort=sizes, scale=alt.Scale(domain=sizes))
    tooltip = [RATE, alt.Tooltip("batch:N", title="Batch size"), LOSS]
    cells = loss_cells(alt.Chart(), top, tooltip, x=rate_x(rates, field="left"), x2="right:Q", y=y)
    best = alt.Chart().transform_filter("datum.best")
    best = best.mark_point(filled=True, size=140, opacity=1, color="white", stroke="black", strokeWidth=1.5)
    best = best.encode(alt.X("rate:Q", title="Learning rate, log scale"), y, tooltip=tooltip)
    return alt.layer(*cells, best, data=frame).properties(height=320)


def batch_lines(frame: pd.DataFrame, rates: Domain, sizes: list[str], top: float) -> alt.LayerChart:
    """Draw the loss against the rate, a line for each batch size. As `batch_map`."""
    looks = dict(zip(sizes, zip(BATCH_COLOURS, BATCH_DASHES, strict=True), strict=False))
    colour, dash = colour_and_dash("batch:N", looks, line_legend("Batch size"))
    run = alt.Chart().transform_filter("isValid(datum.loss)")
    run = run.encode(rate_x(rates), loss_y(top), colour)
    lines = run.mark_line(clip=True, strokeWidth=2.5).encode(dash)
    tooltip = [RATE, alt.Tooltip("batch:N", title="Batch size"), LOSS]
    points = run.mark_point(clip=True, filled=True, size=35, opacity=1).encode(tooltip=tooltip)
    return alt.layer(lines, points, data=frame).properties(height=360)

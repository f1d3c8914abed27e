"""Charts of the range test, the valley, the path from above, and batch sizes: a DataFrame in, an Altair chart out."""

import altair as alt
import pandas as pd

from ui.kit.layers import AIM, HERE, MOVING, QUIET, Domain, layer, path_over_loss
from ui.rates.sweep_charts import DECADES, DEPTH, loss_y, rate_x

BATCH_COLOURS = ["#8a4fbf", "#0f8f80", "#c2185b", "#9c8600", "#6d6d6d"]


def lr_range_test(frame: pd.DataFrame, rates: Domain) -> alt.LayerChart:
    """Draw the loss of each batch against its rate, and the suggestions.

    frame: layer ("batch", "smoothed", "suggested"), rate, loss, and for a suggestion label and place, 0 or 1.
    """
    x = rate_x(rates, "Learning rate of the batch")
    smoothed = frame.loss[frame.layer == "smoothed"]
    top = min(frame.loss.max(), 2 * smoothed.iloc[0])
    y = alt.Y("loss:Q", title="Loss", scale=alt.Scale(domain=[0, top], nice=False))
    tooltip = [alt.Tooltip("rate:Q", title="Rate", format=".3~g"), alt.Tooltip("loss:Q", title="Loss", format=".4f")]
    batches = layer("batch").mark_point(clip=True, filled=True, size=22, opacity=0.55, color=QUIET)
    line = layer("smoothed").mark_line(clip=True, color=MOVING, strokeWidth=3)
    suggested = layer("suggested").encode(x=x)
    rules = suggested.mark_rule(color=AIM, strokeWidth=2.5).encode(strokeDash=alt.StrokeDash("label:N", legend=None))
    # Two rates that are close together have their names one under the other.
    texts = [
        suggested.transform_filter(f"datum.place == {place}")
        .mark_text(color=AIM, fontSize=13, align="right", dx=-6, baseline="top")
        .encode(y=alt.value(4 + 20 * place), text="label:N")
        for place in (0, 1)
    ]
    points = batches.encode(x=x, y=y, tooltip=tooltip)
    return alt.layer(points, line.encode(x=x, y=y, tooltip=tooltip), rules, *texts, data=frame).properties(height=340)


def valley(frame: pd.DataFrame, lengths: Domain, losses: Domain) -> alt.LayerChart:
    """Draw the loss along the gradient, its tangent, and the step.

    frame: layer ("curve", "tangent", "level", "step", "here", "landing"), length, loss.
    """
    x = alt.X("length:Q", title="Learning rate of the step", scale=alt.Scale(domain=list(lengths), nice=False))
    y = alt.Y("loss:Q", title="Loss", scale=alt.Scale(domain=list(losses), nice=False, zero=False))
    axes = {"x": x, "y": y}
    tooltip = [alt.Tooltip("length:Q", title="Rate", format=".3~g"), alt.Tooltip("loss:Q", title="Loss", format=".4f")]
    level = layer("level").mark_line(color=QUIET, strokeDash=[2, 4], strokeWidth=1.5).encode(**axes)
    curve = layer("curve").mark_line(clip=True, color=MOVING, strokeWidth=3).encode(**axes, tooltip=tooltip)
    tangent = layer("tangent").mark_line(clip=True, color=AIM, strokeWidth=2, strokeDash=[6, 4]).encode(**axes)
    step = layer("step").mark_line(clip=True, color=HERE, strokeWidth=2).encode(**axes)
    here = layer("here").mark_point(filled=True, size=150, opacity=1, color=QUIET).encode(**axes, tooltip=tooltip)
    landing = layer("landing").mark_point(filled=True, size=190, opacity=1, color=HERE).encode(**axes, tooltip=tooltip)
    return alt.layer(level, tangent, curve, step, here, landing, data=frame).properties(height=340)


def path_map(frame: pd.DataFrame, xs: Domain, ys: Domain) -> alt.LayerChart:
    """Draw the loss over two directions as colour, with the path of a run. frame: layer, x, y, x2, y2, loss, n."""
    x = alt.X("x:Q", title="First direction", scale=alt.Scale(domain=list(xs), nice=False, zero=False))
    y = alt.Y("y:Q", title="Second direction", scale=alt.Scale(domain=list(ys), nice=False, zero=False))
    axes = {"x": x, "y": y}
    colour = alt.Color(
        "loss:Q",
        title="Loss",
        scale=alt.Scale(type="log", scheme="viridis", nice=False),
        legend=alt.Legend(orient="bottom", gradientLength=240, tickCount=4, format=".2~g"),
    )
    tooltip = [alt.Tooltip("loss:Q", title="Loss", format=".4f")]
    cells, halo, line = path_over_loss(axes, colour, tooltip)
    start = layer("start").mark_point(filled=True, shape="square", size=110, opacity=1, color="white", stroke="black")
    now = layer("now").mark_point(filled=True, size=150, opacity=1, color=HERE, stroke="white")
    return alt.layer(cells, halo, line, start.encode(**axes), now.encode(**axes), data=frame).properties(height=460)


def batch_map(frame: pd.DataFrame, rates: Domain, sizes: list[str], top: float) -> alt.LayerChart:
    """Draw the loss by rate and batch size as colour, the best rate of each marked. top: the highest loss shown.

    frame: batch, rate, left, right (where its cell ends), loss (none where it diverged or has not run), best.
    """
    x = alt.X(
        "left:Q",
        title="Learning rate",
        scale=alt.Scale(type="log", domain=list(rates), nice=False),
        axis=alt.Axis(values=DECADES, format="~g"),
    )
    y = alt.Y("batch:N", title="Batch size", sort=sizes, scale=alt.Scale(domain=sizes))
    colour = alt.Color(
        "loss:Q",
        title="Validation loss",
        legend=alt.Legend(orient="bottom", gradientLength=240, format="~g"),
        scale=alt.Scale(type="log", domain=[top / DEPTH, top], scheme="magma", clamp=True, nice=False),
    )
    tooltip = [
        alt.Tooltip("rate:Q", title="Learning rate", format="~g"),
        alt.Tooltip("batch:N", title="Batch size"),
        alt.Tooltip("loss:Q", title="Validation loss", format=".4f"),
    ]
    lost = alt.Chart().transform_filter("!isValid(datum.loss)").mark_rect(color=QUIET, opacity=0.35, clip=True)
    cells = alt.Chart().transform_filter("isValid(datum.loss)").mark_rect(clip=True)
    best = (
        alt.Chart()
        .transform_filter("datum.best")
        .mark_point(filled=True, size=140, opacity=1, color="white", stroke="black", strokeWidth=1.5)
    )
    return alt.layer(
        lost.encode(x=x, x2="right:Q", y=y),
        cells.encode(x=x, x2="right:Q", y=y, color=colour, tooltip=tooltip),
        best.encode(x=alt.X("rate:Q", title="Learning rate"), y=y, tooltip=tooltip),
        data=frame,
    ).properties(height=320)


def batch_lines(frame: pd.DataFrame, rates: Domain, sizes: list[str], top: float) -> alt.LayerChart:
    """Draw the loss against the rate, a line for each batch size. As `batch_map`."""
    legend = alt.Legend(orient="bottom", title="Batch size", symbolType="stroke", symbolSize=300)
    dashes = [[1, 0], [8, 3], [4, 3], [2, 2], [8, 2, 2, 2]]
    colour = alt.Color("batch:N", legend=legend, sort=sizes, scale=alt.Scale(domain=sizes, range=BATCH_COLOURS))
    dash = alt.StrokeDash("batch:N", legend=legend, scale=alt.Scale(domain=sizes, range=dashes))
    tooltip = [
        alt.Tooltip("rate:Q", title="Learning rate", format="~g"),
        alt.Tooltip("batch:N", title="Batch size"),
        alt.Tooltip("loss:Q", title="Validation loss", format=".4f"),
    ]
    axes = {"x": rate_x(rates), "y": loss_y(True, top, "Validation loss")}
    run = alt.Chart().transform_filter("isValid(datum.loss)")
    lines = run.mark_line(clip=True, strokeWidth=2.5).encode(**axes, color=colour, strokeDash=dash)
    points = run.mark_point(clip=True, filled=True, size=35, opacity=1).encode(**axes, color=colour, tooltip=tooltip)
    return alt.layer(lines, points, data=frame).properties(height=360)

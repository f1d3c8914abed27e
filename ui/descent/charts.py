"""Charts of gradient descent: a DataFrame in, an Altair chart out.

All layers of a chart share one frame, whose column `layer` says what each row is for, and the scales are given. So the
chart stays as it is while the data move (see ui.live_chart). Blue and orange stand for classes elsewhere: not here.
"""

import altair as alt
import pandas as pd

from ui.kit.layers import AIM, HERE, MOVING, QUIET, Domain, layer, path_over_loss


def _axes(x: str, x_title: str, x_domain: Domain, y: str, y_title: str, y_domain: Domain) -> dict:
    scales = [alt.Scale(domain=list(domain), nice=False, zero=False) for domain in (x_domain, y_domain)]
    return {
        "x": alt.X(f"{x}:Q", title=x_title, scale=scales[0]),
        "y": alt.Y(f"{y}:Q", title=y_title, scale=scales[1]),
    }


def tangent(frame: pd.DataFrame, weights: Domain, losses: Domain) -> alt.LayerChart:
    """Draw a loss of one weight, a weight on it, and the tangent there.

    frame: layer ("curve", "tangent", "weight"), w, loss.
    """
    axes = _axes("w", "Weight w", weights, "loss", "Loss", losses)
    curve = layer("curve").mark_line(clip=True, color=QUIET, strokeWidth=2.5).encode(**axes)
    line = layer("tangent").mark_line(clip=True, color=AIM, strokeWidth=3).encode(**axes)
    drop = layer("weight").mark_rule(color=HERE, strokeDash=[3, 3], opacity=0.7).encode(**axes, y2=alt.datum(losses[0]))
    point = (
        layer("weight")
        .mark_point(filled=True, size=170, opacity=1, color=HERE)
        .encode(**axes, tooltip=[alt.Tooltip("w:Q", format=".2f"), alt.Tooltip("loss:Q", title="Loss", format=".4f")])
    )
    return alt.layer(curve, line, drop, point, data=frame).properties(height=340)


def path(frame: pd.DataFrame, weights: Domain, losses: Domain) -> alt.LayerChart:
    """Draw a loss of one weight with the steps that gradient descent took on it.

    frame: layer ("curve", "path", "now"), w, loss, and for the path n, gradient, step.
    """
    axes = _axes("w", "Weight w", weights, "loss", "Loss", losses)
    curve = layer("curve").mark_line(clip=True, color=QUIET, strokeWidth=2.5).encode(**axes)
    steps = layer("path").encode(**axes, order="n:Q")
    tooltip = [
        alt.Tooltip("n:Q", title="Steps taken"),
        alt.Tooltip("w:Q", format=".4f"),
        alt.Tooltip("loss:Q", title="Loss", format=".4f"),
        alt.Tooltip("gradient:Q", title="Gradient", format="+.4f"),
        alt.Tooltip("step:Q", title="Next step", format="+.4f"),
    ]
    line = steps.mark_line(clip=True, color=MOVING, strokeWidth=1.8)
    points = steps.mark_point(clip=True, filled=True, size=65, opacity=1, color=MOVING).encode(tooltip=tooltip)
    now = layer("now").mark_point(clip=True, filled=True, size=170, opacity=1, color=HERE)
    return alt.layer(curve, line, points, now.encode(**axes, tooltip=tooltip), data=frame).properties(height=360)


def steps_to_bottom(frame: pd.DataFrame, most: int) -> alt.LayerChart:
    """Draw how many steps it takes to the bottom with each rate, both on logarithmic axes.

    frame: layer ("steps", "never", "limit", "chosen"), rate, to (where the "never" end), steps, label.
    """
    x = alt.X(
        "rate:Q",
        title="Learning rate",
        scale=alt.Scale(type="log", domain=[0.001, 2], nice=False),
        axis=alt.Axis(values=[0.001, 0.01, 0.1, 1, 2], format="~g"),
    )
    y = alt.Y(
        "steps:Q",
        title="Steps to the bottom",
        scale=alt.Scale(type="log", domain=[0.7, most], nice=False),
        axis=alt.Axis(values=[1, 10, 100, 1000], format="~g"),
    )
    never = layer("never").mark_rect(color=QUIET, opacity=0.18).encode(x=x, x2="to:Q")
    tooltip = [alt.Tooltip("rate:Q", title="Rate", format=".4~f"), alt.Tooltip("steps:Q", title="Steps")]
    line = layer("steps").mark_point(filled=True, size=22, opacity=1, color=MOVING).encode(x=x, y=y, tooltip=tooltip)
    limit = layer("limit").encode(x=x)
    rule = limit.mark_rule(color=QUIET, strokeWidth=2.5, strokeDash=[5, 3])
    text = limit.mark_text(color=QUIET, fontSize=13, align="right", dx=-6, baseline="top").encode(
        y=alt.value(4), text="label:N"
    )
    chosen = layer("chosen").mark_rule(color=HERE, strokeWidth=2).encode(x=x, tooltip=tooltip[:1])
    point = layer("chosen").mark_point(filled=True, size=150, opacity=1, color=HERE).encode(x=x, y=y, tooltip=tooltip)
    return alt.layer(never, rule, text, line, chosen, point, data=frame).properties(height=300)


def fit(frame: pd.DataFrame, speeds: Domain) -> alt.LayerChart:
    """Draw measured speeds, the fitted curve, and what is missing between them.

    frame: layer ("point", "curve", "best"), seconds, speed, and for a point fitted.
    """
    axes = _axes("seconds", "Seconds", (-0.5, 20.5), "speed", "Speed in m/s", speeds)
    best = layer("best").mark_line(clip=True, color=AIM, strokeWidth=2, strokeDash=[5, 4]).encode(**axes)
    errors = layer("point").mark_rule(clip=True, color=QUIET, opacity=0.7).encode(**axes, y2="fitted:Q")
    curve = layer("curve").mark_line(clip=True, color=MOVING, strokeWidth=3.5).encode(**axes)
    tooltip = [
        alt.Tooltip("seconds:Q", title="Seconds"),
        alt.Tooltip("speed:Q", title="Measured", format=".2f"),
        alt.Tooltip("fitted:Q", title="Predicted", format=".2f"),
    ]
    points = layer("point").mark_point(filled=True, size=60, opacity=1, color=QUIET).encode(**axes, tooltip=tooltip)
    return alt.layer(errors, best, curve, points, data=frame).properties(height=340)


def loss_map(frame: pd.DataFrame, x: str, y: str, xs: Domain, ys: Domain, losses: Domain) -> alt.LayerChart:
    """Draw the loss over two weights as colour, with the path that gradient descent took.

    frame: layer ("cell", "path", "now", "best"), x, y, and for a cell x2, y2, loss, for the path n.
    x, y: the names of the two weights.
    """
    axes = _axes("x", f"Weight {x}", xs, "y", f"Weight {y}", ys)
    colour = alt.Color(
        "loss:Q",
        title="Loss",
        legend=alt.Legend(orient="bottom", gradientLength=240, tickCount=4, format="~g"),
        scale=alt.Scale(type="log", domain=list(losses), scheme="viridis", clamp=True),
    )
    tooltip = [
        alt.Tooltip("x:Q", title=x, format=".3f"),
        alt.Tooltip("y:Q", title=y, format=".3f"),
        alt.Tooltip("loss:Q", title="Loss", format=".3f"),
    ]
    cells, halo, line = path_over_loss(axes, colour, tooltip)
    best = (
        layer("best")
        .mark_point(clip=True, shape="cross", filled=True, size=150, opacity=1, color="white", stroke="black")
        .encode(**axes)
    )
    now = (
        layer("now")
        .mark_point(clip=True, filled=True, size=150, opacity=1, color=HERE, stroke="white")
        .encode(**axes, tooltip=tooltip)
    )
    return alt.layer(cells, halo, line, best, now, data=frame).properties(height=380)


def loss_by_step(frame: pd.DataFrame, steps: int, losses: Domain) -> alt.LayerChart:
    """Draw the loss after each step. frame: layer ("loss", "now", "least"), n, loss."""
    x = alt.X("n:Q", title="Steps taken", scale=alt.Scale(domain=[0, steps], nice=False))
    y = alt.Y(
        "loss:Q",
        title="Loss",
        scale=alt.Scale(type="log", domain=list(losses)),
        axis=alt.Axis(values=[0.1, 1, 10, 100, 1000], format="~g"),
    )
    tooltip = [alt.Tooltip("n:Q", title="Steps taken"), alt.Tooltip("loss:Q", title="Loss", format=".4f")]
    least = layer("least").mark_rule(color=AIM, strokeDash=[5, 4], strokeWidth=2).encode(y=y)
    line = layer("loss").mark_line(clip=True, color=MOVING, strokeWidth=2.5).encode(x=x, y=y, tooltip=tooltip)
    now = layer("now").mark_point(clip=True, filled=True, size=120, opacity=1, color=HERE)
    return alt.layer(least, line, now.encode(x=x, y=y, tooltip=tooltip), data=frame).properties(height=200)

"""Charts of gradient descent, as specifications of Vega-Lite: their data are sent beside them.

All layers of a chart share one frame, whose column `layer` says which layer a row belongs to, and the scales are fixed
by what does not move. So the chart stays the same while the data move (see ui.kit.live_chart). Blue and orange mean
classes elsewhere, so they are not used here. Specifications are cached, as making one takes longer than everything else
in a step that is played: they must not be written to.
"""

from functools import cache, lru_cache

import altair as alt

from ui.kit.layers import AIM, HERE, MOVING, QUIET, Domain, layer, path_over_loss

STEP = alt.Tooltip("n:Q", title="Steps taken")
LOSS = alt.Tooltip("loss:Q", title="Loss", format=".4f")


def _linear(axis: type[alt.X | alt.Y], field: str, title: str, domain: Domain) -> alt.X | alt.Y:
    return axis(f"{field}:Q", title=title, scale=alt.Scale(domain=list(domain), nice=False, zero=False))


def _log(axis: type[alt.X | alt.Y], field: str, title: str, domain: Domain, ticks: list[float]) -> alt.X | alt.Y:
    scale = alt.Scale(type="log", domain=list(domain), nice=False)
    return axis(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(values=ticks, format="~g"))


def _points(name: str, size: int, color: str, **mark) -> alt.Chart:
    return layer(name).mark_point(filled=True, size=size, opacity=1, color=color, **mark)


@cache
def steps_to_bottom() -> dict:
    """Draw how many steps it takes to the bottom with each rate, both on logarithmic axes.

    frame: layer ("steps", "never", "limit", "chosen"), rate, to (where the "never" end), steps, label.
    """
    x = _log(alt.X, "rate", "Learning rate", (0.001, 2), [0.001, 0.01, 0.1, 1, 2])
    y = _log(alt.Y, "steps", "Steps to the bottom", (0.7, 5000), [1, 10, 100, 1000])
    tooltip = [alt.Tooltip("rate:Q", title="Rate", format=".4~f"), alt.Tooltip("steps:Q", title="Steps")]
    never = layer("never").mark_rect(color=QUIET, opacity=0.18).encode(x=x, x2="to:Q")
    limit = layer("limit").mark_rule(color=QUIET, strokeWidth=2.5, strokeDash=[5, 3]).encode(x=x)
    label = layer("limit").mark_text(color=QUIET, fontSize=13, align="right", dx=-6, baseline="top")
    label = label.encode(x=x, y=alt.value(4), text="label:N")
    steps = _points("steps", 22, MOVING).encode(x=x, y=y, tooltip=tooltip)
    chosen = layer("chosen").mark_rule(color=HERE, strokeWidth=2).encode(x=x, tooltip=tooltip[:1])
    here = _points("chosen", 150, HERE).encode(x=x, y=y, tooltip=tooltip)
    return alt.layer(never, limit, label, steps, chosen, here).properties(height=300).to_dict()


@lru_cache(maxsize=100)
def fit(highest: float) -> dict:
    """Draw measured speeds, the fitted curve, and the errors between them.

    frame: layer ("point", "curve", "best"), seconds, speed, and for a point fitted. highest: of the measured speeds.
    """
    axes = {
        "x": _linear(alt.X, "seconds", "Seconds", (-0.5, 20.5)),
        "y": _linear(alt.Y, "speed", "Speed in m/s", (-1, highest + 2)),
    }
    best = layer("best").mark_line(clip=True, color=AIM, strokeWidth=2, strokeDash=[5, 4]).encode(**axes)
    errors = layer("point").mark_rule(clip=True, color=QUIET, opacity=0.7).encode(**axes, y2="fitted:Q")
    curve = layer("curve").mark_line(clip=True, color=MOVING, strokeWidth=3.5).encode(**axes)
    measured = alt.Tooltip("speed:Q", title="Measured", format=".2f")
    predicted = alt.Tooltip("fitted:Q", title="Predicted", format=".2f")
    tooltip = [alt.Tooltip("seconds:Q", title="Seconds"), measured, predicted]
    points = _points("point", 60, QUIET).encode(**axes, tooltip=tooltip)
    return alt.layer(errors, best, curve, points).properties(height=340).to_dict()


@lru_cache(maxsize=100)
def loss_map(across: tuple[str, Domain], up: tuple[str, Domain], losses: Domain) -> dict:
    """Draw the loss over two weights as colour, with the path that gradient descent took.

    frame: layer ("cell", "path", "now", "best"), x, y, and for a cell x2, y2, loss, for the path n.
    across, up: the names of the two weights, with the ends of their axes.
    """
    (x, xs), (y, ys) = across, up
    place = {"x": _linear(alt.X, "x", f"Weight {x}", xs), "y": _linear(alt.Y, "y", f"Weight {y}", ys)}
    legend = alt.Legend(orient="bottom", gradientLength=240, tickCount=4, format="~g")
    scale = alt.Scale(type="log", domain=list(losses), scheme="viridis", clamp=True)
    fields = {"x": x, "y": y, "loss": "Loss"}
    tooltip = [alt.Tooltip(f"{field}:Q", title=title, format=".3f") for field, title in fields.items()]
    background = path_over_loss(place, alt.Color("loss:Q", title="Loss", legend=legend, scale=scale), tooltip)
    best = _points("best", 150, "white", clip=True, shape="cross", stroke="black").encode(**place)
    now = _points("now", 150, HERE, clip=True, stroke="white").encode(**place, tooltip=tooltip)
    return alt.layer(*background, best, now).properties(height=380).to_dict()


@lru_cache(maxsize=100)
def loss_by_step(losses: Domain, steps: int) -> dict:
    """Draw the loss after each step. frame: layer ("loss", "now", "least"), n, loss. losses, steps: the axes' ends."""
    x = alt.X("n:Q", title="Steps taken", scale=alt.Scale(domain=[0, steps], nice=False))
    y = _log(alt.Y, "loss", "Loss", losses, [0.1, 1, 10, 100, 1000])
    least = layer("least").mark_rule(color=AIM, strokeDash=[5, 4], strokeWidth=2).encode(y=y)
    line = layer("loss").mark_line(clip=True, color=MOVING, strokeWidth=2.5).encode(x=x, y=y, tooltip=[STEP, LOSS])
    now = _points("now", 120, HERE, clip=True).encode(x=x, y=y, tooltip=[STEP, LOSS])
    return alt.layer(least, line, now).properties(height=200).to_dict()

"""Charts of the Distance page.

Those that are clicked take a DataFrame. The others are specifications of Vega-Lite, cached, since to make one takes
longer than all else: their data are sent beside them, and nobody may write to them.
"""

from functools import cache, lru_cache

import altair as alt
import pandas as pd

from ui.kit.layers import HERE, MOVING, QUIET, Domain, layer

SIDE = 420  # of the scatter, in pixels: with axes and legend, a square on a laptop and on a phone
SAID = "'It is a: ' + datum.digit + '; Taken for a: ' + datum.answer + '; Number: ' + datum.number + ';'"
MORE, LESS, LEFT = "Specimen has more", "Ideal has more", "What is left"


def cancelling_bars(names: list[str], positive: list[float], negative: list[float]) -> pd.DataFrame:
    """Return three bars for each name: the parts of its differences, and what is left of them when they are added.

    names: what the specimen is compared with; positive, negative: the sums of the parts, for each of them.
    """
    rows = []
    for name, more, less in zip(names, positive, negative, strict=True):
        bars = ((MORE, 0, more, more), (LESS, more + less, more, less), (LEFT, 0, more + less, more + less))
        rows += [{"name": name, "part": part, "from": a, "to": b, "sum": size} for part, a, b, size in bars]
    return pd.DataFrame(rows)


@cache
def cancelling(count: int) -> dict:
    """Draw how the negative parts of some differences take away what the positive ones have brought.

    frame: from `cancelling_bars`. count: of its names.
    """
    parts = alt.Scale(domain=[MORE, LESS, LEFT], range=["#0b6bb5", "#e07b00", "#8a8f98"])
    return (
        alt.Chart()
        .mark_bar(height={"band": 0.9})
        .encode(
            x=alt.X("from:Q", title="Sum over the pixels, each from 0 to 1"),
            x2="to:Q",
            y=alt.Y("name:N", title=None, sort=None),
            yOffset=alt.YOffset("part:N", sort=[MORE, LESS, LEFT]),
            color=alt.Color("part:N", title=None, scale=parts, legend=alt.Legend(orient="top", columns=2)),
            tooltip=[
                alt.Tooltip("name:N", title="Compared with"),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("sum:Q", title="Sum", format="+.2f"),
            ],
        )
        .properties(height=165 + max(72, 27 * count))
        .to_dict()
    )


def distance_scatter(frame: pd.DataFrame, a: int, b: int, specimen: pd.DataFrame) -> alt.LayerChart:
    """Draw each image by its distance to two ideals, with the line on which both are equal.

    frame: to_a, to_b, digit, number, answer, and image, a data URL, if tooltips are to show it.
    specimen: to_a, to_b, one row.
    A click selects "point" by digit and number: the nearest, since a point is smaller than a finger.
    """
    low = min(frame.to_a.min(), frame.to_b.min()) - 0.01
    high = max(frame.to_a.max(), frame.to_b.max()) + 0.01
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    axis = alt.Axis(format=".2f", tickCount=6, labelFlush=False)
    kind = {"title": "It is a", "scale": alt.Scale(domain=[str(a), str(b)]), "legend": alt.Legend(orient="top")}
    tooltip = [
        alt.Tooltip("digit:N", title="It is a"),
        alt.Tooltip("answer:N", title="Taken for a"),
        alt.Tooltip("number:Q", title="Number"),
        alt.Tooltip("to_a:Q", title=f"To the ideal {a}", format=".4f"),
        alt.Tooltip("to_b:Q", title=f"To the ideal {b}", format=".4f"),
    ]
    if "image" in frame:
        tooltip.append(alt.Tooltip("image:N", title="image"))  # a tooltip shows what is called so as an image
    points = alt.Chart(frame).transform_calculate(said=SAID).mark_point(filled=True, size=45, opacity=0.75)
    points = points.add_params(alt.selection_point("point", fields=["digit", "number"], nearest=True, toggle=False))
    points = points.encode(
        x=alt.X("to_a:Q", title=f"Distance to the ideal {a}", scale=scale, axis=axis),
        y=alt.Y("to_b:Q", title=f"Distance to the ideal {b}", scale=scale, axis=axis),
        color=alt.Color("digit:N", **kind),
        shape=alt.Shape("digit:N", **kind),
        tooltip=tooltip,
        description="said:N",
    )
    line = alt.Chart(pd.DataFrame({"x": [low, high]})).mark_line(strokeDash=[6, 4], color="#8a8f98", strokeWidth=2)
    line = line.encode(x=alt.X("x:Q", scale=scale), y=alt.Y("x:Q", scale=scale))
    ring = alt.Chart(specimen).mark_point(size=260, strokeWidth=2.5, color="#c2185b", filled=False)
    ring = ring.encode(x="to_a:Q", y="to_b:Q", tooltip=alt.value("The specimen"))
    corners = ((a, low, high, "left", "top", 8), (b, high, low, "right", "bottom", -8))
    names = [
        alt.Chart(pd.DataFrame({"x": [x], "y": [y], "name": [f"nearer to the ideal {digit}"]}))
        .mark_text(align=side, baseline=edge, dx=inwards, dy=inwards, fontSize=12, fontWeight="bold", color=QUIET)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale), text="name:N")
        for digit, x, y, side, edge, inwards in corners
    ]
    return alt.layer(line, points, ring, *names).properties(height=SIDE)


def confusion_matrix(frame: pd.DataFrame, size: int) -> alt.LayerChart:
    """Draw a confusion matrix: rows are what it is, columns what it was taken for.

    frame: digit, answer, count, share (of its row). A click selects "cell" by digit and answer.
    """
    base = alt.Chart(frame).encode(
        x=alt.X("answer:O", title="Taken for", axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("digit:O", title="It is"),
    )
    tooltip = [
        alt.Tooltip("digit:O", title="It is"),
        alt.Tooltip("answer:O", title="Taken for"),
        alt.Tooltip("count:Q", title="Images"),
        alt.Tooltip("share:Q", title="Of its row", format=".1%"),
    ]
    blue = alt.Color("share:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None)
    cells = base.mark_rect(cursor="pointer").encode(color=blue, tooltip=tooltip)
    cells = cells.add_params(alt.selection_point("cell", fields=["digit", "answer"], toggle=False))
    ink = alt.condition(alt.datum.share > 0.5, alt.value("white"), alt.value("black"))
    numbers = base.mark_text(fontSize=15 if len(frame) <= 25 else 11, tooltip=None).encode(text="count:Q", color=ink)
    return (cells + numbers).properties(width=size, height=size)


@lru_cache(maxsize=300)
def nudged(field: str, title: str, interpolate: str, reach: float, ends: Domain) -> dict:
    """Draw what becomes of something when a number is added to one weight.

    frame: layer ("curve", "before", "now"), nudge, and the field. interpolate: "linear", or "step" for a staircase.
    reach: of the nudges, in both directions. ends: the least and the greatest value of the field.
    """
    low, high = ends
    room = 0.06 * (high - low) or 1
    x = alt.X("nudge:Q", title="Added to the weight", scale=alt.Scale(domain=[-reach, reach], nice=False))
    y = alt.Y(f"{field}:Q", title=title, scale=alt.Scale(domain=[low - room, high + room], nice=False, zero=False))
    tooltip = [alt.Tooltip("nudge:Q", title="Added", format="+.4~f"), alt.Tooltip(f"{field}:Q", title=title)]
    before = layer("before").mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=x)
    line = layer("curve").mark_line(color=MOVING, strokeWidth=2.5, interpolate=interpolate).encode(x=x, y=y)
    now = layer("now").mark_point(filled=True, size=150, opacity=1, color=HERE).encode(x=x, y=y, tooltip=tooltip)
    return alt.layer(before, line, now).properties(height=240).to_dict()

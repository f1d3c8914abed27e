"""Charts: a DataFrame in, an Altair chart out. Colours come from the theme unless they show ink."""

import altair as alt
import pandas as pd

from ui.kit.text import with_article

INK = alt.Scale(range=["white", "black"], domain=[0, 255])
SIGNED = ["#e07b00", "white", "#0b6bb5"]  # as in the pictures: blue where the first of two images has more ink
PIXEL = {"band": 1.1}  # a little larger than its place, which closes the seams between pixels
STEP = alt.Step(11)  # screen pixels a pixel of an image: 28 of them fit on a phone
EDGE = "#c3c9d1"  # of the paper, so that a white picture ends somewhere on a white page
PICKED = "#e07b00"


def picture(frame: pd.DataFrame, picked: tuple[int, int]) -> alt.LayerChart:
    """Draw an image whose pixels can be pointed at and clicked.

    frame: row, column, value, place; picked: the (row, column) to mark. A click selects "pixel" by row and column.
    """
    pixels = (
        alt.Chart(frame)
        .mark_rect(width=PIXEL, height=PIXEL)
        .encode(
            x=alt.X("column:O", axis=None),
            y=alt.Y("row:O", axis=None),
            color=alt.Color("value:Q", scale=INK, legend=None),
            tooltip=[
                alt.Tooltip("row:O", title="Row"),
                alt.Tooltip("column:O", title="Column"),
                alt.Tooltip("value:Q", title="Value"),
                alt.Tooltip("place:Q", title="Place among all"),
            ],
        )
        .add_params(alt.selection_point(name="pixel", fields=["row", "column"], toggle=False))
    )
    mark = (
        alt.Chart(pd.DataFrame([picked], columns=["row", "column"]))
        .mark_rect(filled=False, stroke=PICKED, strokeWidth=2.5)
        .encode(x="column:O", y="row:O")
    )
    return (pixels + mark).properties(width=STEP, height=STEP).configure_view(stroke=EDGE, strokeWidth=1)


def difference(frame: pd.DataFrame) -> alt.Chart:
    """Draw a difference of two images whose pixels can be pointed at. frame: row, column, value in [-1, 1]."""
    reach = max(frame.value.abs().max(), 0.01)
    scale = alt.Scale(domain=[-reach, 0, reach], range=SIGNED, interpolate="rgb")
    legend = alt.Legend(orient="bottom", type="gradient", gradientLength=280, format="+.1f")
    return (
        alt.Chart(frame)
        .mark_rect(width=PIXEL, height=PIXEL)
        .encode(
            x=alt.X("column:O", axis=None),
            y=alt.Y("row:O", axis=None),
            color=alt.Color("value:Q", title="Difference", scale=scale, legend=legend),
            tooltip=[
                alt.Tooltip("row:O", title="Row"),
                alt.Tooltip("column:O", title="Column"),
                alt.Tooltip("value:Q", title="Difference", format="+.3f"),
            ],
        )
        .properties(width=STEP, height=STEP)
        .configure_view(stroke=EDGE, strokeWidth=1)
    )


def pixel_strip(frame: pd.DataFrame, place: int) -> alt.LayerChart:
    """Draw all pixels in one line, as the computer keeps them. frame: place, value; place: the one to mark."""
    line = (
        alt.Chart(frame)
        .mark_area(interpolate="step-after", opacity=0.85, color="#6d6d6d")
        .encode(
            x=alt.X("place:Q", title="Place among all pixels", scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", title="Ink", scale=alt.Scale(domain=[0, 255])),
            tooltip=[alt.Tooltip("place:Q", title="Place"), alt.Tooltip("value:Q", title="Ink")],
        )
    )
    mark = alt.Chart(pd.DataFrame({"place": [place]})).mark_rule(color=PICKED, strokeWidth=2.5).encode(x="place:Q")
    return (line + mark).properties(height=150)


def spread(frame: pd.DataFrame, mean: float, digit: int, digits: tuple[int, ...]) -> alt.LayerChart:
    """Draw how the values of one pixel spread over all images of one digit, with their mean marked.

    frame: digit, low, high, count; digits: all that are in play, which settles the colour.
    """
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("low:Q", bin="binned", title="Value of the pixel", scale=alt.Scale(domain=[0, 256], nice=False)),
            x2="high:Q",
            y=alt.Y("count:Q", title=f"Images of {with_article(digit)}"),
            color=alt.Color("digit:N", scale=alt.Scale(domain=[str(d) for d in digits]), legend=None),
            tooltip=[
                alt.Tooltip("low:Q", title="From"),
                alt.Tooltip("high:Q", title="To below"),
                alt.Tooltip("count:Q", title="Images"),
            ],
        )
    )
    marked = alt.Chart(pd.DataFrame({"mean": [mean]})).encode(x="mean:Q")
    side = {"align": "left", "dx": 6} if mean < 160 else {"align": "right", "dx": -6}
    rule = marked.mark_rule(strokeWidth=2.5, strokeDash=[5, 3], color="#8a8f98")
    text = marked.mark_text(baseline="top", y=4, fontSize=13, color="#8a8f98", **side).encode(
        text=alt.value(f"mean {mean:.1f}")
    )
    return (bars + rule + text).properties(height=220)

"""Charts of images and of their pixels. Colours come from the theme unless they show ink."""

import altair as alt
import pandas as pd

from ui.kit.text import with_article

INK = alt.Scale(range=["white", "black"], domain=[0, 255])
SIGNED = ["#e07b00", "white", "#0b6bb5"]  # as in the pictures: blue where the first of two images has more ink
PIXEL = {"band": 1.1}  # a little larger than its place, which closes the seams between pixels
STEP = alt.Step(11)  # screen pixels for each pixel of an image: 28 of them fit on a phone
EDGE = "#c3c9d1"  # so that a white picture on a white page has a visible edge
PICKED, MEAN = "#e07b00", "#8a8f98"


def _pixels(frame: pd.DataFrame, colour: alt.Color, *tooltips: alt.Tooltip) -> alt.Chart:
    places = [alt.Tooltip("row:O", title="Row"), alt.Tooltip("column:O", title="Column")]
    x, y = alt.X("column:O", axis=None), alt.Y("row:O", axis=None)
    rectangles = alt.Chart(frame).mark_rect(width=PIXEL, height=PIXEL)
    return rectangles.encode(x=x, y=y, color=colour, tooltip=[*places, *tooltips])


def difference(frame: pd.DataFrame) -> alt.Chart:
    """Draw a difference of two images with a tooltip for each pixel. frame: row, column, value in [-1, 1]."""
    reach = max(frame.value.abs().max(), 0.01)
    scale = alt.Scale(domain=[-reach, 0, reach], range=SIGNED, interpolate="rgb")
    written = "datum.value == 0 ? '0' : format(datum.value, '+.1f')"
    legend = alt.Legend(orient="bottom", type="gradient", gradientLength=280, labelExpr=written)
    colour = alt.Color("value:Q", title="Difference", scale=scale, legend=legend)
    pixels = _pixels(frame, colour, alt.Tooltip("value:Q", title="Difference", format="+.3f"))
    return pixels.properties(width=STEP, height=STEP).configure_view(stroke=EDGE, strokeWidth=1)


def pixel_strip(frame: pd.DataFrame, place: int) -> alt.LayerChart:
    """Draw all pixels in one line, as they are in memory. frame: place, value; place: the one to mark."""
    line = alt.Chart(frame).mark_area(interpolate="step-after", opacity=0.85, color="#6d6d6d")
    ink = line.encode(
        x=alt.X("place:Q", title="Place among all pixels", scale=alt.Scale(nice=False)),
        y=alt.Y("value:Q", title="Ink", scale=alt.Scale(domain=[0, 255])),
        tooltip=[alt.Tooltip("place:Q", title="Place"), alt.Tooltip("value:Q", title="Ink")],
    )
    mark = alt.Chart(pd.DataFrame({"place": [place]})).mark_rule(color=PICKED, strokeWidth=2.5).encode(x="place:Q")
    return (ink + mark).properties(height=150)


def spread(frame: pd.DataFrame, mean: float, digit: int, digits: tuple[int, ...], most: int) -> alt.LayerChart:
    """Draw a histogram of the values of one pixel, 0 to 1, over all images of one digit, with their mean marked.

    frame: digit, low, high, count; digits: all that are in play, which determines the colour; most: images at the top.
    """
    ends = [alt.Tooltip("low:Q", title="From", format=".1f"), alt.Tooltip("high:Q", title="To", format=".1f")]
    bars = alt.Chart(frame).mark_bar()
    bars = bars.encode(
        x=alt.X("low:Q", bin="binned", title="Value of the pixel", scale=alt.Scale(domain=[0, 1], nice=False)),
        x2="high:Q",
        y=alt.Y("count:Q", title=f"Images of {with_article(digit)}", scale=alt.Scale(domain=[0, most])),
        color=alt.Color("digit:N", scale=alt.Scale(domain=[str(d) for d in digits]), legend=None),
        tooltip=[*ends, alt.Tooltip("count:Q", title="Images")],
    )
    marked = alt.Chart(pd.DataFrame({"mean": [mean]})).encode(x="mean:Q")
    side = {"align": "left", "dx": 6} if mean < 0.63 else {"align": "right", "dx": -6}
    label = marked.encode(text=alt.value(f"mean {mean:.2f}"))
    rule = marked.mark_rule(strokeWidth=2.5, strokeDash=[5, 3], color=MEAN)
    return (bars + rule + label.mark_text(baseline="top", y=4, fontSize=13, color=MEAN, **side)).properties(height=220)

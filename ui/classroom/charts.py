"""Charts of a class: what methods read, what was guessed, what was trained."""

import altair as alt
import pandas as pd

BLUE, GREY = "#0b6bb5", "#8a8f98"


def read_shares(frame: pd.DataFrame) -> alt.Chart:
    """Draw the share that each method reads, of the class beside the dataset. frame: method, whose, share in [0, 1]."""
    colour = alt.Color(
        "whose:N",
        title=None,
        scale=alt.Scale(domain=["Our class", "The dataset"], range=[BLUE, GREY]),
        legend=alt.Legend(orient="top"),
    )
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y("method:N", sort=None, title=None),
            yOffset=alt.YOffset("whose:N", sort=None),
            x=alt.X("share:Q", title="Read", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=colour,
            tooltip=["method:N", "whose:N", alt.Tooltip("share:Q", format=".1%", title="Read")],
        )
        .properties(height=alt.Step(16))
    )


def guess_bars(frame: pd.DataFrame) -> alt.Chart:
    """Draw how often each answer was chosen. frame: answer, count; in the order in which the page has the answers."""
    bars = alt.Chart(frame).encode(
        y=alt.Y("answer:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, labelFontSize=14)),
        x=alt.X("count:Q", title="Learners", axis=alt.Axis(tickMinStep=1, format="d")),
    )
    counts = bars.mark_text(align="left", dx=5, fontSize=14, color=GREY).encode(text="count:Q")
    return (bars.mark_bar(color=BLUE) + counts).properties(height=alt.Step(30))


def run_scatter(frame: pd.DataFrame) -> alt.Chart:
    """Draw accuracy against rate; a click on a point selects "run" by its number.

    frame: run, who, about, rate, accuracy in [0, 1].
    """
    click = alt.selection_point(name="run", fields=["run"], toggle=False)
    return (
        alt.Chart(frame)
        .mark_circle(size=160, color=BLUE, opacity=0.8)
        .encode(
            x=alt.X("rate:Q", title="Learning rate", scale=alt.Scale(type="log"), axis=alt.Axis(format="~g")),
            y=alt.Y(
                "accuracy:Q",
                title="Accuracy on validation images",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(zero=False),
            ),
            tooltip=["who:N", "about:N", alt.Tooltip("accuracy:Q", format=".1%")],
        )
        .add_params(click)
        .properties(height=320)
    )

"""Charts of a class: what methods read, what was guessed, what was trained.

Specifications, without data: each is made once, because making one takes longer than all else of a look at the class.
They are shared: they must not be written to. Their letters are to be read on a projector.
"""

from functools import cache

import altair as alt

from ui.state.choices import HIGHEST_RATE, LOWEST_RATE

BLUE, GREY = "#0b6bb5", "#8a8f98"
LETTERS = 16  # pixels
RATES = [LOWEST_RATE, HIGHEST_RATE]


def _axis(**more) -> alt.Axis:
    return alt.Axis(labelFontSize=LETTERS, titleFontSize=LETTERS, labelLimit=320, **more)


@cache
def read_shares() -> dict:
    """Draw the share that each method reads, of the class beside the dataset.

    Data: method, whose, share in [0, 1], percent as text.
    """
    colour = alt.Color(
        "whose:N",
        title=None,
        scale=alt.Scale(domain=["Our class", "The dataset"], range=[BLUE, GREY]),
        legend=alt.Legend(orient="top", labelFontSize=LETTERS),
    )
    return (
        alt.Chart()
        .mark_bar()
        .encode(
            y=alt.Y("method:N", sort=None, title=None, axis=_axis()),
            yOffset=alt.YOffset("whose:N", sort=None),
            x=alt.X("share:Q", title=None, axis=_axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=colour,
            tooltip=["method:N", "whose:N", alt.Tooltip("percent:N", title="Read")],
        )
        .properties(height=alt.Step(12))
        .to_dict()
    )


@cache
def guess_bars() -> dict:
    """Draw how often each answer was chosen. Data: answer, count; in the order in which the page has the answers."""
    bars = alt.Chart().encode(
        y=alt.Y("answer:N", sort=None, title=None, axis=_axis()),
        x=alt.X("count:Q", title="Learners", axis=_axis(tickMinStep=1, format="d")),
    )
    counts = bars.mark_text(align="left", dx=5, fontSize=LETTERS, color=GREY).encode(text="count:Q")
    return (bars.mark_bar(color=BLUE) + counts).properties(height=alt.Step(30)).to_dict()


@cache
def run_scatter() -> dict:
    """Draw accuracy against rate; a click on a point selects "run" by its number.

    Data: run, who, about, rate, accuracy in [0, 1], percent as text.
    """
    click = alt.selection_point(name="run", fields=["run"], toggle=False)
    return (
        alt.Chart()
        .mark_circle(size=160, color=BLUE, opacity=0.8)
        .encode(
            x=alt.X(
                "rate:Q", title="Learning rate", scale=alt.Scale(type="log", domain=RATES), axis=_axis(format="~g")
            ),
            y=alt.Y(
                "accuracy:Q",
                title="Accuracy on validation images",
                axis=_axis(format="%", tickCount=5),
                scale=alt.Scale(domain=[0, 1]),
            ),
            tooltip=["who:N", "about:N", alt.Tooltip("percent:N", title="accuracy")],
        )
        .add_params(click)
        .properties(height=320)
        .to_dict()
    )

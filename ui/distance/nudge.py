"""Accuracy against loss: what a little change of one weight does to each."""

import pandas as pd
import streamlit as st
import torch

from core.ideal import to_unit
from core.loss import nudge_one_weight
from ui.distance import charts
from ui.frame import baseline
from ui.frame.scene import Scene
from ui.kit.live_slider import live_slider
from ui.kit.text import number
from ui.state import choices, session

REACH = 4.0  # of the axis, unless the nudge is larger


def nudged_weight(scene: Scene, digit: int) -> None:
    """Add something to one pixel of the ideal of a digit, and show what that does to accuracy and loss."""
    st.markdown(
        "The pixels of the ideals are this method's **weights**. To improve a weight, one must see what a little "
        "change does. **Try this:** drag slowly from one end to the other, and watch both curves."
    )
    st.fragment(_curves)(scene, digit)
    st.markdown(
        "**Accuracy** is a staircase: it moves only when an answer flips, so it says nothing about most little "
        "changes. The **loss** is smooth: it moves with every one, and tells which way is better. It is the mean of "
        "−log p, where p is the probability of the right digit. Each digit gets e to the power of minus its squared "
        "difference, **summed** over the pixels, and p is the share of the right one: a **softmax**. Accuracy is for "
        "people, loss is for learning. And "
        "a **baseline** is for both: a simple method, quickly made, that any cleverer one must beat."
    )


def _curves(scene: Scene, digit: int) -> None:
    """Show the loss and the number of right answers for every nudge, and mark the one that is chosen."""
    row, column = session.value("pixel_row"), session.value("pixel_column")
    nudge = live_slider("Add to one weight", "nudge", choices.NUDGES, lambda nudge: number(nudge, "+g"))
    st.caption(
        f"The weight is the pixel in row {row}, column {column} of the ideal {digit}. Pick another pixel on the Pixels "
        "page, another ideal under “By hand and by library”."
    )
    rows = _judged(scene, digit, row, column)
    reach = REACH if abs(nudge) <= REACH else choices.NUDGES[-1]
    shown = rows[rows.nudge.abs() <= reach]
    here, before = rows[rows.nudge == nudge], rows[rows.nudge == 0]
    frame = pd.concat([shown.assign(layer="curve"), before.assign(layer="before"), here.assign(layer="now")])
    left, right = st.columns(2, gap="medium")
    for place, field, title, interpolate in (
        (left, "loss", "Loss", "linear"),
        (right, "right", "Right answers", "step"),
    ):
        ends = shown[field].min().item(), shown[field].max().item()
        chart = charts.nudged(field, title, interpolate, reach, ends)
        place.vega_lite_chart(frame, chart, alt=f"The {title.lower()} for each nudge")
    total = sum(scene.dataset.valid.count(one) for one in scene.digits)
    right_before, right_after, loss_before, loss_after = (
        one[field].item() for field in ("right", "loss") for one in (before, here)
    )
    table = {
        "Before": [f"{right_before} of {total}", f"{loss_before:.10f}"],
        "After": [f"{right_after} of {total}", f"{loss_after:.10f}"],
        "Change": [number(right_after - right_before, "+d"), number(loss_after - loss_before, "+.2e")],
    }
    st.table(pd.DataFrame(table, index=["Right answers", "Loss"]), alt="Accuracy and loss before and after the nudge")


@st.cache_data(max_entries=300, show_spinner=False, hash_funcs=baseline.BY_DIGITS)
def _judged(scene: Scene, digit: int, row: int, column: int) -> pd.DataFrame:
    """Judge the validation images with each nudge of one pixel of an ideal. Returns nudge, right, loss."""
    images = torch.cat([to_unit(scene.images("valid", one)) for one in scene.digits]).double()
    targets, nudges = baseline.judge_split(scene, "valid").targets, torch.tensor(choices.NUDGES, dtype=torch.float64)
    weight = scene.digits.index(digit), row, column
    right, losses = nudge_one_weight(images, targets, baseline.ideals(scene).double(), weight, nudges)
    return pd.DataFrame({"nudge": nudges, "right": right, "loss": losses})

"""Accuracy against loss: what a little change of one weight does to each."""

import pandas as pd
import streamlit as st

from ui.frame import baseline
from ui.frame.scene import Scene
from ui.state import session


def nudged_weight(scene: Scene, digit: int) -> None:
    """Add a little to one pixel of the ideal of a digit, and show what that does to accuracy and loss."""
    st.markdown(
        "The pixels of the ideals are this method's **weights**. To improve a weight, one must see what a little "
        "change does. **Try this:** add a ten-thousandth to one weight, then ever more."
    )
    left, right = st.columns([2, 3], gap="large")
    row, column = session.value("pixel_row"), session.value("pixel_column")
    with left:
        nudge = st.select_slider("Add to one pixel of one ideal", **session.bound("nudge"))
        st.caption(f"Row {row}, column {column} of the ideal {digit}: the pixel picked on the Pixels page.")
    right_before, total, loss_before = baseline.evaluate_nudge(scene, digit, row, column, 0.0)
    right_after, _, loss_after = baseline.evaluate_nudge(scene, digit, row, column, nudge)
    table = {
        "Before": [f"{right_before} of {total}", f"{loss_before:.10f}"],
        "After": [f"{right_after} of {total}", f"{loss_after:.10f}"],
        "Change": [f"{right_after - right_before:+d}", f"{loss_after - loss_before:+.2e}"],
    }
    right.dataframe(
        pd.DataFrame(table, index=["Right answers", "Loss"]), alt="Accuracy and loss before and after the nudge"
    )
    st.markdown(
        "**Accuracy** jumps only when an answer flips, so it says nothing about most little changes. The **loss** "
        "moves with every one, and tells which way is better. It is the mean of −log p, where p is the probability "
        "that the right digit gets: the softmax of minus the squared distances. Accuracy is for people, loss is for "
        "learning. And a **baseline** is for both: a simple method, quickly made, that any cleverer one must beat."
    )

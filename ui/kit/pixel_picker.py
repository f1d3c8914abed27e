"""The picked pixel, the same on every page: two sliders choose it, or a click in a picture."""

import pandas as pd
import streamlit as st
from torch import Tensor

from core.dataset import SIDE
from ui.kit import image_charts
from ui.state import session


def by_place(values: Tensor) -> pd.DataFrame:
    """List the values of a (28, 28) image, row by row: place, value, row, column."""
    frame = pd.DataFrame({"place": range(values.numel()), "value": values.flatten().numpy()})
    return frame.assign(row=frame.place // SIDE, column=frame.place % SIDE)


def pixel_sliders() -> tuple[int, int]:
    """Show the sliders and return the pixel's row and column, each from 0 to 27."""
    return (
        st.slider("Row", **session.bound("pixel_row")),
        st.slider("Column", **session.bound("pixel_column")),
    )


def pixel_picture(values: Tensor, picked: tuple[int, int], key: str, what: str) -> None:
    """Show a (28, 28) image in which a click chooses the pixel.

    picked: row and column to mark. what: describes the image for screen readers.
    """

    def take_click() -> None:
        points = st.session_state[key].selection.get("pixel")
        if points:
            st.session_state["pixel_row"] = int(points[0]["row"])
            st.session_state["pixel_column"] = int(points[0]["column"])

    st.altair_chart(
        image_charts.picture(by_place(values), picked),
        width="content",
        key=key,
        on_select=take_click,
        selection_mode="pixel",
        alt=f"{what}, with the pixel in row {picked[0]}, column {picked[1]} marked",
    )

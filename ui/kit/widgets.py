"""Small widgets that several pages use."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sources.readers import picture
from ui.server import picture_slots
from ui.state import session


def csv_button(label: str, name: str, write: Callable[[], str]) -> None:
    """Show a button that downloads a table; a click does not run the page again.

    name: the middle of the file's name. write: returns the table as CSV, and is only called after a click.
    """
    icon = ":material/download:"
    st.download_button(label, write, f"three-or-seven-{name}.csv", "text/csv", icon=icon, on_click="ignore")


def image_count(label: str, most: int, name: str) -> int:
    """Ask for a number of images, from 1 to `most`. name: the setting; without a value it is at most its default."""
    if most == 1:  # a slider needs two ends that differ
        st.markdown(f"{label}: there is only **1**.")
        return 1
    session.at_most(name, most)
    return st.slider(
        label, **session.bound(name, min_value=1, max_value=most, value=min(session.value(name) or most, most))
    )


def read_picture(file: UploadedFile, kind: str) -> np.ndarray | None:
    """Return the pixels of an uploaded picture, as `picture.read_apart` does; or say why not, and return None.

    kind: "grey" or "colour".
    """
    try:
        pixels = _read_picture(file.file_id, kind, file)
    except picture.Busy as problem:
        st.warning(str(problem))
        st.button("Try again", icon=":material/refresh:")  # a click runs the page again
        return None
    if isinstance(pixels, str):
        st.error(pixels)
        return None
    return pixels


@st.cache_data(max_entries=4, scope="session", show_spinner="Reading the picture")
def _read_picture(file_id: str, kind: str, _file: UploadedFile) -> np.ndarray | str:
    """Read an upload once, not after each click: the pixels, or a sentence if it can't be read."""
    try:
        return picture.read_apart(kind, _file.getvalue(), picture_slots())
    except ValueError as problem:
        return str(problem)

"""Small widgets that several pages use, and the sizes that they offer."""

from collections.abc import Callable
from itertools import chain, pairwise

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sources.readers import picture
from ui.kit.live_slider import live_slider
from ui.server import picture_slots
from ui.state import session

ROUND_SIZES = tuple(lead * 10**power for power in range(7) for lead in (1, 2, 5))


def csv_button(label: str, name: str, write: Callable[[], str]) -> None:
    """Show a button that downloads a table; a click does not run the page again.

    name: the middle of the file's name. write: returns the table as CSV, and is only called after a click.
    """
    icon = ":material/download:"
    st.download_button(label, write, f"three-or-seven-{name}.csv", "text/csv", icon=icon, on_click="ignore")


def sizes_below(most: int) -> list[int]:
    """Return round numbers below `most`: 1, 2, 5, 10, 20, 50 …"""
    return [size for size in ROUND_SIZES if size < most]


def batch_sizes(most: int) -> list[int]:
    """Return the powers of two below `most`, and `most` itself."""
    return [*(2**power for power in range(most.bit_length()) if 2**power < most), most]


def batch_size(name: str, most: int) -> int:
    """Return the size of a batch that a setting asks for, or the nearest that so many images allow."""
    return min(batch_sizes(most), key=lambda size: abs(size - session.value(name)))


def image_count(label: str, most: int, name: str) -> int:
    """Ask for a number of images, from 1 to `most`, on a slider with more room for few. name: the setting."""
    if most == 1:  # a slider needs two ends that differ
        st.markdown(f"{label}: there is only **1**.")
        return 1
    # All up to 100, and then each some percent more than the one before.
    below = (range(low, min(high, most), max(1, low // 50)) for low, high in pairwise(ROUND_SIZES))
    counts = {*chain(*below), min(session.value(name) or most, most), most}
    return live_slider(label, name, sorted(counts), "{:,}".format)


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

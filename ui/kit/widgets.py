"""Small widgets that several pages use."""

from collections.abc import Callable

import streamlit as st

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

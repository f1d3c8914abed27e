"""Buttons that download what a page shows."""

from collections.abc import Callable

import streamlit as st


def csv_button(label: str, name: str, write: Callable[[], str]) -> None:
    """Show a button that downloads a table; a click does not run the page again.

    name: the middle of the file's name. write: returns the table as CSV, and is only called after a click.
    """
    icon = ":material/download:"
    st.download_button(label, write, f"three-or-seven-{name}.csv", "text/csv", icon=icon, on_click="ignore")

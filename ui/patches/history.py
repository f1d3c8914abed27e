"""The browser's Back button. Seen in Streamlit 1.67; no upstream issue found.

A page that is opened by a link drops from the address what a widget has by default, and adds what the session keeps.
Streamlit makes an entry in the browser's history of each of these changes, so Back stays on the page.
"""

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "three_or_seven.history", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def apply() -> None:
    """Have one entry in the history for each page that is opened, and one for each change after that. Shows nothing."""
    _component()

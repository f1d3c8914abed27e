"""Popovers by keyboard. Seen in Streamlit 1.67; no upstream issue found (the nearest, #9243, asks for less focus).
Report: docs/upstream/popover-focus.md.

Streamlit puts the content of a popover at the end of the document, as many presses of Tab away as there are controls
after its button, and leaves the focus on the button.
"""

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "three_or_seven.popovers", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def apply() -> None:
    """Move the focus into popovers that are opened by key on this page, and out of them. It shows nothing."""
    _component()

"""Popovers by keyboard. Seen in Streamlit 1.67; no upstream issue found (the nearest, #9243, asks for less focus).
Report: docs/upstream/popover-focus.md.

Streamlit puts the content of a popover at the end of the document, as many presses of Tab away as there are controls
after its button, and leaves the focus on the button.
"""

from pathlib import Path

from ui.component import component

_component = component(Path(__file__).with_suffix(".js"))


def apply() -> None:
    """Move the focus into popovers that are opened by key on this page, and out of them. It shows nothing."""
    _component()

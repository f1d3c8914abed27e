"""What the canvas lacks: a pen that is moved by keys, Ctrl+Z, and strokes that are sent when the pen is lifted."""

from pathlib import Path

import streamlit as st

from ui.state import keys

HERE = Path(__file__)
KEYS = "Paper. The arrow keys move the pen, with Shift by less. Space puts it down and lifts it."

_component = st.components.v2.component(
    "three_or_seven.pen",
    html=f'<div class="pen-pad" tabindex="0" role="application" aria-label="{KEYS}"><i></i></div>',
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=HERE.with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show_pen() -> None:
    """Lay the pen over the canvas that is in the same container, whose key is "paper_and_pen"."""
    _component(key=keys.PEN)

"""The canvas: paper in the browser that hands over its strokes as soon as the pen is lifted.

It is the app's own: the published streamlit-drawable-canvas waits 200 ms before it hands over a stroke, which is two
thirds of the time that all verdicts may take, and has its undo and clear only under a mouse, which no phone has.
"""

from pathlib import Path

import streamlit as st

from ui import state

HTML = """
<div class="paper"><canvas class="sheet"></canvas><canvas class="ink" tabindex="0" role="img"></canvas></div>
<div class="tools"><button type="button" class="undo" disabled>Undo</button>
<button type="button" class="redo" disabled>Redo</button>
<button type="button" class="clear" disabled>Clear</button></div>
"""
FOLDER = Path(__file__).parent

_mount = st.components.v2.component(
    "canvas", html=HTML, css=(FOLDER / "canvas.css").read_text(), js=(FOLDER / "canvas.js").read_text()
)


def canvas(label: str, pen: int, grid: bool) -> str:
    """Show the canvas and return its strokes as text, as `core.link_text` reads them; it may hold anything.

    label: what the canvas is for, for those who can't see it. pen: its width in pixels of 280.
    grid: whether faint lines show the 28 x 28 pixels.
    """
    before = st.session_state.setdefault(state.PAPER, state.value("strokes"))
    result = _mount(
        key=state.DRAWING,
        data={"strokes": before, "pen": pen, "grid": grid, "label": label},
        default={"strokes": before},
        on_strokes_change=lambda: None,
    )
    text = result.strokes
    # The component is forgotten while another page is open, what was drawn is not.
    st.session_state[state.PAPER] = text if isinstance(text, str) else ""
    return st.session_state[state.PAPER]

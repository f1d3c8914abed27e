"""The canvas to draw on, with undo, redo and clear below it, and examples for those who can't draw, as by keyboard."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import st_canvas

from core.dataset import SIDE
from core.drawing.strokes import CANVAS
from ui.component import component
from ui.draw.canvas_json import read_drawing, write_drawing
from ui.draw.history import CanvasHistory
from ui.state import keys, session
from ui.state.drawing_text import parse_strokes, write_strokes

# What the canvas lacks: a pen that is moved by keys, Ctrl+Z, and strokes that are sent when the pen is lifted.
PEN_KEYS = "Paper. The arrow keys move the pen, with Shift by less. Space puts it down and lifts it."
PEN_PAD = f'<div class="pen-pad" tabindex="0" role="application" aria-label="{PEN_KEYS}"><i></i></div>'
_pen = component(Path(__file__).with_name("pen.js"), PEN_PAD, isolate_styles=False)
GRID_COLOUR = "#dfe4ea"
# Drawings as a link has them.
EXAMPLES = {
    "A 3": "UFAp0Oubvevhul2wn3X3JwSj3j2wq2d3QzGsRiRfSdTZNO",
    "A 7": "UEh87f7f3f4g3fR4R4U5U5a2a1a2",
    "An 8": "UEIsthrirjnllmhnepapYpWqUrTrTqVrWqZpdpfnjnmlplritisgterepbmbjZfZdXZXWWVVTWTVUVWWYXaXeXhZlanbrdretf",
    "Scribble": "UGKiy8x7x7y8bEbEbEbEbEv_v_v_v_v_aDaDaDaDaD1-1-2-1-ZGZGZGZGZGC2C3C3C28b7b7b8b8b7b",
}


def history() -> CanvasHistory:
    """Return what is on this session's canvas, and what was."""
    return st.session_state.setdefault(keys.PAPER, CanvasHistory(session.value("strokes")))


def has_more() -> bool:
    """Return whether the browser has sent a drawing that the page has not shown an answer to yet."""
    try:
        return st.session_state[keys.DRAWING]["drawing"]["raw"] != history().received
    except (KeyError, TypeError):  # there is no canvas, or it trusts what the browser has sent
        return False


def show_canvas() -> str:
    """Show the canvas and return its strokes as text, as `ui.state.drawing_text` reads them.

    Raises TooMuch or ValueError if it sends what no canvas would; the strokes stay as they were then.
    """
    paper = history()
    if keys.DRAWING not in st.session_state:  # a new canvas, as after a visit to another page
        paper.start_with(paper.text)
    initial = write_drawing(parse_strokes(paper.initial, len(paper.initial)))
    with st.container(gap=None, key="paper_and_pen"):
        try:
            received = st_canvas(
                stroke_width=session.value("pen"),
                stroke_color="black",
                background_image=_sheet(session.value("grid")),
                width=CANVAS,
                height=CANVAS,
                initial_drawing=initial | {"edition": paper.edition},
                key=keys.DRAWING,
            ).json_data
        except (AttributeError, KeyError, TypeError):  # the component trusts what the browser has sent
            received = None
        _pen(key=keys.PEN)  # over the canvas, as its style has it in this container
    try:
        if received != paper.received:  # the same again: the canvas has not yet taken up an undo, redo or clear
            paper.received = received
            paper.record(write_strokes(read_drawing(received)))
    except RecursionError:  # lists in lists in lists
        raise ValueError("This is no drawing of strokes.") from None
    finally:
        with st.container(horizontal=True, gap="small", width=CANVAS):
            _button("Undo", paper.undo, not paper.past)
            _button("Redo", paper.redo, not paper.future)
            _button("Clear", paper.replace, not paper.text, "")
    return paper.text


def show_examples() -> None:
    """Show drawings that a click puts on the canvas. To be called after `show_canvas`."""
    st.caption("No pen at hand? Put one of these on the paper, or upload a picture.")
    with st.container(horizontal=True, gap="small", width=CANVAS):
        for name, text in EXAMPLES.items():
            _button(name, st.session_state[keys.PAPER].replace, False, text)


def _button(name: str, on_click: Callable[..., None], disabled: bool, *args: str) -> None:
    key = f"paper_{name.lower().replace(' ', '_')}"
    st.button(name, key=key, on_click=on_click, args=args, disabled=disabled, width="stretch")


@cache
def _sheet(grid: bool) -> bytes:
    """Return the white background of the canvas as a PNG. grid: whether lines show the edges of the 28 x 28 pixels."""
    sheet, step = Image.new("RGB", (CANVAS, CANVAS), "white"), CANVAS // SIDE
    pencil = ImageDraw.Draw(sheet)
    for place in range(step, CANVAS if grid else 0, step):
        pencil.line([(place, 0), (place, CANVAS)], GRID_COLOUR)
        pencil.line([(0, place), (CANVAS, place)], GRID_COLOUR)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()

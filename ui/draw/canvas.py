"""The canvas to draw on, with undo, redo and clear below it, and examples for those who can't draw, as by keyboard."""

import io
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import st_canvas

from core.dataset import SIDE
from core.drawing.strokes import CANVAS
from ui.draw.canvas_json import read_drawing, write_drawing
from ui.state import keys, session
from ui.state.drawing_text import parse_strokes, write_strokes

MOST_UNDONE = 200  # strokes that can be taken back
GRID_COLOUR = "#dfe4ea"
# Drawings as a link has them.
EXAMPLES = {
    "A 3": "UFAp0Oubvevhul2wn3X3JwSj3j2wq2d3QzGsRiRfSdTZNO",
    "A 7": "UEh87f7f3f4g3fR4R4U5U5a2a1a2",
    "An 8": "UEIsthrirjnllmhnepapYpWqUrTrTqVrWqZpdpfnjnmlplritisgterepbmbjZfZdXZXWWVVTWTVUVWWYXaXeXhZlanbrdretf",
    "Scribble": "UGKiy8x7x7y8bEbEbEbEbEv_v_v_v_v_aDaDaDaDaD1-1-2-1-ZGZGZGZGZGC2C3C3C28b7b7b8b8b7b",
}
send_at_once = st.components.v2.component(
    "three_or_seven.send_at_once", js=Path(__file__).with_name("send_at_once.js").read_text(encoding="utf-8")
)


@dataclass
class CanvasHistory:
    """What is on the canvas, what was on it before, and what undo has taken back, each as a text of strokes."""

    text: str
    past: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_UNDONE))
    future: list[str] = field(default_factory=list)
    initial: str = ""  # what the canvas in the browser starts with
    edition: int = 0  # changes when the canvas is to start again
    received: object = None  # what the canvas sent last, as JSON

    def record(self, text: str) -> None:
        """Record what is on the canvas now."""
        if text == self.text:
            return
        before, now = _strokes(self.text), _strokes(text)
        self.past.append(self.text)
        if now[: len(before)] == before:  # strokes that arrived together are undone one by one
            first = max(len(before) + 1, len(now) - MOST_UNDONE)
            self.past.extend(".".join(now[:count]) for count in range(first, len(now)))
        self.text = text
        self.future.clear()

    def undo(self) -> None:
        """Go back to what was on the canvas before, if anything was."""
        if self.past:  # a second click can arrive before the page has disabled its button
            self.future.append(self.text)
            self.start_with(self.past.pop())

    def redo(self) -> None:
        """Bring back what undo has taken, if anything is left of it."""
        if self.future:
            self.past.append(self.text)
            self.start_with(self.future.pop())

    def replace(self, text: str) -> None:
        """Replace all strokes by others, or by none. Undo brings them back."""
        self.record(text)
        self.start_with(text)

    def start_with(self, text: str) -> None:
        """Have the canvas in the browser start again with these strokes."""
        self.text = self.initial = text
        self.edition += 1


def show_canvas() -> str:
    """Show the canvas and return its strokes as text, as `ui.state.drawing_text` reads them.

    Raises TooMuch or ValueError if it sends what no canvas would; the strokes stay as they were then.
    """
    history = st.session_state.setdefault(keys.PAPER, CanvasHistory(session.value("strokes")))
    if keys.DRAWING not in st.session_state:  # a new canvas, as after a visit to another page
        history.start_with(history.text)
    initial = write_drawing(parse_strokes(history.initial, len(history.initial)))
    with st.container(gap=None):
        try:
            received = st_canvas(
                stroke_width=session.value("pen"),
                stroke_color="black",
                background_image=_sheet(session.value("grid")),
                width=CANVAS,
                height=CANVAS,
                initial_drawing=initial | {"edition": history.edition},
                key=keys.DRAWING,
            ).json_data
        except (AttributeError, KeyError, TypeError):  # the component trusts what the browser has sent
            received = None
        send_at_once()
    try:
        if received != history.received:  # the same again: the canvas has not yet taken up an undo, redo or clear
            history.received = received
            history.record(write_strokes(read_drawing(received)))
    except RecursionError:  # lists in lists in lists
        raise ValueError("This is no drawing of strokes.") from None
    finally:
        with st.container(horizontal=True, gap="small", width=CANVAS):
            _button("Undo", history.undo, not history.past)
            _button("Redo", history.redo, not history.future)
            _button("Clear", history.replace, not history.text, "")
    return history.text


def show_examples() -> None:
    """Show drawings that a click puts on the canvas. To be called after `show_canvas`."""
    st.caption("No pen at hand? Put one of these on the paper, or upload a picture.")
    with st.container(horizontal=True, gap="small", width=CANVAS):
        for name, text in EXAMPLES.items():
            _button(name, st.session_state[keys.PAPER].replace, False, text)


def _button(name: str, on_click: Callable[..., None], disabled: bool, *args: str) -> None:
    key = f"paper_{name.lower().replace(' ', '_')}"
    st.button(name, key=key, on_click=on_click, args=args, disabled=disabled, width="stretch")


def _strokes(text: str) -> list[str]:
    return text.split(".") if text else []


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

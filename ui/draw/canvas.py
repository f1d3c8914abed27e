"""The canvas to draw on, with undo, redo and clear below it, where a thumb finds them, and examples for no hand."""

import io
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import streamlit as st
from PIL import Image, ImageDraw
from streamlit_drawable_canvas import st_canvas

from core.dataset import SIDE
from core.drawing.strokes import CANVAS
from ui.draw.canvas_json import read_drawing, write_drawing
from ui.state import keys, session
from ui.state.drawing_text import parse_strokes, write_strokes

MOST_UNDONE = 200  # strokes that can be taken back
RULE = "#dfe4ea"
# What can be put on the paper without a pen, as a link has it.
EXAMPLES = {
    "A 3": "UFAp0Oubvevhul2wn3X3JwSj3j2wq2d3QzGsRiRfSdTZNO",
    "A 7": "UEh87f7f3f4g3fR4R4U5U5a2a1a2",
    "An 8": "UEIsthrirjnllmhnepapYpWqUrTrTqVrWqZpdpfnjnmlplritisgterepbmbjZfZdXZXWWVVTWTVUVWWYXaXeXhZlanbrdretf",
    "Scribble": "UGKiy8x7x7y8bEbEbEbEbEv_v_v_v_v_aDaDaDaDaD1-1-2-1-ZGZGZGZGZGC2C3C3C28b7b7b8b8b7b",
}
# The canvas waits 200 ms for another stroke before it sends one, but the first button of its toolbar sends at once:
# press it when a pen is lifted that came down on the paper. Where that fails, the stroke comes 200 ms later.
send_at_once = st.components.v2.component(
    "three_or_seven.send_at_once",
    js="""
export default () => {
  let toolbar = null
  const down = (event) => {
    const path = event.composedPath()
    const onPaper = path[0] instanceof HTMLCanvasElement
    toolbar = onPaper ? path.find((node) => node instanceof ShadowRoot)?.querySelector(".dc-toolbar") : null
  }
  const up = () => {
    const send = toolbar?.querySelector("button")
    toolbar = null
    if (send) setTimeout(() => send.click())  // once the canvas has taken the stroke
  }
  const heard = [["mousedown", down], ["touchstart", down], ["mouseup", up], ["touchend", up]]
  heard.forEach(([name, listen]) => document.addEventListener(name, listen, true))
  return () => heard.forEach(([name, listen]) => document.removeEventListener(name, listen, true))
}
""",
)


@dataclass
class Paper:
    """What is on the paper, what was on it before, and what undo has taken back, each as a text of strokes."""

    text: str
    past: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_UNDONE))
    future: list[str] = field(default_factory=list)
    begun: str = ""  # what the canvas was told to begin with
    edition: int = 0  # and how often it was told to begin anew
    said: object = None  # what the canvas said last, in its own terms

    def take(self, text: str) -> None:
        """Take what the canvas holds now."""
        if text == self.text:
            return
        before, now = _strokes(self.text), _strokes(text)
        self.past.append(self.text)
        if now[: len(before)] == before:  # strokes that came in one go are taken back one by one
            self.past.extend(".".join(now[:count]) for count in range(len(before) + 1, len(now)))
        self.text = text
        self.future.clear()

    def undo(self) -> None:
        """Go back to what was on the paper before, if anything was."""
        if self.past:  # a second click may come before the page is drawn anew, and its button with it
            self.future.append(self.text)
            self._begin(self.past.pop())

    def redo(self) -> None:
        """Bring back what undo has taken, if anything is left of it."""
        if self.future:
            self.past.append(self.text)
            self._begin(self.future.pop())

    def put(self, text: str) -> None:
        """Put other strokes on the paper, or none. Undo brings back what was there."""
        self.take(text)
        self._begin(text)

    def begin_anew(self) -> None:
        """Have the canvas begin with what is on the paper, as one does that was not shown for a while."""
        self._begin(self.text)

    def _begin(self, text: str) -> None:
        self.text = self.begun = text
        self.edition += 1


def canvas(pen: int, grid: bool) -> str:
    """Show the canvas and return its strokes as text, as `core.link_text` reads them.

    pen: its width in pixels of 280. grid: whether faint lines show the 28 x 28 pixels.
    Raises ValueError if it says what no canvas would; the paper stays as it was then.
    """
    paper = st.session_state.setdefault(keys.PAPER, Paper(session.value("strokes")))
    if keys.DRAWING not in st.session_state:
        paper.begin_anew()
    beginning = write_drawing(parse_strokes(paper.begun, len(paper.begun))) | {"edition": paper.edition}
    with st.container(gap=None):
        drawn = st_canvas(
            stroke_width=pen,
            stroke_color="black",
            background_image=_sheet(grid),
            width=CANVAS,
            height=CANVAS,
            initial_drawing=beginning,
            key=keys.DRAWING,
        ).json_data
        send_at_once()
    problem = None
    if drawn != paper.said:  # else it has not yet heard of undo, redo or clear
        paper.said = drawn
        try:
            paper.take(write_strokes(read_drawing(drawn)))
        except ValueError as wrong:
            problem = wrong
    with st.container(horizontal=True, gap="small", width=CANVAS):
        _button("Undo", paper.undo, not paper.past)
        _button("Redo", paper.redo, not paper.future)
        _button("Clear", paper.put, not paper.text, "")
    if problem:
        raise problem
    return paper.text


def examples() -> None:
    """Show what can be put on the paper without a pen: by keyboard, nothing can be drawn. To be shown below it."""
    st.caption("No pen at hand? Put one of these on the paper, or upload a picture.")
    with st.container(horizontal=True, gap="small", width=CANVAS):
        for name, text in EXAMPLES.items():
            _button(name, st.session_state[keys.PAPER].put, False, text)


def _button(name: str, press: Callable[..., None], disabled: bool, *args: str) -> None:
    key = f"paper_{name.lower().replace(' ', '_')}"
    st.button(name, key=key, on_click=press, args=args, disabled=disabled, width="stretch")


def _strokes(text: str) -> list[str]:
    return text.split(".") if text else []


@cache
def _sheet(grid: bool) -> bytes:
    """Return the paper as a PNG: white, with lines between its pixels or without."""
    sheet, step = Image.new("RGB", (CANVAS, CANVAS), "white"), CANVAS // SIDE
    pencil = ImageDraw.Draw(sheet)
    for place in range(step, CANVAS if grid else 0, step):
        pencil.line([(place, 0), (place, CANVAS)], RULE)
        pencil.line([(0, place), (CANVAS, place)], RULE)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()

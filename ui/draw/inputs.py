"""The ways to bring a digit of one's own: draw it, upload a picture, or photograph it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.drawing import photo
from core.drawing.normalise import ink_of
from core.drawing.strokes import CANVAS, draw_strokes
from ui.draw.canvas import canvas
from ui.state import keys, session
from ui.state.drawing_text import CANVAS_LIMIT, parse_strokes

TYPES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif")


PHOTO_STAGES = {"even": "Even light", "threshold": "Threshold", "largest": "Largest ink"}


@dataclass(frozen=True)
class Brought:
    """A digit that somebody brought.

    ink: (height, width) uint8, 0 is paper and 255 is ink. strokes: those that it was drawn with, as text.
    found: the stages that a photo went through, None for a drawing.
    """

    ink: np.ndarray
    strokes: str = ""
    found: photo.Found | None = None


def bring(names: str) -> Brought | None:
    """Show the way that was chosen, with what belongs to it, and return what was brought.

    names: of the digits in play, each with its article.
    """
    way = st.segmented_control("How", label_visibility="collapsed", **session.bound("way"))
    return _draw(names) if way == "Draw" else _photograph(way, names)


def _draw(names: str) -> Brought | None:
    st.caption(f"Draw {names} with a mouse, a finger or a pen.")
    try:
        text = canvas(session.value("pen"), session.value("grid"))
        strokes = parse_strokes(text, CANVAS_LIMIT)
    except ValueError:
        st.warning("There is more on this paper than can be judged: undo some of it, or clear it.")
        strokes = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", width=CANVAS):
        st.slider(
            "Pen", format="%d px", width=170, help="20 is as thick as the strokes of MNIST.", **session.bound("pen")
        )
        st.toggle("Grid", **session.bound("grid"))
    if not strokes:
        return None
    ink = ink_of(draw_strokes(strokes))
    return Brought(ink if session.value("find_ink") else 255 - ink, text)


def _photograph(way: str, names: str) -> Brought | None:
    if way == "Camera":
        file = st.camera_input(f"Photograph {names} on paper", key=f"{keys.PHOTO}{way}")
    else:
        file = st.file_uploader(f"A picture of {names}", type=TYPES, key=f"{keys.PHOTO}{way}")
    if file is None:
        return None
    dark = {"Decide": None, "Dark on light": True, "Light on dark": False}[session.value("ink_is")]
    switches = photo.Switches(session.value("even"), session.value("threshold"), session.value("largest"))
    try:
        grey = _grey(file.file_id, file)
    except ValueError as problem:
        st.error(str(problem))
        return None
    st.segmented_control("Ink is", **session.bound("ink_is"))
    found = photo.find_ink(grey, switches, dark)
    if found is None:
        st.warning("There is no ink in this picture that stands out from its paper. Try more light, or a thicker pen.")
        with st.container(horizontal=True):
            for name in PHOTO_STAGES:  # or else one that finds nothing could not be switched on again
                stage_switch(name)
        return None
    st.caption(f"Taken as {'dark ink on light paper' if found.dark else 'light ink on dark paper'}.")
    return Brought(found.kept, found=found)


def stage_switch(name: str, title: str | None = None) -> None:
    """Show the switch of one stage. title: where it is none of a photo's stages."""
    st.toggle(title or PHOTO_STAGES[name], **session.bound(name))


@st.cache_data(max_entries=50, show_spinner="Reading the picture")
def _grey(file_id: str, _file) -> np.ndarray:
    """Read an upload once, not after each click: its id is a random one. Raises ValueError as `open_grey` does."""
    return photo.open_grey(_file)

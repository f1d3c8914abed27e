"""The ways to bring a digit of one's own: draw it, upload a picture, or photograph it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.drawing import photo
from core.drawing.normalise import ink_of
from core.drawing.pen import fit_pen
from core.drawing.strokes import CANVAS, PEN, THICKEST, THINNEST, PenStroke, draw_strokes
from sources.readers.picture import MOST_BYTES
from ui.draw.canvas import show_canvas, show_examples
from ui.draw.canvas_json import TooMuch
from ui.kit.live_slider import live_slider
from ui.kit.widgets import read_picture
from ui.state import keys, session
from ui.state.drawing_text import CANVAS_LIMIT, parse_strokes

TYPES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif")
PHOTO_STAGES = {"even": "Even light", "threshold": "Threshold", "largest": "Largest ink"}
PENCIL = 50  # pixels at the right above the canvas, where its own button is
DARK_INK = {"Decide": None, "Dark on light": True, "Light on dark": False}


@dataclass(frozen=True)
class DigitInput:
    """A digit that was drawn, uploaded or photographed.

    ink: (height, width) uint8, 0 is paper and 255 is ink. strokes: those that it was drawn with, as text.
    found: a photo after each of its stages, None for a drawing.
    """

    ink: np.ndarray
    strokes: str = ""
    found: photo.Found | None = None


def show_input(names: str) -> DigitInput | None:
    """Show the choice between the ways, and the chosen one; return the digit, None if there is none yet.

    names: of the digits in play, each with its article.
    """
    way = st.segmented_control("How", label_visibility="collapsed", **session.bound("way"))
    return _draw(names) if way == "Draw" else _photograph(way, names)


def _draw(names: str) -> DigitInput | None:
    st.caption(f"Draw {names} with a mouse, a finger or a pen.", width=CANVAS - PENCIL)
    strokes = ()
    try:
        text = show_canvas()
        if len(text) > CANVAS_LIMIT:
            raise TooMuch
        strokes = parse_strokes(text, CANVAS_LIMIT)
    except TooMuch:
        st.warning("There is more on this paper than can be judged: undo some of it, or clear it.")
    except ValueError:
        st.warning("The canvas has sent no drawing: draw again, or load this page again.")
    return DigitInput(ink_of_strokes(strokes), text) if strokes else None


def ink_of_strokes(strokes: Sequence[PenStroke]) -> np.ndarray:
    """Draw strokes with a pen that fits: (280, 280) uint8, 0 is paper and 255 is ink, unless this is switched off."""
    ink = ink_of(draw_strokes(fit_pen(strokes)))
    return ink if session.value("find_ink") else 255 - ink


def show_pen_and_examples() -> None:
    """Show the choice of the pen, and drawings for those who can't draw."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", width=CANVAS):
        with st.container(width=170):
            live_slider("Pen", "pen", [*range(THINNEST, THICKEST + 1)], _pixels, let_go=True)
        st.toggle("Grid", **session.bound("grid"))
    show_examples()


def _pixels(width: int) -> str:
    return f"{width} px" + ", as MNIST" * (width == PEN)


def _photograph(way: str, names: str) -> DigitInput | None:
    key = f"{keys.PHOTO}{way}"
    if way == "Camera":
        file = st.camera_input(f"Photograph {names} on paper", key=key)
    else:
        file = st.file_uploader(f"A picture of {names}", type=TYPES, key=key, max_upload_size=MOST_BYTES // 1_000_000)
    grey = read_picture(file, "grey") if file else None
    if grey is None:
        return None
    st.segmented_control("Ink is", **session.bound("ink_is"))
    switches = photo.Switches(*map(session.value, PHOTO_STAGES))
    found = photo.find_ink(grey, switches, DARK_INK[session.value("ink_is")])
    if found is None:
        st.warning("There is no ink in this picture that stands out from its paper. Try more light, or a thicker pen.")
        with st.container(horizontal=True):  # a stage that hides all ink must be possible to switch off here
            for name, title in PHOTO_STAGES.items():
                st.toggle(title, **session.bound(name))
        return None
    st.caption(f"Taken as {'dark ink on light paper' if found.dark else 'light ink on dark paper'}.")
    return DigitInput(found.kept, found=found)

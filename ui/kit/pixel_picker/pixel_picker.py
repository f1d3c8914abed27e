"""The picked pixel, the same on every page, and a crop: two sliders choose them, or a pointer in a picture."""

from pathlib import Path

import pandas as pd
import streamlit as st
from torch import Tensor

from core.dataset import SIDE
from ui.component import component
from ui.kit.live_slider import NEWEST, are_places, live_slider, set_live
from ui.state import keys, session

PICKED, CROP = ("pixel_row", "pixel_column"), ("rows", "columns")  # settings
_component = component(Path(__file__).with_suffix(".js"), before=NEWEST)


def by_place(values: Tensor) -> pd.DataFrame:
    """List the values of a (28, 28) image, row by row: place, value, row, column."""
    frame = pd.DataFrame({"place": range(values.numel()), "value": values.flatten().numpy()})
    return frame.assign(row=frame.place // SIDE, column=frame.place % SIDE)


def pixel_sliders() -> tuple[int, int]:
    """Show the sliders and return the pixel's row and column, each from 0 to 27."""
    return live_slider("Row", "pixel_row", range(SIDE)), live_slider("Column", "pixel_column", range(SIDE))


def pick(row: int, column: int, done: bool = True) -> None:
    """Make a pixel the picked one. To be called from a component's callback."""
    for name, place in zip(PICKED, (row, column), strict=True):
        set_live(name, place, done)


def pixel_picture(values: Tensor, key: str, what: str, cropped: bool = False) -> None:
    """Show a (28, 28) image in which a click or an arrow key picks a pixel.

    values: uint8 in [0, 255], or float in [0, 1], which is shown with two decimals. what: describes the image for
    screen readers. cropped: whether it has a frame that crops it, to be dragged.
    """
    seen = keys.MOVED + key

    def moved() -> None:
        picked, crop, number, done = read_move(session.came_with(key, "move"))
        st.session_state[seen] = number
        if picked:
            pick(*picked, done)
        if cropped and crop:
            for name, ends in zip(CROP, crop, strict=True):
                set_live(name, ends, done)

    data = {
        "values": [round(value, 2) for value in values.flatten().tolist()],
        "ink": 1 if values.is_floating_point() else 255,
        "side": SIDE,
        "picked": [session.value(name) for name in PICKED],
        "crop": [session.value(name) for name in CROP] if cropped else None,
        "number": st.session_state.get(seen, 0),
        "label": what,
    }
    _component(key=key, data=[data], on_move_change=moved)


def read_move(sent: object) -> tuple[tuple[int, int] | None, list[tuple[int, int]] | None, int, bool]:
    """Return the pixel and the crop that a browser has sent (None for nonsense), the number, and if the drag ended."""
    match sent:
        case {"picked": [_, _] as picked, "crop": crop, "number": int(number), "done": bool(done)}:
            picked = tuple(picked) if are_places(picked, SIDE) else None
            match crop:
                case [[_, _] as rows, [_, _] as columns] if are_places(rows + columns, SIDE + 1):
                    if rows[0] < rows[1] and columns[0] < columns[1]:
                        return picked, [tuple(rows), tuple(columns)], number, done
            return picked, None, number, done
    return None, None, 0, True

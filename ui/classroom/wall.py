"""The wall of drawings: what learners have handed in, and what each method reads in it."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd
import streamlit as st
import torch

from live.classroom.room import Drawing, Room
from ui.classroom import charts, reading
from ui.classroom.reading import Answers, Method
from ui.component import component
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import counted, percent, with_article
from ui.seat import classes
from ui.state import keys, session

SHOWN = 120  # drawings at once
ORDERS = ("Misread first", "Newest first", "By digit")
_component = component(Path(__file__).with_name("wall.js"), '<div class="class-wall"></div>')


def show_wall(scene: Scene, room: Room, models: Sequence) -> None:
    """Show the drawings that were handed in, what each method says of them, and how many it reads."""
    if not room.drawings:
        st.info("Nothing is on the wall yet. Learners draw on Draw, choose what it was meant to be, and press Hand in.")
        return
    methods = reading.methods_of(scene, models)
    drawings = [one for one in room.drawings if one.meant in scene.digits]
    said = reading.answers(scene, methods, drawings)
    if len(drawings) < len(room.drawings):
        left_out = counted(len(room.drawings) - len(drawings), "drawing")
        st.caption(f"{left_out} of digits that are not in play: choose them in the sidebar to see them here.")
    if judged := [one for one in drawings if not one.hidden and one.id in said]:
        _show_figures(scene, methods, judged, said)
    order = st.segmented_control("Order", ORDERS, default=ORDERS[0], required=True, key=keys.WALL_ORDER)
    names = ", ".join(method.name for method in methods)
    st.caption(f"Under each drawing, in this order: {names}. Click on one to hide or remove it.")
    ordered = _ordered(drawings, said, order)
    picked = st.session_state.get(keys.PICKED)
    tiles = [_tile(one, methods, said.get(one.id, ())) for one in ordered[:SHOWN]]
    _component(key=keys.WALL, data={"drawings": tiles, "picked": picked}, on_pick_change=_pick)
    if len(ordered) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(ordered):,} drawings.")
    if one := next((one for one in room.drawings if one.id == picked), None):
        _show_picked(room, one)


def _show_figures(scene: Scene, methods: list[Method], judged: list[Drawing], said: Answers) -> None:
    st.subheader("How many of us does it read?")
    left, right = st.columns(2, gap="large")
    left.container(key="class_reading").table(
        reading.table(methods, scene.digits, judged, said), alt="How many drawings each method reads, digit by digit"
    )
    names = tuple(method.name for method in methods)
    rows = []
    for place, (name, theirs) in enumerate(zip(names, reading.shares_of_strangers(scene, names, methods), strict=True)):
        ours = sum(said[one.id][place] == one.meant for one in judged) / len(judged)
        rows += [
            (name, whose, share, percent(share)) for whose, share in (("Our class", ours), ("The dataset", theirs))
        ]
    frame = pd.DataFrame(rows, columns=["method", "whose", "share", "percent"])
    alt = "The share that each method reads, of the class and of the dataset"
    right.vega_lite_chart(frame, charts.read_shares(), alt=alt)
    most = max(len(scene.images("valid", digit)) for digit in scene.digits)
    images = "its" if most <= reading.COMPARED else f"up to {reading.COMPARED} of each digit among its"
    right.caption(f"The dataset: {images} validation images, which no method has learned from.")


def _ordered(drawings: Sequence[Drawing], said: Answers, order: str) -> list[Drawing]:
    ranks = {
        ORDERS[0]: lambda one: (-sum(digit != one.meant for digit in said.get(one.id, ())), -one.id),
        ORDERS[1]: lambda one: -one.id,
        ORDERS[2]: lambda one: (one.meant, -one.id),
    }
    return sorted(drawings, key=ranks[order])


def _tile(drawing: Drawing, methods: list[Method], said: tuple[int, ...]) -> dict:
    return {
        "id": drawing.id,
        "src": _picture(drawing.pixels.tobytes()),
        "meant": drawing.meant,
        "hidden": drawing.hidden,
        "misread": any(digit != drawing.meant for digit in said),
        "said": [[method.name, str(digit)] for method, digit in zip(methods, said, strict=bool(said))],
    }


@lru_cache(maxsize=3000)
def _picture(pixels: bytes) -> str:
    return pictures.data_url(pictures.ink(torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(28, 28), 1))


def _pick() -> None:
    picked = session.came_with(keys.WALL, "pick")
    if isinstance(picked, int):
        st.session_state[keys.PICKED] = None if picked == st.session_state.get(keys.PICKED) else picked


def _show_picked(room: Room, drawing: Drawing) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="class_picked"):
        st.markdown(f"Chosen: {with_article(drawing.meant)} by {room.names.get(drawing.learner, 'somebody')}.")
        label, hidden = ("Show it again", False) if drawing.hidden else ("Hide it", True)
        hide = "wall", classes.store().hide_drawing, classes.teacher(), drawing.id, hidden
        st.button(label, icon=":material/visibility_off:", key="class_hide", on_click=classes.try_to, args=hide)
        remove = "wall", classes.store().remove_drawing, classes.teacher(), drawing.id
        st.button("Remove it", icon=":material/delete:", key="class_remove", on_click=classes.try_to, args=remove)
    classes.show_news("wall")

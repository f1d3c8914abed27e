"""What a learner sees on Class: their own things, which they can take back."""

import streamlit as st
import torch

from live.classroom.room import Room
from ui.classroom.class_dataset import show_choice
from ui.classroom.entrance import KEPT
from ui.kit import pictures
from ui.seat import classes


def show_own(room: Room) -> None:
    """Show a learner what they have handed in, with a way to take it back."""
    me = classes.place().learner
    drawings = [one for one in room.drawings if one.learner == me]
    runs = [one for one in room.runs if one.learner == me]
    st.subheader("What you have handed in")
    if not drawings and not runs:
        st.info("Nothing yet. Hand in a drawing on Draw, or a run on Training.")
    with st.grid(8, min_column_width=90):
        for one in drawings:
            with st.container(horizontal_alignment="center"):
                picture = pictures.data_url(pictures.ink(torch.tensor(one.pixels), 3))
                st.image(picture, width=84, alt=f"Your drawing, meant to be {one.meant}")
                act = "own", classes.store().take_back_drawing, classes.seat(), one.id
                key = f"class_back_{one.id}"
                st.button(f"Take back the {one.meant}", key=key, on_click=classes.try_to, args=act)
    for run in runs:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(run.about)
            act = "own", classes.store().take_back_run, classes.seat(), run.id
            st.button("Take it back", key=f"class_back_run_{run.id}", on_click=classes.try_to, args=act)
    classes.show_news("own")
    show_choice(room)
    st.caption(KEPT)

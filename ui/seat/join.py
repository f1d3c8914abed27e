"""The way into a class: the code, on Home and on Class."""

import streamlit as st

from live.classroom.tokens import LENGTH
from ui.seat import classes
from ui.state import keys, session


def show_join() -> None:
    """Ask for the code of a class, unless this session has a place in one."""
    if session.value("seat") or session.value("teacher"):
        return
    row = st.form("class_join", border=False).container(horizontal=True, vertical_alignment="bottom", gap="small")
    row.text_input("Code of your class", key=keys.TYPED_CODE, max_chars=2 * LENGTH, width=180)
    row.form_submit_button("Join", icon=":material/login:", on_click=_join)
    classes.show_news("join")


def _join() -> None:
    typed = st.session_state[keys.TYPED_CODE]
    if typed.strip():
        classes.take_seat(typed)

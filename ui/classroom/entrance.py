"""Before and above all else: start a class, or join one; the code for the projector; the end."""

from pathlib import Path

import segno
import streamlit as st

from live.classroom.limits import ClassError
from live.classroom.room import Room
from ui.classroom.address import app_address, named_address
from ui.component import component
from ui.seat import classes, ended
from ui.seat.join import show_join
from ui.state import keys

_component = component(Path(__file__).with_name("code.js"))
KEPT = (
    "Everything is deleted when the class ends, or 24 hours after the last thing that somebody did in it. Nobody's "
    "name, address or device is kept: a learner is a nickname drawn by lot."
)


def show_lobby() -> None:
    """Offer to start a class or to join one."""
    teach, learn = st.columns(2, gap="large")
    with teach.container(border=True, height="stretch"):
        st.subheader("You teach")
        st.markdown("Get a code for your class. Learners type it on Home: no accounts, no names.")
        st.button("Start a class", icon=":material/groups:", type="primary", key="class_start", on_click=_start)
        classes.show_news("start")
        st.caption(KEPT)
    with learn.container(border=True, height="stretch"):
        st.subheader("You learn")
        st.markdown("Your teacher shows a code of six characters. Capital and small letters are the same to it.")
        show_join()


def _start() -> None:
    try:
        st.session_state["teacher"] = classes.store().start()
    except ClassError as problem:
        classes.tell("start", str(problem), False)


def show_code(room: Room) -> None:
    """Show the code, the address and the QR code of a class, for the projector, and what is the teacher's alone."""
    base = _address()
    link = f"{base}/?join={room.code}"
    qr = segno.make(link, error="m").svg_data_uri(border=2, dark="#0f1620", light="#fff")
    address = base.partition("://")[2]
    _component(key=keys.CLASS_CODE, data={"code": room.code, "address": address, "link": link, "qr": qr})
    with st.container(horizontal=True, gap="small"):
        with st.popover("Your private link", icon=":material/key:"):
            st.markdown("Keep it: it brings you back to this class on any laptop. Whoever has it can teach it.")
            st.code(f"{base}/class?teacher={classes.teacher()}", language=None, wrap_lines=True)
        with st.popover("End the class", icon=":material/delete:"):
            st.markdown(f"This deletes all drawings, runs and guesses of the class, at once and for good. {KEPT}")
            st.button("End it and delete everything", key="class_end", type="primary", on_click=_end)
    classes.show_news("end")


def _address() -> str:
    try:
        if named := named_address():
            return named
    except ValueError as problem:
        st.warning(str(problem))
    return app_address(st.context.url or "", st.get_option("server.address") not in ("localhost", "127.0.0.1"))


def _end() -> None:
    secret = classes.teacher()  # none at a second click
    if secret and classes.try_to("end", classes.store().end, secret):
        classes.forget()
        ended.tidy()

"""The strip at the top of every page of somebody who is in a class: which one, who they are, and what is asked."""

import time
from urllib.parse import parse_qs, urlencode

import streamlit as st

from live.classroom import limits
from live.classroom.limits import ClassError
from live.classroom.room import Learner, Room
from ui.kit.frames import ask_again
from ui.kit.text import counted, title_of
from ui.patches import fragments
from ui.seat import classes
from ui.state import keys, session

LOOK_S = 1.0  # from when the strip is drawn until it looks again
HERE_S = 10.0  # between two records that somebody is here
CONTROLS = {"digits": "Digits in play", "code": "Code drawer", "mistakes": "Mistakes on purpose"}


def show_strip() -> None:
    """Show the strip, if this session has a place in a class or a link to one."""
    _read_link()
    if session.value("seat") or session.value("teacher"):
        st.fragment(_strip)()
    elif here() not in ("home", "class"):  # where the form to join says it
        classes.show_news("join")


def _read_link() -> None:
    """Take the seat that a link with a code offers. The secret of a teacher is not kept in the address: it is shown."""
    code = session.value("join")
    if code:
        st.session_state["join"] = ""
        if not session.value("seat") and not session.value("teacher"):
            classes.take_seat(code)
    session.keep_in_link("join", "")
    session.keep_in_link("teacher", "")
    session.keep_in_link("seat", session.value("seat"))


def _strip() -> None:
    fragments.run_page_if_changed()
    if not session.value("seat") and not session.value("teacher"):  # the class was left just now
        st.rerun()
    try:
        room = classes.room()
        if st.session_state.pop(keys.CLASS_AWAY, False):  # parts of the page are missing
            st.rerun()
        secret = classes.seat()
        if room is None:  # a class that was seen has ended; of a seat that was never found, nobody knows why
            _say_that_it_is_over(limits.ENDED if secret or session.value("teacher") else limits.NO_SEAT)
            return
        if secret and _has_left(room, secret):
            _say_that_it_is_over(limits.NO_SEAT)
            return
        if secret:
            _be_here(secret)
            _go_where_all_go(room)
        _rerun_if_controls_changed(room)
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="class_strip"):
            (_learner if secret else _teacher)(room)
        classes.show_news("strip")
    except ClassError as problem:
        st.warning(str(problem))
    ask_again("class", True, LOOK_S)


def _has_left(room: Room, secret: str) -> bool:
    """Return whether this learner has left the class, in another tab perhaps."""
    me = _me(room)
    return me.left if me else classes.store().seat(secret) is None  # who has just come is not seen by all yet


def _say_that_it_is_over(sentence: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="class_strip"):
        st.markdown(f":material/groups: {sentence}")
        if st.button("All right", key="class_over"):
            classes.forget()
            st.rerun()


def _be_here(secret: str) -> None:
    """Record that this learner is on this page, when that changes and every ten seconds."""
    page, now = here(), time.monotonic()
    said, at = st.session_state.get(keys.CLASS_SEEN, (None, 0.0))
    if said != page or now - at > HERE_S:
        classes.store().be_at(secret, page)
        st.session_state[keys.CLASS_SEEN] = page, now


def here() -> str:
    """Return the name of the page that is open."""
    return st.session_state.get(keys.PAGE) or "home"


# Everybody to a page


def _go_where_all_go(room: Room) -> None:
    """Go where the teacher holds everybody, or where the learner has just chosen to come along to."""
    call = room.call
    held = call.page and call.hold and (not _has_followed(room) or here() != call.page)
    if held or (call.page and st.session_state.pop(keys.COMES, None)):
        st.session_state[keys.FOLLOWED] = room.id, call.number
        session.set_up_next_page(parse_qs(call.query, keep_blank_values=True))
        st.switch_page(f"pages/{call.page}.py", query_params={"seat": session.value("seat")})


def _has_followed(room: Room) -> bool:
    return st.session_state.get(keys.FOLLOWED) == (room.id, room.call.number)  # each class counts its calls from 0


def _come_along() -> None:
    st.session_state[keys.COMES] = True


def _call(hold: bool, page: str | None = None) -> None:
    """Call everybody to this page with its settings, or to nowhere."""
    page = here() if page is None else page
    shown = {name: st.query_params.get_all(name) for name in st.query_params if name not in session.PRIVATE}
    query = urlencode(shown, doseq=True) if page else ""
    classes.try_to("strip", classes.store().call, classes.teacher(), page, query, hold)


def _rerun_if_controls_changed(room: Room) -> None:
    """Run the whole page when the teacher hides or shows a control of it."""
    before = st.session_state.get(keys.HIDES)
    st.session_state[keys.HIDES] = room.hides
    if before is not None and before != room.hides and classes.seat():
        st.rerun()


# What the strip holds


def _me(room: Room) -> Learner | None:
    return next((one for one in room.learners if one.id == classes.place().learner), None)


def _learner(room: Room) -> None:
    me = _me(room)
    name, hand = (me.nickname, me.hand) if me else (classes.place().nickname, False)
    st.markdown(f":material/groups: Class **{room.code}** · you are **{name}**", width="content")
    if room.call.page and not _has_followed(room):
        st.markdown(f":material/campaign: Your teacher is at **{title_of(room.call.page)}**:", width="content")
        st.button(
            "Come along", icon=":material/directions_walk:", key="class_come", type="primary", on_click=_come_along
        )
    elif room.call.page and room.call.hold:
        st.markdown(":material/lock: Your teacher leads the way.", width="content")
    st.button(
        "Put my hand down" if hand else "Raise my hand",
        icon=":material/back_hand:",
        key="class_hand",
        on_click=classes.try_to,
        args=("strip", classes.store().raise_hand, classes.seat(), not hand),
    )
    with st.popover("More", icon=":material/more_horiz:", key=keys.CLASS_MORE):
        st.caption("Your seat is in this page's address: keep it to come back, and pass it on to nobody.")
        act = "strip", classes.store().rename, classes.seat()
        st.button("Another nickname", icon=":material/casino:", key="class_rename", on_click=classes.try_to, args=act)
        st.button("Leave, and let my things stay", key="class_leave", on_click=_leave, args=(False,))
        st.button("Leave, and delete my things", key="class_leave_all", on_click=_leave, args=(True,))


def _leave(take_away: bool) -> None:
    seat = classes.seat()  # none at a second click
    if seat and classes.try_to("strip", classes.store().leave, seat, take_away):
        classes.forget()


def _teacher(room: Room) -> None:
    now = time.time()
    there = sum(room.here(one, now) for one in room.learners)
    hands = sum(one.hand for one in room.learners)
    up = f" · {counted(hands, 'hand')} up" if hands else ""
    st.markdown(f":material/groups: Class **{room.code}** · {counted(there, 'learner')} here{up}", width="content")
    if here() != "class":
        st.page_link("pages/class.py", label="The room", icon=":material/meeting_room:")
    st.button("Call everybody here", icon=":material/campaign:", key="class_call", on_click=_call, args=(False,))
    st.button("Bring and hold", icon=":material/lock:", key="class_hold", on_click=_call, args=(True,))
    if room.call.page:
        how = "held at" if room.call.hold else "called to"
        st.markdown(f"Everybody is {how} **{title_of(room.call.page)}**.", width="content")
        st.button("Let go", icon=":material/lock_open:", key="class_let_go", on_click=_call, args=(False, ""))
    if here() == "class":
        with st.popover("Hide", icon=":material/visibility_off:", key=keys.CLASS_MORE):
            st.pills(
                "Hide on the learners' pages",
                list(CONTROLS),
                selection_mode="multi",
                default=sorted(room.hides & CONTROLS.keys()),
                format_func=CONTROLS.get,
                key=keys.HIDDEN,
                on_change=_hide,
            )


def _hide() -> None:
    classes.try_to("strip", classes.store().hide_controls, classes.teacher(), list(st.session_state[keys.HIDDEN]))

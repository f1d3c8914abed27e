"""The classes of this server, and the place that this session has in one: a teacher's, a learner's, or none.

Every page imports this, most of them for somebody who is in no class. What speaks to the database comes with
SQLAlchemy, which takes a quarter of a second to import, so it is imported when a class is asked for.
"""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from live.classroom import limits
from live.classroom.guard import Guard
from live.classroom.limits import ClassError
from live.classroom.room import Room, Seat
from ui.state import keys, session

if TYPE_CHECKING:
    from live.classroom.reader import Reader
    from live.classroom.store import ClassStore

NEWS_S = 8.0  # for which a page says what came of a click


@st.cache_resource(show_spinner=False, on_release=lambda store: store.database.close())
def store() -> "ClassStore":
    """Return the store of this server. Raises ClassError if the database that it is told to use makes no sense."""
    from live.classroom.database import Database
    from live.classroom.store import ClassStore

    return ClassStore(Database())


@st.cache_resource(show_spinner=False)
def _reader() -> "Reader":
    from live.classroom.reader import Reader

    return Reader(store())


@st.cache_resource(show_spinner=False)
def _guard() -> Guard:
    return Guard()


@contextmanager
def _noticed() -> Iterator[None]:
    """Notice that the class can't be reached: parts of the page that ask for it are then missing."""
    try:
        yield
    except ClassError:
        st.session_state[keys.CLASS_AWAY] = True
        raise


@_noticed()
def room() -> Room | None:
    """Return the class of this session, as it was half a second ago at most; None if it has none, or has one no longer.

    Raises Unreachable if the database is away.
    """
    class_id = _class_id()
    return None if class_id is None else _reader().room(class_id)


@_noticed()
def _class_id() -> int | None:
    """Return the number of this session's class. It is looked up once, since a secret never moves to another class."""
    secrets = session.value("teacher"), session.value("seat")
    if not any(secrets):
        return None
    known, *found = st.session_state.get(keys.CLASS, (None, None, None))
    if known != secrets:
        teacher, seat = secrets
        class_of = store().class_of(teacher) if teacher else None
        sits = store().seat(seat) if seat and class_of is None else None
        found = [class_of or (sits and sits.class_id), sits]
        st.session_state[keys.CLASS] = secrets, *found
    return found[0]


def teacher() -> str | None:
    """Return the teacher's secret, if this session teaches a class that is there."""
    return session.value("teacher") if _class_id() is not None and place() is None else None


def seat() -> str | None:
    """Return the secret of this session's seat, if it has one in a class that is there."""
    return session.value("seat") if _class_id() is not None and place() is not None else None


def place() -> Seat | None:
    """Return the seat as it was when this session took it; None for a teacher. Only for a session in a class."""
    return st.session_state[keys.CLASS][2]


def take_seat(code: str) -> None:
    """Join the class with this code; if that can't be, let the place "join" of the page say why."""
    visitor = get_script_run_ctx().session_id
    try:
        _guard().check(visitor)
        st.session_state["seat"] = store().join(code)
    except ClassError as problem:
        if str(problem) == limits.NO_CLASS:
            _guard().wrong(visitor)
        tell("join", str(problem), False)


def forget() -> None:
    """Have no place in a class any longer."""
    st.session_state["seat"] = st.session_state["teacher"] = ""
    for of_the_class in (keys.CLASS, keys.CLASS_SEEN, keys.CLASS_NEWS, keys.FOLLOWED, keys.COMES, keys.HIDES):
        st.session_state.pop(of_the_class, None)


def try_to(where: str, act: Callable, *args, done: str = "", about: Hashable = None) -> bool:
    """Do something in the class, and return whether it was done. To be called from a widget's callback.

    where: the place of the page that says what came of it: `done`, or the sentence that says why not.
    about: what it was done with, as for `show_news`.
    """
    try:
        act(*args)
    except ClassError as problem:
        tell(where, str(problem), False)
        return False
    tell(where, done, True, about)
    return True


def tell(where: str, sentence: str, done: bool, about: Hashable = None) -> None:
    """Let a place of the page say a sentence for some seconds. done: whether it is good news; about: of what."""
    st.session_state[keys.CLASS_NEWS] = where, sentence, done, about, time.monotonic()


def show_news(where: str, width: str | int = "stretch", about: Hashable = None) -> None:
    """Say what came of the last thing that was done at this place of the page, unless that is long ago.

    width: of the box, in pixels; about: what stands beside it: good news of anything else is not said.
    """
    place, sentence, done, of, at = st.session_state.get(keys.CLASS_NEWS, ("", "", True, None, 0.0))
    if place == where and sentence and time.monotonic() - at < NEWS_S and (of == about or not done):
        (st.success if done else st.warning)(sentence, icon=":material/check_circle:" if done else None, width=width)


def hides(control: str) -> bool:
    """Return whether the teacher hides a control on this learner's pages."""
    try:
        here = room() if seat() else None
    except ClassError:
        return False
    return here is not None and control in here.hides

"""The page Class: for a teacher, for a learner, and for whoever is in no class yet."""

from collections.abc import Callable, Sequence

import streamlit as st

from live.classroom.limits import ClassError
from live.classroom.room import Room
from ui.classroom import class_dataset, entrance, guesses_and_runs, own_things, people, wall
from ui.frame.scene import Scene
from ui.kit.frames import ask_again
from ui.patches import fragments
from ui.seat import classes
from ui.state import session

LOOK_S = 0.3  # from when the room is drawn until it is looked at again


def what_to_try() -> str:
    """Return a sentence that says what this visitor can do first."""
    if session.value("teacher"):
        return "go to another page, and call everybody there."
    if session.value("seat"):
        return "hand in a drawing on Draw, and find it on your teacher's wall."
    return "start a class, join it from a second browser, and hand in a drawing."


def show_class(scene: Scene, models: Callable[[], Sequence]) -> None:
    """Show what the page has for this visitor. models: returns those that judge drawings, once they are trained."""
    try:
        room = classes.room()
        if room is None:
            entrance.show_lobby()
        elif classes.teacher():
            entrance.show_code(room)
            _watched(lambda now: _show_teachers(scene, now, models()))
        else:
            _watched(own_things.show_own)
    except ClassError as problem:
        st.warning(str(problem))


def _watched(show: Callable[[Room], None]) -> None:
    """Show the class, again and again: as soon as the browser has drawn it, it asks for the next look."""

    @st.fragment
    def look() -> None:
        fragments.run_page_if_changed()
        try:
            room = classes.room()
            if room is None:
                st.rerun()
            with st.container(key="class_look"):
                show(room)
        except ClassError as problem:
            st.warning(str(problem))
        ask_again("room", True, LOOK_S)

    look()


def _show_teachers(scene: Scene, room: Room, models: Sequence) -> None:
    st.header("The room")
    people.show_people(room)
    st.header("The wall")
    wall.show_wall(scene, room, models)
    st.header("Guesses")
    guesses_and_runs.show_guesses(room)
    st.header("Runs")
    guesses_and_runs.show_runs(room)
    st.header("The class's digits as data")
    class_dataset.show_class_dataset(room)

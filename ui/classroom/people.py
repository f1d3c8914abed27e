"""The room at a glance: a dot for each learner."""

import time
from pathlib import Path

import streamlit as st

from live.classroom.room import Learner, Room
from ui.component import component
from ui.kit.text import counted, title_of
from ui.state import keys

_component = component(Path(__file__).with_name("room.js"), '<ul class="class-room"></ul>')


def show_people(room: Room) -> None:
    """Show who is in the class: nickname, page, here or away, hand up, and what each has handed in."""
    people = [one for one in room.learners if not one.left]
    if not people:
        st.info("Nobody is here. The code above is all that a learner needs.")
        return
    now = time.time()
    here = sum(room.here(one, now) for one in people)
    st.caption(f"{here} of {counted(len(people), 'learner')} here. A filled dot is here, a dashed one away.")
    shown = [
        {"name": one.nickname, "here": room.here(one, now), "hand": one.hand, "says": _says(room, one)}
        for one in sorted(people, key=lambda one: (not one.hand, one.nickname))
    ]
    _component(key=keys.CLASS_PEOPLE, data=shown)


def _says(room: Room, learner: Learner) -> str:
    done = [
        counted(sum(thing.learner == learner.id for thing in things), name)
        for things, name in ((room.drawings, "drawing"), (room.guesses, "guess"), (room.runs, "run"))
        if any(thing.learner == learner.id for thing in things)
    ]
    return " · ".join([title_of(learner.page) if learner.page else "on the way", *done]).replace("guesss", "guesses")

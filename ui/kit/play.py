"""Run, one step, reset: the buttons of everything that moves on by itself, and settings that count steps."""

from collections.abc import Callable

import streamlit as st

from live.chunked_work import ChunkedWork
from live.sweep_run import BatchSweeps
from ui.kit.frames import ask_again, asked_late
from ui.patches import fragments
from ui.state import keys, session

TICK = 0.15  # seconds from one step to the next
ICONS = {
    "Run": "play_arrow",
    "Go on": "play_arrow",
    "Pause": "pause",
    "One step": "skip_next",
    "One epoch": "fast_forward",
    "Reset": "replay",
    "Again": "replay",
}


def button(action: str, key: str, on_click: Callable, *args, what: str = "", **more) -> None:
    """Show one button with the icon of its action; the one that plays or pauses is the primary button.

    what: ends the label, on a page with several things that play. more: further arguments of st.button.
    """
    kind = "primary" if ICONS[action] in ("play_arrow", "pause") else "secondary"
    icon = f":material/{ICONS[action]}:"
    st.button(f"{action}{what}", key, type=kind, icon=icon, on_click=on_click, args=args, **more)


def run_button(work: ChunkedWork | BatchSweeps, key: str, begun: bool = False) -> None:
    """Show the button that runs or pauses long work. begun: whether it goes on rather than begins."""
    action = "Pause" if work.playing else "Go on" if begun and not work.over else "Run"
    button(action, key, work.pause if action == "Pause" else work.play, disabled=work.over, width=110)


def buttons(name: str, last: int, what: str = "") -> None:
    """Show the buttons of a setting that counts steps from 0.

    last: where to stop. what: plays, on a page with several things that do.
    """
    the, of = (f" {what}", f" of {what}") if what else ("", "")
    with st.container(horizontal=True, gap="xsmall"):
        toggle(name, last, what=the)
        button("One step", f"{name}_next", _one_step, name, last, what=of)
        button("Reset", f"{name}_reset", go, name, 0, what=the)


def toggle(name: str, last: int, first: int = 0, what: str = "") -> None:
    """Show the button that has a setting move on by itself, from `first` again once it is at the last, or pauses it."""
    action, width = "Pause" if playing(name) else "Run", 130 if what else 90  # which holds both, so nothing moves
    button(action, f"{name}_play", _play_or_stop, name, first, last, what=what, width=width)


def playing(name: str) -> bool:
    """Return whether the setting moves on by itself."""
    return st.session_state.get(keys.PLAYS + name, False)


def go(name: str, step: int) -> None:
    """Stop, and show this step. To be called from a widget's callback."""
    stop(name)
    st.session_state[name] = step


def begin(name: str, step: int) -> None:
    """Play from this step on. To be called from a widget's callback."""
    st.session_state[keys.PLAYS + name] = True
    st.session_state[name] = step


def stop(name: str) -> None:
    """Stay at the step that is shown."""
    st.session_state[keys.PLAYS + name] = False


def move_on(name: str, last: int, by: Callable[[int], int] = lambda step: 1) -> None:
    """Take the next steps if the setting plays, or stop at the last. Must be called right before the widget is made.

    Belongs into a fragment, which the browser runs again when it has drawn it. by: how many steps to take from a step.
    """
    fragments.run_page_if_changed()
    if asked_late(name):
        st.session_state[name] = st.session_state[keys.DRAWN + name]
    now = session.value(name)
    if playing(name):
        if now >= last:
            stop(name)
            st.rerun()
        st.session_state[name] = min(last, now + by(now))
    st.session_state[keys.DRAWN + name] = session.value(name)
    ask_again(name, playing(name), TICK)


def _play_or_stop(name: str, first: int, last: int) -> None:
    if playing(name):
        stop(name)
    else:
        begin(name, session.value(name) if session.value(name) < last else first)


def _one_step(name: str, last: int) -> None:
    go(name, min(last, session.value(name) + 1))

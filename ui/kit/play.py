"""Play, one step, reset: buttons for a setting that counts steps and can move on by itself.

While it plays, a timer in the browser asks for the next step, and tells where the slider stands. This may be older than
what was sent, or than what a button has just set: on a slow machine nothing would ever play, and Reset would leave old
steps on the page. So for a timer, what counts is where the setting stood when the page was last drawn.
"""

from collections.abc import Callable

import streamlit as st

from ui.patches import server
from ui.state import keys, session

TICK = 0.15  # seconds from one step to the next


def playing(name: str) -> bool:
    """Return whether the setting moves on by itself."""
    return st.session_state.get(keys.PLAYS + name, False)


def buttons(name: str, last: int, what: str = "") -> None:
    """Show the buttons. They belong outside the fragment that plays, so that a click need not wait for it.

    last: where to stop. what: plays, on a page where more than one thing does, so that no two buttons share a name.
    """
    the, of = (f" {what}", f" of {what}") if what else ("", "")
    with st.container(horizontal=True):
        st.button(
            f"{'Stop' if playing(name) else 'Play'}{the}",
            type="primary",
            key=f"{name}_play",
            icon=":material/stop:" if playing(name) else ":material/play_arrow:",
            on_click=_play_or_stop,
            args=(name, last),
        )
        st.button(
            f"One step{of}", icon=":material/skip_next:", key=f"{name}_next", on_click=_one_step, args=(name, last)
        )
        st.button(f"Reset{the}", icon=":material/replay:", key=f"{name}_reset", on_click=go, args=(name, 0))


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
    """Take the next steps if it plays, or end the play. To be called by the fragment, before the setting's widget.

    by: how many to take from a step on.
    """
    told = session.value(name)
    now = st.session_state.get(keys.DRAWN + name, told) if server.asked_by_timer() else told
    if playing(name):
        if now is None or now >= last:
            stop(name)
            st.rerun()
        now = min(last, now + by(now))
    if now != told:
        st.session_state[name] = now
    st.session_state[keys.DRAWN + name] = now


def _play_or_stop(name: str, last: int) -> None:
    if playing(name):
        stop(name)
    else:
        begin(name, session.value(name) if session.value(name) < last else 0)


def _one_step(name: str, last: int) -> None:
    go(name, min(last, session.value(name) + 1))

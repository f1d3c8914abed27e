"""Play, one step, reset: buttons for a setting that counts steps and can move on by itself."""

import streamlit as st

from ui import state

TICK = 0.15  # seconds from one step to the next


def playing(name: str) -> bool:
    """Return whether the setting moves on by itself."""
    return st.session_state.get(state.PLAYS + name, False)


def buttons(name: str, last: int, what: str = "") -> None:
    """Show the buttons. They belong outside the fragment that plays, so that a click need not wait for it.

    last: where to stop. what: plays, on a page where more than one thing does, so that no two buttons share a name.
    """
    the, of = (f" {what}", f" of {what}") if what else ("", "")
    with st.container(horizontal=True):
        st.button(f"{'Stop' if playing(name) else 'Play'}{the}", type="primary", key=f"{name}_play",
                  icon=":material/stop:" if playing(name) else ":material/play_arrow:", on_click=_play_or_stop,
                  args=(name, last))  # fmt: skip
        st.button(f"One step{of}", icon=":material/skip_next:", key=f"{name}_next", on_click=_one_step,
                  args=(name, last))  # fmt: skip
        st.button(f"Reset{the}", icon=":material/replay:", key=f"{name}_reset", on_click=go, args=(name, 0))


def go(name: str, step: int) -> None:
    """Stop, and show this step. To be called from a widget's callback."""
    st.session_state[state.PLAYS + name] = False
    st.session_state[name] = step


def move_on(name: str, last: int, by: int = 1) -> None:
    """Take the next steps if it plays, or end the play. To be called by the fragment, before the setting's widget."""
    if not playing(name):
        return
    if state.value(name) >= last:
        st.session_state[state.PLAYS + name] = False
        st.rerun()
    st.session_state[name] = min(last, state.value(name) + by)


def _play_or_stop(name: str, last: int) -> None:
    start = not playing(name)
    if start and state.value(name) >= last:
        st.session_state[name] = 0
    st.session_state[state.PLAYS + name] = start


def _one_step(name: str, last: int) -> None:
    go(name, min(last, state.value(name) + 1))

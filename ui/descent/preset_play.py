"""Play a preset: from the start to a certain step, where it stops."""

import streamlit as st

from ui.kit import play
from ui.state import keys


def play_to(name: str, step: int, **settings) -> None:
    """Play a setting that counts steps from 0 to a step, with others set so. To be called from a widget's callback."""
    st.session_state.update(settings)
    play.begin(name, 0)
    st.session_state[keys.PLAY_TO + name] = step


def stops_at(name: str, last: int) -> int:
    """Return the step at which the setting stops by itself; once it does not play, that is the last again."""
    if not play.playing(name):
        st.session_state.pop(keys.PLAY_TO + name, None)
    return min(last, st.session_state.get(keys.PLAY_TO + name, last))

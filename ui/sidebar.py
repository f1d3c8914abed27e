"""The sidebar: the digits in play, chosen once for all pages."""

import streamlit as st

from core.dataset import Dataset
from ui import state


def show() -> None:
    """Show the choice of digits, and keep the last one that can be used."""
    with st.sidebar:
        chosen = st.pills(
            "Digits in play",
            range(10),
            selection_mode="multi",
            help="Two to ten digits, for every page. Two make the lesson easiest to follow.",
            **state.bound("digits", "default"),
        )
        before = st.session_state.get(state.LAST_DIGITS, state.SETTINGS["digits"].default)
        if len(chosen) < 2:
            names = " and ".join(map(str, before)) if len(before) == 2 else ", ".join(map(str, before))
            st.warning(f"One digit can't be told from itself: choose at least two. Until then it is {names}.")
            return
    st.session_state[state.LAST_DIGITS] = tuple(sorted(chosen))


def digits_in_play(dataset: Dataset) -> tuple[int, ...]:
    """Return the digits in play as the sidebar has settled them."""
    digits = st.session_state.get(state.LAST_DIGITS, state.SETTINGS["digits"].default)
    return tuple(d for d in digits if d in dataset.digits) or dataset.digits[:2]

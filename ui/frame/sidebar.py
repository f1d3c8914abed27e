"""The sidebar: the digits in play, chosen once for all pages."""

from pathlib import Path

import streamlit as st

from core.dataset import Dataset
from ui.frame import dataset as data
from ui.patches import browser
from ui.seat.classes import hides
from ui.state import keys, session, settings

STYLE = Path(__file__).with_name("frame.css")


def show_sidebar() -> None:
    """Show the choice of digits, and keep the last one that can be used."""
    st.html(STYLE)
    with st.sidebar:
        if hides("digits"):
            chosen = session.value("digits")
        else:
            what = "Two to ten digits, for every page. Two make the lesson easiest to follow."
            chosen = st.pills("Digits in play", selection_mode="multi", help=what, **session.bound("digits"))
        if len(chosen) < 2:
            before = digits_chosen()
            names = " and ".join(map(str, before)) if len(before) == 2 else ", ".join(map(str, before))
            st.warning(f"One digit can't be told from itself: choose at least two. Until then it is {names}.")
        else:
            st.session_state[keys.LAST_DIGITS] = tuple(sorted(chosen))
        if data.current_name() != data.default_name():
            st.caption(f"Digits from {data.safe_title(data.current_name())}")
        browser.return_to_the_page_before()
        browser.focus_popovers()


def digits_chosen() -> tuple[int, ...]:
    """Return the last valid choice of digits, whichever of them the dataset has."""
    return st.session_state.get(keys.LAST_DIGITS, settings.SETTINGS["digits"].default)


def digits_in_play(dataset: Dataset) -> tuple[int, ...]:
    """Return those chosen digits that the dataset has; its first two if it has fewer than two of them."""
    digits = tuple(d for d in digits_chosen() if d in dataset.digits)
    return digits if len(digits) >= 2 else dataset.digits[:2]

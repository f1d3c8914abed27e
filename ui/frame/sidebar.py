"""The sidebar: the digits in play, chosen once for all pages."""

import streamlit as st

from core.dataset import Dataset
from ui.frame import dataset as data
from ui.patches import popovers, sliders
from ui.state import keys, session, settings

# Streamlit writes white on the main button of a page, and the same colour as text on the paper: none is dark enough for
# the one and, in the dark theme, light enough for the other. So the button keeps the light theme's blue in both.
STYLE = """<style>
[data-testid="stBaseButton-primary"]:not(:disabled) {background-color: #0b6bb5; border-color: #0b6bb5}
</style>"""


def show() -> None:
    """Show the choice of digits, and keep the last one that can be used."""
    st.html(STYLE)
    with st.sidebar:
        chosen = st.pills(
            "Digits in play",
            selection_mode="multi",
            help="Two to ten digits, for every page. Two make the lesson easiest to follow.",
            **session.bound("digits"),
        )
        before = st.session_state.get(keys.LAST_DIGITS, settings.SETTINGS["digits"].default)
        if len(chosen) < 2:
            names = " and ".join(map(str, before)) if len(before) == 2 else ", ".join(map(str, before))
            st.warning(f"One digit can't be told from itself: choose at least two. Until then it is {names}.")
        else:
            st.session_state[keys.LAST_DIGITS] = tuple(sorted(chosen))
        if data.name() != data.default_name():
            st.caption(f"Digits from {data.shown(data.name())}")
        popovers.follow_keys()
        sliders.wait_for_fingers()


def digits_chosen() -> tuple[int, ...]:
    """Return the digits as the sidebar has settled them, whatever the dataset has."""
    return st.session_state.get(keys.LAST_DIGITS, settings.SETTINGS["digits"].default)


def digits_in_play(dataset: Dataset) -> tuple[int, ...]:
    """Return those digits in play that the dataset has; its first two if it has fewer than two of them."""
    digits = tuple(d for d in digits_chosen() if d in dataset.digits)
    return digits if len(digits) >= 2 else dataset.digits[:2]

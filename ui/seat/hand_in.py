""" "Hand in" on Draw and on Training, and the answers of "Guess first": nothing of it is seen by who is in no class."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from live.classroom.limits import LONGEST_STROKES, ClassError
from ui.kit.text import with_article
from ui.seat import classes
from ui.state import keys
from ui.state.drawing_text import parse_strokes

MORE = "You have drawn more since. Is it done? Then press again."
NEWS_WIDTH = 250  # pixels: beside the button, since what is below it may be below the window


def hand_in_drawing(digit: np.ndarray, strokes: str, digits: tuple[int, ...], has_more: Callable[[], bool]) -> None:
    """Offer to hand in a drawing: (28, 28) uint8, and its strokes as text, "" without.

    digits: those in play; has_more: says, when the button is pressed, whether more has been drawn since.
    """
    if _in_class():
        _offer_drawing(digit, strokes, digits, has_more)


# Fragments of their own: a click here would else judge the drawing again, and thirty learners keep the server busy.
@st.fragment
def _offer_drawing(digit: np.ndarray, strokes: str, digits: tuple[int, ...], has_more: Callable[[], bool]) -> None:
    if st.session_state.get(keys.MEANT) not in (None, *digits):
        st.session_state[keys.MEANT] = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="hand_in_drawing"):
        meant = st.segmented_control("It was meant to be a", digits, key=keys.MEANT)
        st.button(
            "Hand in",
            icon=":material/outbox:",
            type="primary",
            key="hand_in",
            disabled=meant is None,
            on_click=_hand_in_drawing,
            args=(digit, strokes, has_more),
        )
        classes.show_news("hand_in", NEWS_WIDTH)


def _hand_in_drawing(digit: np.ndarray, strokes: str, has_more: Callable[[], bool]) -> None:
    if has_more():
        classes.tell("hand_in", MORE, False)
        return
    meant = st.session_state[keys.MEANT]  # not as it was when the button was drawn: a quick hand has chosen another
    try:
        parse_strokes(strokes, LONGEST_STROKES)  # as a link's: nothing else may be on the wall
    except ValueError:
        strokes = ""
    done = f"Your class has it: {with_article(meant)}."
    classes.try_to("hand_in", classes.store().hand_in_drawing, classes.seat(), digit, strokes, meant, done=done)


def hand_in_run(about: str, rate: float, accuracy: float | None, epochs: float) -> None:
    """Offer to hand in a run of Training, whose set-up is in the address.

    accuracy: on the validation data, a share; None if it has learned nothing yet.
    """
    if _in_class():
        _offer_run(about, rate, accuracy, epochs)


@st.fragment
def _offer_run(about: str, rate: float, accuracy: float | None, epochs: float) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="hand_in_run"):
        st.button(
            "Hand in this run",
            icon=":material/outbox:",
            key="hand_in",
            disabled=accuracy is None,
            on_click=_hand_in_run,
            args=(about, rate, accuracy, epochs),
        )
        classes.show_news("hand_in", NEWS_WIDTH)


def _hand_in_run(about: str, rate: float, accuracy: float, epochs: float) -> None:
    handed_in = classes.seat(), classes.shown_settings(), about, rate, accuracy, epochs
    classes.try_to("hand_in", classes.store().hand_in_run, *handed_in, done="Your class has this run.")


def count_guess(page: str, question: str, options: list[str], chosen: str) -> None:
    """Count a learner's answer for the class, once; should the class be out of reach, then the next time."""
    counted = st.session_state.setdefault(keys.COUNTED, set())
    if not _in_class() or (classes.seat(), page) in counted:
        return
    try:
        classes.store().guess(classes.seat(), page, question, options, chosen)
    except ClassError:
        return
    counted.add((classes.seat(), page))


def _in_class() -> bool:
    try:
        return classes.seat() is not None
    except ClassError:
        return False

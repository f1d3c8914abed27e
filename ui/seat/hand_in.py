""" "Hand in" on Draw and on Training, and the answers of "Guess first": nothing of it is seen by who is in no class."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from live.classroom.limits import LONGEST_STROKES, ClassError
from live.training_run import TrainingRun
from ui.kit.text import counted, percent, with_article
from ui.seat import classes
from ui.state import keys, session
from ui.state.drawing_text import parse_strokes

MORE = "You have drawn more since. Is it done? Then press again."
NO_RESULT = "This run has no result yet. Let it learn for a moment, then press again."
NEWS_WIDTH = 250  # pixels: beside the button, since what is below it may be below the window


# Fragments: a click here would else judge the drawing again, and thirty learners keep the server busy.
@st.fragment
def hand_in_drawing(digit: np.ndarray, strokes: str, digits: tuple[int, ...], has_more: Callable[[], bool]) -> None:
    """Offer to hand in a drawing: (28, 28) uint8, and its strokes as text, "" without.

    digits: those in play; has_more: says, when the button is pressed, whether more has been drawn since.
    """
    if not _in_class():
        return
    session.in_play_or_none(keys.MEANT, digits)
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
        classes.show_news("hand_in", NEWS_WIDTH, digit.tobytes())


def _hand_in_drawing(digit: np.ndarray, strokes: str, has_more: Callable[[], bool]) -> None:
    meant = st.session_state[keys.MEANT]  # not as it was when the button was drawn: a quick hand has chosen another
    if meant is None:  # the second of two quick clicks: the first has handed it in
        return
    if has_more():
        classes.tell("hand_in", MORE, False)
        return
    try:
        parse_strokes(strokes, LONGEST_STROKES)  # as a link's: nothing else may be on the wall
    except ValueError:
        strokes = ""
    done, handed_in = f"Your class has it: {with_article(meant)}.", (classes.seat(), digit, strokes, meant)
    act = classes.store().hand_in_drawing
    if classes.try_to("hand_in", act, *handed_in, done=done, about=digit.tobytes()):
        st.session_state[keys.MEANT] = None  # the next drawing may be another digit


class RunToHandIn(NamedTuple):
    """What a class gets of a run: its set-up as a link has it, and in words; its rate, and what it has come to.

    accuracy: on the validation data, a share.
    """

    query: str
    about: str
    rate: float
    accuracy: float
    epochs: int


@st.fragment
def hand_in_run(run: TrainingRun, as_it_is_now: Callable[[], RunToHandIn | None]) -> None:
    """Offer to hand in a run of Training.

    as_it_is_now: is called at the click, since the page does not run while the run goes on; None without a result.
    """
    if not _in_class():
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="hand_in_run"):
        st.button(
            "Hand in this run",
            icon=":material/outbox:",
            key="hand_in",
            on_click=_hand_in_run,
            args=(run, as_it_is_now),
        )
        classes.show_news("hand_in", NEWS_WIDTH, run.name)


def _hand_in_run(run: TrainingRun, as_it_is_now: Callable[[], RunToHandIn | None]) -> None:
    now = as_it_is_now()
    if now is None:
        classes.tell("hand_in", NO_RESULT, False)
        return
    done = f"Your class has this run. After {counted(now.epochs, 'epoch')}: {percent(now.accuracy)} right."
    classes.try_to("hand_in", classes.store().hand_in_run, classes.seat(), *now, done=done, about=run.name)


def count_guess(page: str, question: str, options: list[str], chosen: str) -> None:
    """Count a learner's first answer for the class, once; should the class be out of reach, then the next time.

    It is the first of this session, also if it was given before the learner joined: later ones know what is right.
    """
    firsts = st.session_state.setdefault(keys.FIRST_GUESSES, {})
    first = firsts.setdefault(page, (question, options, chosen))
    counted = st.session_state.setdefault(keys.COUNTED, set())
    if not _in_class() or (classes.seat(), page) in counted:
        return
    try:
        classes.store().guess(classes.seat(), page, *first)
    except ClassError:
        return
    counted.add((classes.seat(), page))


def _in_class() -> bool:
    try:
        return classes.seat() is not None
    except ClassError:
        return False

"""Guess first: a question whose answer, computed from the digits in play, is hidden until the user has answered."""

import streamlit as st

from ui.seat.hand_in import count_guess
from ui.state import keys


def guess_first(page: str, question: str, options: list[str], answer: str, because: str) -> None:
    """Ask a question on one line, which opens to the options. The answer shows once one of them is chosen.

    page: names the question; one for each page. options: the possible answers; answer: the computed one of them.
    because: the explanation, with the computed figures.
    """
    options = list(dict.fromkeys(options))  # two computed options may be the same
    with st.expander(f"**Guess first.** {question}", icon=":material/psychology_alt:", key=f"guess_box_{page}"):
        chosen = st.segmented_control(
            question, options, key=f"{keys.GUESS}{page}", persist_state="session", label_visibility="collapsed"
        )
        if chosen is not None:
            count_guess(page, question, options, chosen)
        if chosen is None:
            st.caption("Choose an answer to see what is so.")
        elif chosen == answer:
            st.markdown(f":material/check_circle: **{answer}** is right. {because}")
        else:
            st.markdown(f":material/lightbulb: It is **{answer}**. {because}")

"""Guess first: a question whose answer is computed from the data in play, and hidden until the person has answered."""

import streamlit as st

from ui.state import keys


def guess_first(page: str, question: str, options: list[str], answer: str, because: str) -> None:
    """Ask before telling.

    page: names the question; one a page. options: what can be answered; answer: the one that was computed.
    because: what to tell once the person has answered, with the computed figures.
    """
    with st.container(border=True, key=f"guess_box_{page}"):
        st.markdown(f":material/psychology_alt: **Guess first.** {question}")
        chosen = st.segmented_control(
            question, options, key=f"{keys.GUESS}{page}", persist_state="session", label_visibility="collapsed"
        )
        if chosen is None:
            st.caption("Choose an answer to see what is so.")
        elif chosen == answer:
            st.markdown(f":material/check_circle: **{answer}** is right. {because}")
        else:
            st.markdown(f":material/lightbulb: It is **{answer}**. {because}")

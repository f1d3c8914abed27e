"""What a class has guessed and trained, seen together."""

from collections import Counter
from urllib.parse import parse_qs

import pandas as pd
import streamlit as st

from live.classroom.room import Room
from ui.classroom import charts
from ui.kit.text import counted, percent, plain, title_of
from ui.state import keys


def show_guesses(room: Room) -> None:
    """Show how often each answer to each question was chosen: not which one is right."""
    pages = list(dict.fromkeys(guess.page for guess in room.guesses))
    if not pages:
        st.info("No guess is in yet. Each page asks one, under Guess first.")
        return
    page = st.segmented_control(
        "Question of", pages, default=pages[-1], required=True, format_func=title_of, key=keys.GUESSES_OF
    )
    answered = [guess for guess in room.guesses if guess.page == page]
    # Digits in play differ, and with them questions and options: those of the newest answer are shown, with all others.
    newest = answered[-1]
    chosen = Counter(guess.chosen for guess in answered)
    options = list(dict.fromkeys([*newest.options, *chosen]))
    st.markdown(f"**{plain(newest.question)}** {counted(len(answered), 'answer')}.")
    frame = pd.DataFrame({"answer": options, "count": [chosen[option] for option in options]})
    st.vega_lite_chart(frame, charts.guess_bars(), alt="How often each answer was chosen")


def show_runs(room: Room) -> None:
    """Show the runs that were handed in, accuracy against rate. A click on one shows the link that opens it."""
    if not room.runs:
        st.info("No run is in yet. Learners hand one in at the end of Training.")
        return
    rows = [
        (run.id, room.names.get(run.learner, ""), run.about, run.rate, run.accuracy, percent(run.accuracy))
        for run in room.runs
    ]
    frame = pd.DataFrame(rows, columns=["run", "who", "about", "rate", "accuracy", "percent"])
    picked = st.vega_lite_chart(
        frame,
        charts.run_scatter(),
        on_select="rerun",
        key=keys.CLASS_RUNS,
        alt="Accuracy against rate, a point for each run",
    )
    chosen = {point["run"] for point in picked["selection"].get("run", [])}
    run = next((run for run in room.runs if run.id in chosen), None)
    if run is None:
        st.caption("Click on a run to open it.")
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.text(f"{room.names.get(run.learner, '')}: {run.about}, {percent(run.accuracy)}")
        st.page_link(
            "pages/training.py", label="Open it", icon=":material/open_in_new:", query_params=parse_qs(run.query)
        )

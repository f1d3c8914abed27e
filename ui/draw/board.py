"""The paper, the verdicts, and what follows from them, side by side; on a phone the verdicts stand above the paper."""

import time
from dataclasses import dataclass

import streamlit as st

from ui.draw import canvas, inputs, models, novelty
from ui.draw.inputs import DigitInput
from ui.draw.judging import Judged, judge
from ui.draw.live.verdicts import show_verdicts
from ui.frame import baseline, specimen
from ui.frame.scene import Scene
from ui.kit.text import names_of
from ui.seat.hand_in import hand_in_drawing
from ui.server import classifiers
from ui.state import session
from ui.state.drawing_text import LINK_LIMIT

METHODS = (
    "**L1** and **L2** measure how far the drawing is from the ideal of each digit. The others have learned weights: "
    "**Linear** one for each pixel and digit; **Hidden layer** some that find features of the whole picture, and some "
    "for these; **Convolution** looks for small patterns first, anywhere in the picture."
)
WHO_SEES_IT = "Nobody else sees your drawing, unless you hand it in to a class or share the link of this page."
VERDICTS_FIRST_S = 0.2  # in which the browser can show the verdicts before all that stands below them arrives


@dataclass(frozen=True)
class JudgedDrawing:
    """What was drawn, uploaded or photographed, and how it was judged."""

    source: DigitInput
    judged: Judged


def show_board(scene: Scene) -> JudgedDrawing | None:
    """Show the paper, or another input, and what each method answers; return None while there is no digit."""
    with st.container(key="draw_board"):
        paper, verdicts, more = (st.container(key=f"draw_{part}") for part in ("paper", "verdicts", "more"))
    with paper:
        source = inputs.show_input(names_of(scene.digits))
    judged, history = judge(scene, source.ink if source else None), canvas.history()
    with verdicts:
        show_verdicts(history, judged, lambda strokes: judge(scene, inputs.ink_of_strokes(strokes)))
    if judged.answers and history.shown not in (None, history.text):
        time.sleep(VERDICTS_FIRST_S)  # there was a stroke
    history.shown = history.text
    drawing = JudgedDrawing(source, judged) if judged.answers else None
    with more:
        if drawing:
            _show_more(scene, drawing)
        st.caption(METHODS)
        st.caption(WHO_SEES_IT)
        if problem := classifiers(scene.dataset).problem:
            st.warning(problem)
    with paper:
        if session.value("way") == "Draw":
            inputs.show_pen_and_examples()
    return drawing


def _show_more(scene: Scene, drawing: JudgedDrawing) -> None:
    """Say how unlike all digits the drawing is, and offer it as the specimen."""
    judged, strokes = drawing.judged, drawing.source.strokes
    nearest = judged.answers[1].scores.min().item()
    share = novelty.share_nearer(nearest, baseline.judge_split(scene, "valid").distances["L2"])
    st.markdown(novelty.sentence(share, models.answer_among_all(scene, judged.unit), scene.digits))
    if st.button(
        "Make it the specimen",
        icon=":material/my_location:",
        key="make_specimen",
        on_click=specimen.choose_own,
        args=(judged.digit, strokes),
    ):
        st.rerun()  # the whole page: the specimen is outside of the fragment
    if len(strokes) > LINK_LIMIT:
        st.caption("Its pixels fit into a link, its many strokes don't: the paper of a link will be blank.")
    hand_in_drawing(judged.digit, strokes, scene.digits, canvas.has_more)

"""Draw: a digit drawn by hand, brought to 28 x 28 as MNIST was made, judged by every method, with the reasons."""

import streamlit as st

from ui.draw import answers, models, reasons, stages
from ui.draw.board import show_board
from ui.draw.functions_called import functions_called
from ui.draw.live.change_of_mind import show_change_of_mind
from ui.draw.live.push import show_push
from ui.draw.measured.how_often_right import is_redrawing, show_how_often_right
from ui.frame import baseline
from ui.frame.code_drawer import code_drawer
from ui.frame.page import start

scene = start(
    "Draw",
    "Your hand, the computer's eye. **Try this:** draw one of the digits in play: the verdicts move while you draw. "
    "Then draw what is no digit, such as a cat.",
)


def is_preparing() -> bool:
    """Return whether models are still being trained, or measured on drawn digits."""
    return models.are_training(scene) or is_redrawing(scene)


was_preparing = is_preparing()


# One timer for all: a fragment of its own further down would draw at a place that Clear has taken from the page.
@st.fragment(run_every=1.0 if was_preparing else None)
def draw_and_judge() -> None:
    """Show all that a stroke changes: this runs again after each, and every second while the server prepares."""
    if was_preparing and not is_preparing():
        st.rerun()  # without the timer
    drawing, has_searched = show_board(scene), False
    if drawing:
        judged = drawing.judged
        show_push(scene, judged)
        has_searched = show_change_of_mind(scene, judged)
        stages.show_stages(drawing.source, judged.stages)
        reasons.show_reasons(judged.unit, judged.ideals, judged.models, judged.answers, scene.digits)
        answers.show_numbers(judged.answers, scene.digits)
        show_how_often_right(scene, judged.models)
    answers.guess_how_often_l1_and_l2_differ(baseline.judge_split(scene, "valid").distances)
    code_drawer(*functions_called(drawing, has_searched))


draw_and_judge()

"""One drawing, judged by every method: the input on the left of the page, the answers on its right."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from core.drawing.normalise import Stages, Switches, go_through
from core.drawing.transform import Adjustment, adjust
from core.ideal import to_unit
from ui.draw import answers, canvas, inputs, models, novelty, stages
from ui.draw.answers import Answer
from ui.draw.inputs import DigitInput
from ui.draw.models import DigitModel
from ui.frame import baseline, specimen
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import with_article
from ui.seat.hand_in import hand_in_drawing
from ui.server import classifiers
from ui.state import session
from ui.state.drawing_text import LINK_LIMIT


@dataclass(frozen=True)
class JudgedDrawing:
    """A drawing, the stages that it went through, and what each method answers.

    unit: (28, 28) float32 in [0, 1], all that the methods see. ideals: (K, 28, 28) float32 in [0, 1].
    answers: by L1, by L2, then by each of the models.
    """

    source: DigitInput
    stages: Stages
    unit: Tensor
    ideals: Tensor
    models: list[DigitModel]
    answers: list[Answer]


def show_drawing_and_answers(scene: Scene) -> JudgedDrawing | None:
    """Show the canvas, or another input, and what each method answers; return None while there is no digit."""
    left, right = st.columns([2, 3], gap="large")
    names = ", ".join(map(with_article, scene.digits[:-1])) + f" or {with_article(scene.digits[-1])}"
    with left:
        source = inputs.show_input(names)
    if session.value("way") == "Draw":
        canvas.show_examples()  # below both columns: on a phone, the answers come right after the canvas
    with right:
        passed = go_through(source.ink, Switches(*map(session.value, stages.STAGES))) if source else None
        if passed is None:
            st.info(f"The paper is blank. Draw {names}, and the verdicts appear here.")
            return None
        return _show_answers(scene, source, passed)


def _show_answers(scene: Scene, source: DigitInput, passed: Stages) -> JudgedDrawing:
    digit = adjust(passed.digit, Adjustment(*map(session.value, stages.CHANGES)))
    unit = to_unit(torch.tensor(digit))
    ideals = baseline.ideals(scene)
    ready, waiting = models.models_of(scene)
    by_distance = answers.by_distance(unit, ideals, scene.digits)
    given = by_distance + [answers.by_model(unit, model, scene.digits) for model in ready]
    st.markdown(answers.agreement(given))
    st.html(answers.cards(given, waiting, scene.digits, st.get_option("theme.chartCategoricalColors")))
    if problem := classifiers(scene.dataset).problem:
        st.warning(problem)
    nearest = by_distance[1].scores.min().item()
    share = novelty.share_nearer(nearest, baseline.judge_split(scene, "valid").distances["L2"])
    st.markdown(novelty.sentence(share, models.answer_among_all(scene, unit), scene.digits))
    _show_pixels(digit, source.strokes, scene.digits)
    return JudgedDrawing(source, passed, unit, ideals, ready, given)


def _show_pixels(digit: np.ndarray, strokes: str, digits: tuple[int, ...]) -> None:
    """Show the 28 x 28 pixels that are judged, and the button that makes them the specimen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        picture = pictures.data_url(pictures.ink(torch.tensor(digit), 4))
        st.image(picture, width=112, alt="The drawing as 28 × 28 pixels")
        with st.container(width="stretch", gap="small"):
            st.markdown("These 28 × 28 pixels are all that the methods see.")
            if st.button(
                "Make it the specimen",
                icon=":material/my_location:",
                key="make_specimen",
                on_click=specimen.choose_own,
                args=(digit, strokes),
            ):
                st.rerun()  # the whole page: the specimen is outside of the fragment
            if len(strokes) > LINK_LIMIT:
                st.caption("Its pixels fit into a link, its many strokes don't: the paper of a link will be blank.")
    hand_in_drawing(digit, strokes, digits)

"""Paint the weights by hand, see how well they do, and let gradient descent go on from there."""

from collections.abc import Callable

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from core.dataset import SIDE
from core.ideal import to_unit
from core.model import Params, is_right, linear, predict
from core.painted_weights import paint_difference, painted_params
from live.training_run import TrainingRun
from ui.frame.baseline import ideals
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import counted, percent, with_article
from ui.state import choices, keys, session
from ui.state.painting_text import STRONG, parse_painting, write_painting
from ui.training import runs
from ui.training.paint.canvas import read_stroke, show_canvas
from ui.training.stages import show_weights

JUDGED = 5_000  # validation images of each digit, at most: after each stroke there is a tenth of a second for them
ERRORS = 8  # of each digit that are shown


def show_painting(scene: Scene, run: TrainingRun) -> list[Callable]:
    """Show the canvas and what is painted on it. Returns the functions of core that were called for it."""
    first, *others = map(with_article, scene.digits)
    if others[1:] or run.config.hidden:
        missing = "two digits in the sidebar" if others[1:] else "the linear model, behind the button **Model**"
        st.info(f"Weights can be painted for a linear model that tells two digits apart: choose {missing}.")
        return []
    st.markdown(
        "Could you have written this program by hand? **Try this:** paint blue where ink speaks for "
        f"{first}, orange where it speaks for {others[0]}, and watch how many digits your weights get right. Then let "
        "gradient descent go on from there."
    )
    _paint(scene, run)
    return [painted_params, predict, linear] if session.value("paint") else []


@st.fragment
def _paint(scene: Scene, run: TrainingRun) -> None:
    painting = parse_painting(session.value("paint"))
    params = painted_params(torch.from_numpy(painting), ideals(scene))
    images = [scene.images("valid", digit)[:JUDGED] for digit in scene.digits]
    logits = [predict(to_unit(of_digit).flatten(1), params) for of_digit in images]
    right = [is_right(of_digit, torch.full((len(of_digit),), place)) for place, of_digit in enumerate(logits)]
    left, beside = st.columns(2, gap="large")
    with left:
        words = _score_in_words(scene.digits, right) if painting.any() else "Nothing is painted yet."
        show_canvas(painting, st.session_state.get(keys.PAINT_EDITION, 0), scene.digits, words, _take_stroke)
        session.keep_in_link("paint", session.value("paint"))
    with beside:
        _buttons(scene, run, params, not painting.any())
        for place, (digit, other) in enumerate(zip(scene.digits, reversed(scene.digits), strict=True)):
            if painting.any():
                what = f"of the {digit}s, taken for {with_article(other)}"
                _errors(images[place], logits[place][:, 0], right[place], what)
        st.caption(
            f"Judged on {counted(sum(map(len, images)), 'validation image')}. An image is multiplied by your weights, "
            "pixel by pixel, and the products are added up. The bias puts the ideal "
            f"{scene.digits[0]} and the ideal {scene.digits[1]} equally far from 0."
        )
    _what_changed(run)


def _score_in_words(digits: tuple[int, ...], right: list[Tensor]) -> str:
    """Say how many images are right. right: (n,) bool for each digit."""
    of_each = [
        f"{percent(each.float().mean().item())} of the {digit}s" for digit, each in zip(digits, right, strict=True)
    ]
    return f"{percent(torch.cat(right).float().mean().item())} right: {' and '.join(of_each)}"


def _buttons(scene: Scene, run: TrainingRun, params: Params, empty: bool) -> None:
    by_ideals = paint_difference(ideals(scene), STRONG).numpy().astype(np.int8)
    with st.container(horizontal=True):
        if st.button(
            "Train from these weights",
            icon=":material/play_arrow:",
            key="train_painted",
            type="primary",
            disabled=empty,
            on_click=_train,
            args=(run, params),
        ):
            st.rerun()  # the whole page
        st.button(
            "Let the ideal digits paint",
            icon=":material/brush:",
            key="paint_ideals",
            help=f"Blue where the ideal {scene.digits[0]} has more ink, orange where the ideal {scene.digits[1]} has.",
            on_click=_take,
            args=(by_ideals, True),
        )


def _errors(images: Tensor, logits: Tensor, right: Tensor, what: str) -> None:
    wrong = (~right).nonzero()[:, 0]
    st.caption(f"{len(wrong):,} {what}" + (", the surest first" if len(wrong) > 1 else ""))
    if not len(wrong):
        return
    surest = wrong[logits[wrong].abs().argsort(descending=True)[:ERRORS]]
    shown = torch.zeros(ERRORS, SIDE, SIDE, dtype=torch.uint8)  # always as many, so that nothing below moves
    shown[: len(surest)] = images[surest]
    st.image(pictures.data_url(pictures.sheet(shown, ERRORS, 1)), width="stretch", alt=f"{len(wrong)} {what}")


def _take_stroke() -> None:
    painting = read_stroke()
    if painting is not None:
        _take(painting)


def _take(painting: np.ndarray, elsewhere: bool = False) -> None:
    """Keep a painting. elsewhere: whether it was not painted on the canvas, which is to show it."""
    st.session_state["paint"] = write_painting(painting)
    if elsewhere:
        st.session_state[keys.PAINT_EDITION] = st.session_state.get(keys.PAINT_EDITION, 0) + 1


def _train(run: TrainingRun, params: Params) -> None:
    runs.keep_as_earlier(run)
    run.restart_from(params)
    st.session_state[keys.PAINTED_RUN] = run.name, params
    run.play(session.value("pace") != choices.FLAT_OUT)


def _what_changed(run: TrainingRun) -> None:
    """Show what gradient descent has made of painted weights, if this run began with some."""
    name, params = st.session_state.get(keys.PAINTED_RUN, ("", ()))
    if name != run.name or not run.state.step:
        return
    if run.playing:
        st.info("Gradient descent goes on from your weights, in the view above. Pause it to see what it has changed.")
        return
    now = run.state.params[0]
    st.markdown(f"**What {counted(run.state.step, 'step')} of gradient descent changed:**")
    with st.container(horizontal=True):
        for weights, caption in ((params[0], "Painted"), (now - params[0], "What was added"), (now, "Now")):
            show_weights(weights, caption)

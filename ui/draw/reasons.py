"""Why each method answers as it does, as pictures in blue and orange."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
import torch
from torch import Tensor

from core.classifiers.attribution import contributions, saliency
from core.dataset import SIDE
from ui.draw.answers import Answer
from ui.draw.models import DigitModel
from ui.kit import pictures
from ui.kit.text import number

SCALE, WIDTH = 5, 140


def show_reasons(
    unit: Tensor, ideals: Tensor, models: Sequence[DigitModel], answers: Sequence[Answer], digits: tuple[int, ...]
) -> None:
    """Show the section "Why": the difference to each ideal, and which pixels speak for which digit in each model.

    unit: (28, 28) and ideals: (K, 28, 28), float32 in [0, 1]. answers: by L1, by L2, then by each of the models.
    """
    st.header("Why")
    st.markdown("**The drawing minus each ideal.** Blue: ink where the ideal has less. Orange: the ideal has more.")
    l1, l2, *by_models = answers
    with st.container(horizontal=True, gap="medium"):
        for place, (digit, ideal) in enumerate(zip(digits, ideals, strict=True)):
            with st.container(gap="small", width=WIDTH + 10):
                _picture(unit - ideal, f"The drawing minus the ideal {digit}")
                st.caption(f"Ideal {digit}  \nL1 {l1.scores[place]:.4f}  \nL2 {l2.scores[place]:.4f}")
    if not models:
        return
    st.markdown(
        "**Which pixels speak for which answer?** A linear model adds up weight times pixel. For the others it is the "
        "gradient: what a little more ink in a pixel would change. A **logit** is a model's score for a digit, before "
        "all scores are turned into probabilities."
    )
    with st.container(horizontal=True, gap="medium"):
        for model, answer in zip(models, by_models, strict=True):
            with st.container(gap="small", width=WIDTH + 25):
                _attribution(unit.flatten(), model, answer, digits)


def _attribution(image: Tensor, model: DigitModel, answer: Answer, digits: tuple[int, ...]) -> None:
    """Show which pixels speak for which of two digits. image: (784,) float32 in [0, 1]."""
    a, b = opponents(answer, digits)
    signed = partial(number, form="+.2f")
    st.markdown(f"**{model.name}**")
    if model.linear:
        each, biases = contributions(image, *model.linear, a, b)
        figures = (
            f"For the {digits[a]} {signed(each.clamp(min=0).sum())}, for the {digits[b]} "
            f"{signed(each.clamp(max=0).sum())}, biases {signed(biases)}: in all **{signed(each.sum() + biases)}**, so "
            f"it says {answer.digit}."
        )
        alt = f"{model.name}: weight times pixel"
    else:
        each = saliency(model.model, image, a, b)
        with torch.no_grad():
            logits = model.model(image[None])[0]
        figures = f"Logit of the {digits[a]} minus that of the {digits[b]}: **{signed(logits[a] - logits[b])}**."
        alt = f"{model.name}: the gradient with respect to each pixel"
    _picture(each.reshape(SIDE, SIDE), alt, max(each.abs().max().item(), 1e-12))
    st.caption(f"Blue speaks for {digits[a]}, orange for {digits[b]}. {figures}")


def opponents(answer: Answer, digits: tuple[int, ...]) -> tuple[int, int]:
    """Return the places of the two digits to compare: the two in play, or the answer and the runner-up."""
    if len(digits) == 2:
        return 0, 1
    first, second = answer.scores.argsort(descending=True)[:2].tolist()
    return first, second


def _picture(values: Tensor, alt: str, reach: float = 1.0) -> None:
    st.image(pictures.data_url(pictures.signed(values, SCALE, reach)), width=WIDTH, alt=alt)

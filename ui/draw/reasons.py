"""Why each method answers as it does, as pictures in blue and orange."""

from collections.abc import Sequence

import streamlit as st
import torch
from torch import Tensor

from core.classifiers.attribution import contributions, saliency
from core.dataset import SIDE
from ui.draw.answers import Net, Verdict
from ui.kit import pictures
from ui.kit.text import with_article

SCALE, WIDTH = 5, 140


def show(unit: Tensor, ideals: Tensor, nets: Sequence[Net], verdicts: Sequence[Verdict], digits: tuple[int, ...]):
    """Show the difference to each ideal, and of each model, which pixels speak for which digit.

    unit: (28, 28) and ideals: (K, 28, 28), float32 in [0, 1]. verdicts: those of the baselines and of the nets.
    """
    st.markdown("**The drawing minus each ideal.** Blue: ink where the ideal has less. Orange: the ideal has more.")
    distances = {verdict.method: verdict.scores for verdict in verdicts}
    with st.container(horizontal=True, gap="medium"):
        for place, (digit, ideal) in enumerate(zip(digits, ideals, strict=True)):
            with st.container(gap="small", width=WIDTH + 10):
                _picture(pictures.signed(unit - ideal, SCALE), f"The drawing minus the ideal {digit}")
                st.caption(f"Ideal {digit}  \nL1 {distances['L1'][place]:.4f}  \nL2 {distances['L2'][place]:.4f}")
    if not nets:
        return
    st.markdown(
        "**Which pixels speak for which answer?** A linear model adds up weight times pixel. For the others it is the "
        "gradient: what a little more ink in a pixel would change. A **logit** is a model's score for a digit, before "
        "all scores are turned into probabilities."
    )
    with st.container(horizontal=True, gap="medium"):
        for net in nets:
            with st.container(gap="small", width=WIDTH + 25):
                _speaks(unit, net, next(v for v in verdicts if v.method == net.name), digits)


def _speaks(unit: Tensor, net: Net, verdict: Verdict, digits: tuple[int, ...]) -> None:
    a, b = opponents(verdict, digits)
    image = unit.flatten()
    st.markdown(f"**{net.name}**")
    if net.linear:
        each, biases = contributions(image, *net.linear, a, b)
        figures = (
            f"For the {digits[a]} {each.clamp(min=0).sum():+.2f}, for the {digits[b]} {each.clamp(max=0).sum():+.2f}, "
            f"biases {biases:+.2f}: in all **{each.sum() + biases:+.2f}**, so it is {with_article(verdict.digit)}."
        )
        alt = f"{net.name}: weight times pixel"
    else:
        each = saliency(net.model, image, a, b)
        with torch.no_grad():
            logits = net.model(image[None])[0]
        figures = f"Logit of the {digits[a]} minus that of the {digits[b]}: **{logits[a] - logits[b]:+.2f}**."
        alt = f"{net.name}: the gradient with respect to each pixel"
    reach = max(each.abs().max().item(), 1e-12)
    _picture(pictures.signed(each.reshape(SIDE, SIDE), SCALE, reach), alt)
    st.caption(f"Blue speaks for {digits[a]}, orange for {digits[b]}. {figures}")


def opponents(verdict: Verdict, digits: tuple[int, ...]) -> tuple[int, int]:
    """Return the places of the two digits to compare: the two in play, or the answer and the one that comes next."""
    if len(digits) == 2:
        return 0, 1
    first, second = verdict.scores.argsort(descending=True)[:2].tolist()
    return first, second


def _picture(picture, alt: str) -> None:
    st.image(pictures.data_url(picture), width=WIDTH, alt=alt)

"""The specimen beside the batch: what each of the seven stages of a step means for this one image."""

import streamlit as st
import torch
from torch import Tensor

from core.dataset import SIDE
from core.ideal import to_unit
from core.loss import LOSSES
from core.model import Params, predict, probabilities
from core.player import Player
from core.stages import NextStep, gradient_of_one
from core.training import start
from ui import pictures, state
from ui.page import Scene
from ui.percent import percent
from ui.words import with_article


def show(scene: Scene, player: Player, look: NextStep, stage: str) -> None:
    """Show the specimen, and say what this stage does with it."""
    image = to_unit(scene.specimen.image).reshape(1, -1)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="specimen_in_training"):
        picture = pictures.ink(scene.specimen.image, 3)
        st.image(pictures.data_url(picture), width=84, alt=f"The specimen: {scene.specimen.called}")
        with st.container(width="stretch", gap="small"):
            _SAID[stage](scene, player, look, image)


def _initialise(scene: Scene, player: Player, look: NextStep, image: Tensor) -> None:
    st.markdown(
        f"**The specimen.** With the weights of the start: {_odds(scene, image, start(player.config).params)}. "
        f"Now: {_odds(scene, image, look.before)}."
    )


def _predict(scene: Scene, player: Player, look: NextStep, image: Tensor) -> None:
    st.markdown(f"**The specimen** gets these probabilities: {_odds(scene, image, look.before)}.")


def _loss(scene: Scene, player: Player, look: NextStep, image: Tensor) -> None:
    logits = predict(image, look.before)
    losses = {digit: LOSSES[player.config.loss](logits, torch.tensor([k])) for k, digit in enumerate(scene.digits)}
    digit = scene.specimen.digit
    if digit is not None:
        st.markdown(f"**The specimen** is {with_article(digit)}, so its own loss is **{losses[digit]:.6f}**.")
        return
    each = "; ".join(f"if it is {with_article(digit)}, {loss:.4f}" for digit, loss in losses.items())
    st.markdown(f"**The specimen** has a loss only if we know what it is: {each}.")


def _gradient(scene: Scene, player: Player, look: NextStep, image: Tensor) -> None:
    digit = _digit_or_answer(scene, image, look.before)
    one = gradient_of_one(image[0], scene.digits.index(digit), look.before, player.config.loss)
    steepest = one[one.abs().amax(1).argmax()]
    drawn = pictures.signed(steepest.reshape(SIDE, SIDE), 3, max(steepest.abs().max().item(), 1e-12))
    st.image(pictures.data_url(drawn), width=84, alt="The gradient that the specimen alone gives")
    supposed = "" if scene.specimen.digit is not None else f", taken for {with_article(digit)},"
    st.markdown(
        f"**The specimen alone**{supposed} would give this gradient: itself, times one number, the same for all its "
        "pixels. A pixel without ink moves no weight."
    )


def _step(scene: Scene, player: Player, look: NextStep, image: Tensor) -> None:
    st.markdown(
        f"**The specimen** before this step: {_odds(scene, image, look.before)}. "
        f"After it: {_odds(scene, image, look.after)}."
    )


def _repeat(scene: Scene, player: Player, look: NextStep, image: Tensor) -> None:
    place = scene.digits.index(_digit_or_answer(scene, image, look.before))
    change = (_probs(image, look.after) - _probs(image, look.before))[place]
    st.markdown(
        f"**The specimen**: each batch moves its probability of being {with_article(scene.digits[place])} a little, "
        f"this one by {change:+.6f}, although it need not be in the batch."
    )


def _stop(scene: Scene, player: Player, look: NextStep, image: Tensor) -> None:
    answer = scene.digits[_probs(image, look.before).argmax()]
    digit = scene.specimen.digit
    verdict = "" if digit is None else ", which is right" if answer == digit else f", but it is {with_article(digit)}"
    st.markdown(f"**The specimen**: if it stopped now, the answer would be **{answer}**{verdict}.")


_SAID = dict(zip(state.STAGES, (_initialise, _predict, _loss, _gradient, _step, _repeat, _stop), strict=True))


def _probs(image: Tensor, params: Params) -> Tensor:
    return probabilities(predict(image, params))[0]


def _odds(scene: Scene, image: Tensor, params: Params) -> str:
    pairs = zip(scene.digits, _probs(image, params), strict=True)
    return ", ".join(f"{digit}: **{percent(p.item())}**" for digit, p in pairs)


def _digit_or_answer(scene: Scene, image: Tensor, params: Params) -> int:
    digit = scene.specimen.digit
    return scene.digits[_probs(image, params).argmax()] if digit is None else digit

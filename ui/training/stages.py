"""The seven stages of the next step: each shows what happens to the batch, then what it means for the specimen."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from core.dataset import SIDE
from core.ideal import to_unit
from core.loss import LOSSES
from core.model import Params, predict, probabilities
from core.training.next_step import NextStep, gradient_of_one
from core.training.optimisers import ADAM, SGD
from core.training.sgd import resume
from live.training_run import TrainingRun
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import counted, number, percent, with_article
from ui.state import choices
from ui.training.live_run import go_on


@dataclass(frozen=True)
class View:
    """What a stage shows: the next step of a run, and the specimen."""

    scene: Scene
    run: TrainingRun
    step: NextStep

    @property
    def image(self) -> Tensor:
        """The specimen as a batch of one: (1, 784) float32 in [0, 1]."""
        return to_unit(self.scene.specimen.image).reshape(1, -1)

    @property
    def summed(self) -> bool:
        """Whether the gradient of the step has others before it in it, by mistake."""
        return not self.run.hyper.zero_grad and bool(resume(self.run.state).grads)

    @property
    def steepest(self) -> int:
        """Where the first picture of the gradient has its largest value, from 0 to 783."""
        return self.step.gradient[0][0].abs().argmax().item()

    def probabilities(self, params: Params) -> Tensor:
        """Return how probable each digit is for the specimen: (K,) float32."""
        return probabilities(predict(self.image, params))[0]

    def odds(self, params: Params) -> str:
        """Say how probable each digit is for the specimen."""
        pairs = zip(self.scene.digits, self.probabilities(params), strict=True)
        return ", ".join(f"{digit}: **{percent(p.item())}**" for digit, p in pairs)

    def answer(self) -> int:
        """Return the digit for which the model takes the specimen."""
        return self.scene.digits[self.probabilities(self.step.before).argmax()]

    def digit_or_answer(self) -> int:
        """Return the specimen's digit, or the model's answer where the digit is not known."""
        digit = self.scene.specimen.digit
        return self.answer() if digit is None else digit

    def specimen_says(self, text: str, picture: str = "", alt: str = "") -> None:
        """Show the specimen, and beside it a text and maybe a picture of what this stage does with it."""
        specimen = self.scene.specimen
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="specimen_in_training"):
            drawn = pictures.data_url(pictures.ink(specimen.image, 3))
            st.image(drawn, width=84, alt=f"The specimen: {specimen.called}")
            with st.container(width="stretch", gap="small"):
                if picture:
                    st.image(picture, width=84, alt=alt)
                st.markdown(f"**The specimen{text}")


def _initialise(view: View) -> None:
    first, taken = view.run.first, view.run.state.step
    if view.run.loaded:
        began = "weights that were not drawn at random: they came from a file, or were painted"
    else:
        began = f"**random weights**, drawn by the seed {view.run.config.seed}, and with biases of 0"
    st.markdown(
        f"The run began with {began}. Any start would do: what counts is that steps improve it. Since then "
        f"{counted(taken, 'step')} {'has' if taken == 1 else 'have'} been taken."
    )
    with st.container(horizontal=True):
        show_weights(first[0], "At the start")
        show_weights(view.step.before[0], "Now")
    view.specimen_says(f".** With the weights of the start: {view.odds(first)}. Now: {view.odds(view.step.before)}.")


def _predict(view: View) -> None:
    step = view.step
    one, shown = step.batch_size == 1, len(step.images)
    first = f". The first {shown}:" if shown < step.batch_size else ":"
    st.markdown(
        f"The next batch has **{counted(step.batch_size, 'image')}**. For {'it' if one else 'each'} the model says how "
        f"probable it holds the right answer{first}"
    )
    with st.grid(8, min_column_width=64, gap="small"):
        for image, target, p in zip(step.images, step.targets, step.p, strict=True):
            with st.container(gap="small"):
                digit = view.scene.digits[target]
                st.image(pictures.data_url(pictures.ink(image.reshape(SIDE, SIDE), 2)), width=56, alt=f"A {digit}")
                st.caption(f"{digit}: –" if p.isnan() else f"{digit}: {p:.0%}")
    view.specimen_says(f"** gets these probabilities: {view.odds(step.before)}.")


def _loss(view: View) -> None:
    step, loss = view.step, view.run.config.loss
    formula, each = ("1 − p", 1 - step.p) if loss == "mnist_loss" else ("−log p", -step.p.log())
    one = step.batch_size == 1
    which = "the image, and so that of the batch," if one else "an image"
    mean = "" if one else f"; the loss of the batch is the mean of all {step.batch_size:,}"
    st.markdown(
        f"The loss of {which} is **{formula}**, where p is the probability of its right digit{mean}: "
        f"**{step.loss:.6f}**. It is 0 only if the model is certain and right."
    )
    table = pd.DataFrame({"It is a": [view.scene.digits[t] for t in step.targets], "p": step.p, formula: each})
    styled = table.style.format({"p": "{:.4f}", formula: "{:.4f}"})
    st.dataframe(styled, height=250, hide_index=True, alt="The loss of the first images of the batch")

    logits, digit = predict(view.image, step.before), view.scene.specimen.digit
    losses = {digit: LOSSES[loss](logits, torch.tensor([k])) for k, digit in enumerate(view.scene.digits)}
    if digit is not None:
        view.specimen_says(f"** is {with_article(digit)}, so its own loss is **{losses[digit]:.6f}**.")
        return
    supposed = "; ".join(f"if it is {with_article(digit)}, {value:.4f}" for digit, value in losses.items())
    view.specimen_says(f"** has a loss only if we know what it is: {supposed}.")


def _gradient(view: View) -> None:
    step, place = view.step, view.steepest
    where = f"row {place // SIDE}, column {place % SIDE}: {number(step.gradient[0][0, place].item(), '+.6f')}."
    text = (
        "The **gradient** says, for each weight, by how much the loss would rise if the weight rose a little. Autograd "
        f"finds all {sum(g.numel() for g in step.gradient):,} at once. "
    )
    if view.summed:
        st.markdown(
            f"{text}What is shown is the **sum of gradients** (on purpose: a mistake): of this one and of those before "
            "it that were not set to zero. The sum no longer says which way the loss rises. In the first picture, the "
            f"largest is in {where}"
        )
        show_weights(step.gradient[0], "The sum. Blue: above 0. Orange: below 0.")
    else:
        st.markdown(f"{text}The steepest weight of the first picture is in {where}")
        show_weights(step.gradient[0], "Blue: raise it and the loss rises. Orange: raise it and it falls.")

    digit = view.digit_or_answer()
    one = gradient_of_one(view.image[0], view.scene.digits.index(digit), step.before, view.run.config.loss)
    strongest = one[one.abs().amax(1).argmax()]
    drawn = pictures.signed(strongest.reshape(SIDE, SIDE), 3, max(strongest.abs().max().item(), 1e-12))
    supposed = "" if view.scene.specimen.digit is not None else f", taken for {with_article(digit)},"
    view.specimen_says(
        f" alone**{supposed} would give this gradient: itself, times one number, the same for all its pixels. A pixel "
        "without ink moves no weight.",
        pictures.data_url(drawn),
        "The gradient that the specimen alone gives",
    )


def _step(view: View) -> None:
    step, hyper = view.step, view.run.hyper
    plain = hyper.optimiser == SGD and not (hyper.momentum or hyper.weight_decay)
    name, by, sign = "sum of gradients" if view.summed else "gradient", step.gradient, "+" if hyper.uphill else "−"
    which = "The one with the largest sum:" if view.summed else "The steepest one:"
    if plain:
        way = "along (on purpose: a mistake)" if hyper.uphill else "**against**"
        st.markdown(f"Each weight moves {way} its {name}, by the learning rate times the {name}. {which}")
    else:
        name, by, sign = "direction", step.direction, "−"
        turned = ", turned round (on purpose: a mistake)" if hyper.uphill else ""
        st.markdown(
            f"Each weight moves against a direction, by the learning rate times as far. {_maker(view)} of the "
            f"{'sum of ' * view.summed}gradients{turned}. {which}"
        )
    before, slope, after = (p[0][0, view.steepest].item() for p in (step.before, by, step.after))
    st.code(f"w {sign} lr · {name}\n{before:+.6f} {sign} {hyper.lr:g} · ({slope:+.6f}) = {after:+.6f}")
    pieces = {"Before": step.before[0], f"{sign} {hyper.lr:g} · {name}": by[0], "= After": step.after[0]}
    with st.grid(3, min_column_width=96, gap="small"):  # side by side also on a phone
        for caption, weights in pieces.items():
            with st.container(gap="small"):
                st.image(pictures.weights_picture(weights), width="stretch", alt=caption)
                st.caption(caption)
    st.caption("Each picture has the full colours at its own largest number, however small that is.")
    view.specimen_says(f"** before this step: {view.odds(step.before)}. After it: {view.odds(step.after)}.")


def _maker(view: View) -> str:
    """Say what makes a direction, as the beginning of a sentence."""
    hyper = view.run.hyper
    parts = [
        "Adam" if hyper.optimiser == ADAM else f"momentum {hyper.momentum:g}" if hyper.momentum else "",
        f"weight decay {hyper.weight_decay:g}" if hyper.weight_decay else "",
    ]
    named = [part for part in parts if part]
    words = f"{' and '.join(named)} {'makes' if len(named) == 1 else 'make'} it"
    return words[0].upper() + words[1:]


def _repeat(view: View) -> None:
    run = view.run
    order = "a new order" if run.config.order == "shuffled" else "the same order"
    st.markdown(
        f"The same again with the next batch. {run.state.seen:,} of {run.images:,} images of this epoch have "
        f"been used; when all have, the next epoch begins, in {order}."
    )
    st.button(
        "Take this step", icon=":material/skip_next:", key="take_this_step", on_click=go_on, args=(run, run.take_step)
    )
    digit = view.digit_or_answer()
    change = view.probabilities(view.step.after) - view.probabilities(view.step.before)
    view.specimen_says(
        f"**: each batch moves its probability of being {with_article(digit)} a little, this one by "
        f"{number(change[view.scene.digits.index(digit)].item(), '+.6f')}, although it need not be in the batch."
    )


def _stop(view: View) -> None:
    st.markdown(
        "When to stop? When the model is good enough on images that it does **not** learn from, or gets worse on them: "
        "then it learns its training images by heart. The rule is behind the button **Stop**, below the curves."
    )
    if last := view.run.result:
        st.markdown(
            f"After {counted(last.epoch, 'epoch')} the loss is {last.train_loss:.4f} on training images and "
            f"{last.valid_loss:.4f} on validation images, where {percent(last.valid_accuracy)} are right."
        )
    answer, digit = view.answer(), view.scene.specimen.digit
    verdict = "" if digit is None else ", which is right" if answer == digit else f", but it is {with_article(digit)}"
    view.specimen_says(f"**: if it stopped now, the answer would be **{answer}**{verdict}.")


STAGES = dict(zip(choices.STAGES, (_initialise, _predict, _loss, _gradient, _step, _repeat, _stop), strict=True))


def show_weights(weights: Tensor, caption: str) -> None:
    """Show the weights of each unit, (units, 784), as a picture with a caption."""
    with st.container(gap="small", width=216):
        st.image(pictures.weights_picture(weights), width=206, alt=caption)
        st.caption(caption)

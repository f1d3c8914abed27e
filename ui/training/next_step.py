"""The very next step of a run, one stage at a time, with the real numbers."""

import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from core.dataset import SIDE
from core.ideal import to_unit
from core.loss import LOSSES
from core.model import Params, predict, probabilities
from core.training.next_step import NextStep, gradient_of_one, look_at_step
from core.training.sgd import start
from live.training_run import TrainingRun
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.pictures import weights_picture
from ui.kit.text import counted, percent, with_article
from ui.state import choices, session

SHOWN = 16  # images of the batch


def show(scene: Scene, player: TrainingRun) -> None:
    """Show the seven stages of the next step, one at a time."""
    st.markdown(
        "All of training is seven stages. **Try this:** go through them for the very next batch, then take the step."
    )
    stage = st.segmented_control("Stage", **session.bound("stage"))
    if player.playing:
        st.info("The run is on its way. Pause it to look at its next step.")
        return
    if player.state.stopped:
        st.info("The run has stopped, so there is no next step. Reset it to begin again.")
        return
    try:
        look = player.executor.submit(look_at_step, player.state, player.source, player.config, player.hyper).result()
    except Exception as problem:  # the worker's, the data's or the network's
        st.error(f"The next step can't be looked at: {problem}")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        _STAGES[stage](scene, player, look)
        show_specimen(scene, player, look, stage)
    with right:
        _numbers(scene, player, look)


def _initialise(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    first = start(player.config).params
    st.markdown(
        f"The run began with **random weights**, drawn by the seed {player.config.seed}, and with biases of 0. Any "
        "start would do: what counts is that steps improve it. Since then "
        f"{counted(player.state.step, 'step')} {'has' if player.state.step == 1 else 'have'} been taken."
    )
    with st.container(horizontal=True):
        _picture(weights_picture(first[0]), "At the start")
        _picture(weights_picture(look.before[0]), "Now")


def _predict(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    st.markdown(
        f"The next batch has **{len(look.targets):,} images**. For each the model says how probable it holds the right "
        f"answer. The first {min(SHOWN, len(look.targets))}:"
    )
    right = look.probs.gather(1, look.targets[:, None])[:, 0]
    with st.grid(8, min_column_width=64, gap="small"):
        for image, target, p in zip(look.images[:SHOWN], look.targets, right, strict=False):
            with st.container(gap="small"):
                digit = scene.digits[target]
                st.image(pictures.data_url(pictures.ink(image.reshape(SIDE, SIDE), 2)), width=56, alt=f"A {digit}")
                st.caption(f"{digit}: {p:.0%}")


def _loss(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    right = look.probs.gather(1, look.targets[:, None])[:, 0]
    formula, each = ("1 − p", 1 - right) if player.config.loss == "mnist_loss" else ("−log p", -right.log())
    st.markdown(
        f"The loss of an image is **{formula}**, where p is the probability of its right digit; the loss of the batch "
        f"is the mean of all {len(each):,}: **{look.loss:.6f}**. It is 0 only if the model is certain and right."
    )
    table = pd.DataFrame(
        {"It is a": [scene.digits[t] for t in look.targets[:SHOWN]], "p": right[:SHOWN], formula: each[:SHOWN]}
    )
    st.dataframe(
        table.style.format({"p": "{:.4f}", formula: "{:.4f}"}),
        height=250,
        hide_index=True,
        alt="The loss of the first images of the batch",
    )


def _gradient(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    one = look.gradient[0].abs()
    place = one[0].argmax().item()
    st.markdown(
        "The **gradient** says, for each weight, by how much the loss would rise if the weight rose a little. Autograd "
        f"finds all {sum(g.numel() for g in look.gradient):,} at once. The steepest weight of the first picture is in "
        f"row {place // SIDE}, column {place % SIDE}: {look.gradient[0][0, place]:+.6f}."
    )
    _picture(weights_picture(look.gradient[0]), "Blue: raise it and the loss rises. Orange: raise it and it falls.")


def _step(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    hyper = player.hyper
    sign = "+" if hyper.uphill else "−"
    place = look.gradient[0][0].abs().argmax().item()
    before, slope, after = (p[0][0, place].item() for p in (look.before, look.gradient, look.after))
    way = "along (on purpose: a mistake)" if hyper.uphill else "**against**"
    st.markdown(f"Each weight moves {way} its gradient, by the learning rate times the gradient. The steepest one:")
    st.code(f"w {sign} lr · gradient\n{before:+.6f} {sign} {hyper.lr:g} · ({slope:+.6f}) = {after:+.6f}")
    if hyper.momentum:
        st.caption(f"With momentum {hyper.momentum:g}, earlier gradients go on pushing, so the step is not just this.")
    with st.container(horizontal=True):
        _picture(weights_picture(look.before[0]), "Before")
        _picture(weights_picture(look.after[0]), "After")


def _repeat(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    st.markdown(
        f"The same again with the next batch. {player.state.seen:,} of {player.images:,} images of this epoch have "
        "been used; when all have, the epoch is over and the order is drawn anew."
    )
    st.button("Take this step", icon=":material/skip_next:", key="take_this_step", on_click=player.take_step)


def _stop(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    last = player.history.last()
    st.markdown(
        "When to stop? When the model is good enough on images that it does **not** learn from, or gets worse on them: "
        "then it learns its training images by heart. The rule is behind the button **Stop**, above the charts."
    )
    if last:
        st.markdown(
            f"After {counted(last.epoch, 'epoch')} the loss is {last.train_loss:.4f} on training images and "
            f"{last.valid_loss:.4f} on validation images, where {percent(last.valid_accuracy)} are right."
        )


_STAGES = dict(zip(choices.STAGES, (_initialise, _predict, _loss, _gradient, _step, _repeat, _stop), strict=True))


def _numbers(scene: Scene, player: TrainingRun, look: NextStep) -> None:
    """Show what the step does to its own batch: the same for every stage, so that the eye has a place to return to."""
    targets = look.targets[:, None]
    rows = {
        "Step": f"{player.state.step + 1:,}",
        "Images in the batch": f"{len(look.targets):,}",
        "Loss before the step": f"{look.loss:.6f}",
        "Loss after, same batch": f"{look.loss_after:.6f}",
        "Mean p of the right digit, before": f"{look.probs.gather(1, targets).mean():.4f}",
        "Mean p of the right digit, after": f"{look.probs_after.gather(1, targets).mean():.4f}",
        "Length of the gradient": f"{torch.cat([g.flatten() for g in look.gradient]).norm():.6f}",
    }
    st.table(pd.DataFrame({"value": rows.values()}, index=list(rows)), alt="The next step in numbers")


def _picture(address: str, caption: str) -> None:
    with st.container(gap="small", width=216):
        st.image(address, width=206, alt=caption)
        st.caption(caption)


def show_specimen(scene: Scene, player: TrainingRun, look: NextStep, stage: str) -> None:
    """Show the specimen, and say what this stage does with it."""
    image = to_unit(scene.specimen.image).reshape(1, -1)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="specimen_in_training"):
        picture = pictures.ink(scene.specimen.image, 3)
        st.image(pictures.data_url(picture), width=84, alt=f"The specimen: {scene.specimen.called}")
        with st.container(width="stretch", gap="small"):
            _SAID[stage](scene, player, look, image)


def _specimen_initialise(scene: Scene, player: TrainingRun, look: NextStep, image: Tensor) -> None:
    st.markdown(
        f"**The specimen.** With the weights of the start: {_odds(scene, image, start(player.config).params)}. "
        f"Now: {_odds(scene, image, look.before)}."
    )


def _specimen_predict(scene: Scene, player: TrainingRun, look: NextStep, image: Tensor) -> None:
    st.markdown(f"**The specimen** gets these probabilities: {_odds(scene, image, look.before)}.")


def _specimen_loss(scene: Scene, player: TrainingRun, look: NextStep, image: Tensor) -> None:
    logits = predict(image, look.before)
    losses = {digit: LOSSES[player.config.loss](logits, torch.tensor([k])) for k, digit in enumerate(scene.digits)}
    digit = scene.specimen.digit
    if digit is not None:
        st.markdown(f"**The specimen** is {with_article(digit)}, so its own loss is **{losses[digit]:.6f}**.")
        return
    each = "; ".join(f"if it is {with_article(digit)}, {loss:.4f}" for digit, loss in losses.items())
    st.markdown(f"**The specimen** has a loss only if we know what it is: {each}.")


def _specimen_gradient(scene: Scene, player: TrainingRun, look: NextStep, image: Tensor) -> None:
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


def _specimen_step(scene: Scene, player: TrainingRun, look: NextStep, image: Tensor) -> None:
    st.markdown(
        f"**The specimen** before this step: {_odds(scene, image, look.before)}. "
        f"After it: {_odds(scene, image, look.after)}."
    )


def _specimen_repeat(scene: Scene, player: TrainingRun, look: NextStep, image: Tensor) -> None:
    place = scene.digits.index(_digit_or_answer(scene, image, look.before))
    change = (_probs(image, look.after) - _probs(image, look.before))[place]
    st.markdown(
        f"**The specimen**: each batch moves its probability of being {with_article(scene.digits[place])} a little, "
        f"this one by {change:+.6f}, although it need not be in the batch."
    )


def _specimen_stop(scene: Scene, player: TrainingRun, look: NextStep, image: Tensor) -> None:
    answer = scene.digits[_probs(image, look.before).argmax()]
    digit = scene.specimen.digit
    verdict = "" if digit is None else ", which is right" if answer == digit else f", but it is {with_article(digit)}"
    st.markdown(f"**The specimen**: if it stopped now, the answer would be **{answer}**{verdict}.")


_SAID = dict(
    zip(
        choices.STAGES,
        (
            _specimen_initialise,
            _specimen_predict,
            _specimen_loss,
            _specimen_gradient,
            _specimen_step,
            _specimen_repeat,
            _specimen_stop,
        ),
        strict=True,
    )
)


def _probs(image: Tensor, params: Params) -> Tensor:
    return probabilities(predict(image, params))[0]


def _odds(scene: Scene, image: Tensor, params: Params) -> str:
    pairs = zip(scene.digits, _probs(image, params), strict=True)
    return ", ".join(f"{digit}: **{percent(p.item())}**" for digit, p in pairs)


def _digit_or_answer(scene: Scene, image: Tensor, params: Params) -> int:
    digit = scene.specimen.digit
    return scene.digits[_probs(image, params).argmax()] if digit is None else digit

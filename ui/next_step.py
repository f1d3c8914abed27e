"""The very next step of a run, one stage at a time, with the real numbers."""

import pandas as pd
import streamlit as st
import torch

from core import jobs
from core.dataset import SIDE
from core.player import Player
from core.stages import NextStep
from core.training import start
from ui import pictures, specimen_in_training, state
from ui.live_run import weights_picture
from ui.page import Scene
from ui.percent import percent
from ui.words import counted

SHOWN = 16  # images of the batch


def show(scene: Scene, player: Player) -> None:
    """Show the seven stages of the next step, one at a time."""
    st.markdown(
        "All of training is seven stages. **Try this:** go through them for the very next batch, then take the step."
    )
    stage = st.segmented_control("Stage", state.STAGES, required=True, **state.bound("stage", "default"))
    if player.playing:
        st.info("The run is on its way. Pause it to look at its next step.")
        return
    if player.state.stopped:
        st.info("The run has stopped, so there is no next step. Reset it to begin again.")
        return
    try:
        look = player.executor.submit(jobs.look, player.state, player.source, player.config, player.knobs).result()
    except Exception as problem:  # the worker's, the data's or the network's
        st.error(f"The next step can't be looked at: {problem}")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        _STAGES[stage](scene, player, look)
        specimen_in_training.show(scene, player, look, stage)
    with right:
        _numbers(scene, player, look)


def _initialise(scene: Scene, player: Player, look: NextStep) -> None:
    first = start(player.config).params
    st.markdown(
        f"The run began with **random weights**, drawn by the seed {player.config.seed}, and with biases of 0. Any "
        "start would do: what counts is that steps improve it. Since then "
        f"{counted(player.state.step, 'step')} {'has' if player.state.step == 1 else 'have'} been taken."
    )
    with st.container(horizontal=True):
        _picture(weights_picture(first[0]), "At the start")
        _picture(weights_picture(look.before[0]), "Now")


def _predict(scene: Scene, player: Player, look: NextStep) -> None:
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


def _loss(scene: Scene, player: Player, look: NextStep) -> None:
    right = look.probs.gather(1, look.targets[:, None])[:, 0]
    formula, each = ("1 − p", 1 - right) if player.config.loss == "mnist_loss" else ("−log p", -right.log())
    st.markdown(
        f"The loss of an image is **{formula}**, where p is the probability of its right digit; the loss of the batch "
        f"is the mean of all {len(each):,}: **{look.loss:.6f}**. It is 0 only if the model is certain and right."
    )
    table = pd.DataFrame(
        {"It is a": [scene.digits[t] for t in look.targets[:SHOWN]], "p": right[:SHOWN], formula: each[:SHOWN]}
    )
    st.dataframe(table.style.format({"p": "{:.4f}", formula: "{:.4f}"}), height=250, hide_index=True,
                 alt="The loss of the first images of the batch")  # fmt: skip


def _gradient(scene: Scene, player: Player, look: NextStep) -> None:
    one = look.gradient[0].abs()
    place = one[0].argmax().item()
    st.markdown(
        "The **gradient** says, for each weight, by how much the loss would rise if the weight rose a little. Autograd "
        f"finds all {sum(g.numel() for g in look.gradient):,} at once. The steepest weight of the first picture is in "
        f"row {place // SIDE}, column {place % SIDE}: {look.gradient[0][0, place]:+.6f}."
    )
    _picture(weights_picture(look.gradient[0]), "Blue: raise it and the loss rises. Orange: raise it and it falls.")


def _step(scene: Scene, player: Player, look: NextStep) -> None:
    knobs = player.knobs
    sign = "+" if knobs.uphill else "−"
    place = look.gradient[0][0].abs().argmax().item()
    before, slope, after = (p[0][0, place].item() for p in (look.before, look.gradient, look.after))
    way = "along (on purpose: a mistake)" if knobs.uphill else "**against**"
    st.markdown(f"Each weight moves {way} its gradient, by the learning rate times the gradient. The steepest one:")
    st.code(f"w {sign} lr · gradient\n{before:+.6f} {sign} {knobs.lr:g} · ({slope:+.6f}) = {after:+.6f}")
    if knobs.momentum:
        st.caption(f"With momentum {knobs.momentum:g}, earlier gradients go on pushing, so the step is not just this.")
    with st.container(horizontal=True):
        _picture(weights_picture(look.before[0]), "Before")
        _picture(weights_picture(look.after[0]), "After")


def _repeat(scene: Scene, player: Player, look: NextStep) -> None:
    st.markdown(
        f"The same again with the next batch. {player.state.seen:,} of {player.images:,} images of this epoch have "
        "been used; when all have, the epoch is over and the order is drawn anew."
    )
    st.button("Take this step", icon=":material/skip_next:", key="take_this_step", on_click=player.take_step)


def _stop(scene: Scene, player: Player, look: NextStep) -> None:
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


_STAGES = dict(zip(state.STAGES, (_initialise, _predict, _loss, _gradient, _step, _repeat, _stop), strict=True))


def _numbers(scene: Scene, player: Player, look: NextStep) -> None:
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

"""Training: gradient descent on real digits, live, with a rate that can be changed while it runs."""

import streamlit as st

from core.loss import binary_cross_entropy, cross_entropy, mnist_loss
from core.model import answers, count_params, init_params, linear, predict
from core.training.data import batches, epoch_order
from core.training.next_step import look_at_step
from core.training.run import DIVERGED, ENOUGH, OVERFITTING
from core.training.sgd import evaluate, start, step_params, train_steps
from ui.frame import page
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.kit import play
from ui.kit.text import counted
from ui.server import pool
from ui.state import session
from ui.training import export, live_run, next_step, runs, runs_table
from ui.training.setup import rate_widget, setup_widgets

scene = page.start(
    "Training",
    "The computer starts with random weights and improves them batch by batch: predict, measure the loss, step "
    "against the gradient. **Try this:** press Run, then drag the learning rate while it learns.",
)
if pool().note:
    st.info(pool().note)
images = sum(scene.dataset.train.count(digit) for digit in scene.digits)

buttons = st.container(horizontal=True, vertical_alignment="center")
config, hyper = setup_widgets(scene.digits, images, rate_widget())
player = runs.player_for(scene, config, hyper)


def reset() -> None:
    """Begin again from the first weights; what has been learned stays among the earlier runs."""
    runs.new_run(scene, config, hyper)


with buttons:
    play.run_button(player, "run")
    play.button("One step", "one_step", player.take_step, disabled=player.over)
    whole = "An epoch is one pass over all training images."
    play.button("One epoch", "one_epoch", player.take_epoch, disabled=player.over, help=whole)
    again = "Begin again from random weights. This run stays below as an earlier one."
    play.button("Reset", "reset", reset, help=again)
    logarithmic = st.toggle("Logarithmic loss", **session.bound("log_loss"))

live_run.show(scene, player, logarithmic)
stopped, now = player.state.stopped, player.state
if player.problem:
    st.error(f"The run is paused: {player.problem}")
elif stopped == DIVERGED:
    st.warning(
        f"**Diverged** at step {now.step:,} with the learning rate {player.changes[-1][1].lr:g}: the loss is no longer "
        "a number, or a hundred times what it was at first. Each step has jumped further up the far wall of the valley "
        "than where it stood before. Choose a smaller rate and reset."
    )
elif stopped == OVERFITTING:
    st.info(
        f"Stopped after {counted(now.epoch, 'epoch')}: validation loss has not fallen since epoch {now.best_epoch:,}. "
        "The weights of that epoch, the best, have been put back."
    )
elif stopped == ENOUGH:
    st.info(f"Stopped after {counted(now.epoch, 'epoch')}, as asked. Reset to begin again.")

count = count_params(now.params)
guess_first(
    "training",
    f"How many numbers does this model learn, to tell {len(scene.digits)} digits apart?",
    ["28", "784", f"{count:,}", f"{count * images:,}"],
    f"{count:,}",
    "One weight for each input of each unit, and one bias for each unit. Nothing else changes while it learns.",
)

st.header("One step at a time")
next_step.show(scene, player)

st.header("Earlier runs")
runs_table.show(player)

st.header("Take it away")
export.show(scene, player)
code_drawer(
    start,
    init_params,
    train_steps,
    epoch_order,
    batches,
    predict,
    linear,
    mnist_loss,
    binary_cross_entropy,
    cross_entropy,
    step_params,
    evaluate,
    answers,
    look_at_step,
)

"""Training: gradient descent on real digits, live, with a rate that can be changed while it runs."""

import streamlit as st

from core.model import count_params
from ui.frame import page
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.server import pool
from ui.training import live_run
from ui.training.control_panel import show_control_panel
from ui.training.export import show_export
from ui.training.next_step import show_next_step
from ui.training.paint.section import show_painting
from ui.training.runs_table import show_earlier

scene = page.start(
    "Training",
    "The computer starts with random weights and improves them batch by batch: predict, measure the loss, step "
    "against the gradient. **Try this:** press Run, then drag the learning rate while it learns.",
)
if pool().note:
    st.info(pool().note)
run = show_control_panel(scene)

images = sum(scene.dataset.train.count(digit) for digit in scene.digits)
count = count_params(run.state.params)
guess_first(
    "training",
    f"How many numbers does this model learn, to tell {len(scene.digits)} digits apart?",
    ["28", "784", f"{count:,}", f"{count * images:,}"],
    f"{count:,}",
    "One weight for each input of each unit, and one bias for each unit. Nothing else changes while it learns.",
)

st.header("One step at a time")
looked = show_next_step(scene, run)

st.header("Paint the weights")
painted = show_painting(scene, run)

st.header("Earlier runs")
show_earlier(run)

st.header("Take it away")
show_export(scene, run)
code_drawer(*dict.fromkeys([*live_run.called(run, looked), *painted]))

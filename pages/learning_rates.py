"""Learning rates: a laboratory. Many rates at once, a range test, the real valley, and batch sizes."""

import streamlit as st

from core.model import count_params
from core.rates.loss_landscape import full_gradient, loss_map, principal_plane, slice_along_gradient
from core.rates.lr_finder import lr_range_test, suggest
from core.rates.sweep import (
    evaluate_runs,
    linear_runs,
    loss_of_runs,
    predict_runs,
    spread_rates,
    start_sweep,
    step_runs,
    sweep_steps,
)
from core.rates.verdicts import judge_rates
from core.training.sgd import start
from ui.frame import page
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.rates import batch_size, landscape, lr_finder, setup, sweep
from ui.server import pool
from ui.state import choices, session

EXPERIMENTS = dict(zip(choices.EXPERIMENTS, (sweep.show, lr_finder.show, landscape.show, batch_size.show), strict=True))
CODE = {
    "1 Sweep": (
        spread_rates,
        start_sweep,
        sweep_steps,
        predict_runs,
        linear_runs,
        loss_of_runs,
        step_runs,
        evaluate_runs,
        judge_rates,
    ),
    "2 Range test": (lr_range_test, suggest),
    "3 The valley": (full_gradient, slice_along_gradient, principal_plane, loss_map),
    "4 Batch size": (sweep_steps, step_runs),
}

scene = page.start(
    "Learning rates",
    "One number decides whether learning works: how far each step goes. Here many rates are tried **at once**, on the "
    "real problem. **Try this:** guess the best rate, then run the sweep.",
)
if pool().note:
    st.info(pool().note)
lab = setup.setup_widgets(scene)
experiment = st.segmented_control("Experiment", **session.bound("experiment"))
EXPERIMENTS[experiment](lab)

numbers, runs = count_params(start(lab.config).params), session.value("lab_count")
guess_first(
    "learning_rates",
    f"{runs} rates are trained at once. How many numbers do all these runs learn together?",
    [f"{runs}", f"{numbers:,}", f"{numbers * runs:,}", f"{numbers * runs * lab.batch_size:,}"],
    f"{numbers * runs:,}",
    f"Each run has its own {numbers:,} weights and biases. They only share the batches, which is why it can be done at "
    "once.",
)
code_drawer(*CODE[experiment])

"""Learning rates: a laboratory. Many rates at once, a range test, the valley, batch sizes, and the edge of learning."""

import streamlit as st

from core.model import count_params
from core.training.sgd import start
from ui.frame import page
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.rates.batch_size import show_batch_sizes
from ui.rates.edge.explorer import show_edge
from ui.rates.landscape import show_valley
from ui.rates.lr_finder import show_range_test
from ui.rates.setup import rates_at_once, setup_widgets
from ui.rates.sweep import show_sweep
from ui.server import pool
from ui.state import choices, session

OTHERS = [name for name in choices.EXPERIMENTS if name != choices.EDGE]
EXPERIMENTS = dict(zip(OTHERS, (show_sweep, show_range_test, show_valley, show_batch_sizes), strict=True))

scene = page.start(
    "Learning rates",
    "One number decides whether learning works: how far each step goes. Here many rates are tried **at once**, on the "
    "real problem. **Try this:** guess the best rate, then run the sweep.",
)
if pool().note:
    st.info(pool().note)
experiment = st.segmented_control("Experiment", label_visibility="collapsed", **session.bound("experiment"))
if experiment == choices.EDGE:  # which has a net and a guess of its own
    called = show_edge(scene)
else:
    results = st.container()  # above the set-up, so that what Run shows is in view
    lab = setup_widgets(scene, several_optimisers=EXPERIMENTS[experiment] in (show_sweep, show_batch_sizes))
    with results:
        called = EXPERIMENTS[experiment](lab)
    if EXPERIMENTS[experiment] is show_sweep:
        numbers = count_params(start(lab.config).params)
        runs = len(rates_at_once(lab.config))
        guess_first(
            "learning_rates",
            f"{runs} rates are trained at once. How many numbers do all these runs learn together?",
            [f"{runs}", f"{numbers:,}", f"{numbers * runs:,}", f"{numbers * runs * lab.batch_size:,}"],
            f"{numbers * runs:,}",
            f"Each run has its own {numbers:,} weights and biases. They only share the batches, which is why it can be "
            "done at once.",
        )
code_drawer(*called)

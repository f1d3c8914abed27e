"""Gradient descent: the slope of a loss, steps against it at a rate, and three weights fitted at once."""

import streamlit as st
import torch

from core import descent
from ui.descent import fit, one_weight, steps
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.state import session

start(
    "Gradient descent",
    "A **loss** says how wrong a model is, and its **gradient** points uphill. So to learn is to move the weights a "
    "little **against the gradient**, again and again. How little, the **learning rate**, decides everything. "
    "**Try this:** drag the ball to the bottom; then press Diverging, and find the largest rate that still gets there.",
)

st.header("One weight")
name = st.segmented_control("Loss", **session.bound("curve"))
curve = descent.CURVES[name]
st.fragment(one_weight.slope)(curve)
squared = one_weight.many_weights()

rates = torch.tensor([0.1, 0.5, 1.0, 2.0], dtype=torch.float64)
needed = descent.steps_to_bottom(descent.CURVES["Square"], rates, -4.0, most=100).tolist()  # by default 5,000
fewest, quickest = min((n, lr) for n, lr in zip(needed, rates.tolist(), strict=True) if n >= 0)
guess_first(
    "gradient_descent",
    "The loss is w², and each step takes the rate times the slope, 2w, away from w. Which rate gets from −4 to the "
    "bottom, 0, in the fewest steps?",
    [f"{lr:g}" for lr in rates.tolist()],
    f"{quickest:g}",
    f"It needs {fewest} step: w − 0.5 · 2w is 0, from anywhere. With 0.1 it takes {needed[0]} steps to come "
    "within 0.01. With 1 it jumps from −4 to 4 and back for ever, and with 2 it flies away.",
)

st.header("Steps against the slope")
steps.presets(name)
st.fragment(steps.steps)(name)

st.header("Several weights at once")
time = fit.set_up()
st.fragment(fit.progress)(time)

used = [curve.loss, curve.slope, descent.slope_by_difference, descent.gradient]
used += [descent.sum_of_squares] if squared else []
used += [descent.descend, descent.steps_to_bottom, descent.rate_limit, descent.ball_speeds]
used += [descent.scale_time] if time == "Scaled" else []
code_drawer(*used, descent.quadratic, descent.fit_loss, descent.best_fit, descent.best_fit_of_two, descent.loss_map)

"""One weight: its loss with the tangent, and three ways to the derivative."""

import pandas as pd
import streamlit as st
import torch

from core.descent import Curve, gradient, slope_by_difference, sum_of_squares
from ui.descent import charts, computed
from ui.kit.live_chart import live_chart
from ui.state import choices, session

NUDGE = 0.1


def tangent(curve: Curve) -> float:
    """Show the loss at a weight, with its tangent. Returns the weight, which a slider and two buttons move."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        st.markdown(f"loss(w) = **{curve.formula}**")
        w = st.slider("Weight w", **session.bound("weight"))
        with st.container(horizontal=True):
            st.button("Nudge left", icon=":material/arrow_back:", on_click=_nudge, args=(-NUDGE,))
            st.button("Nudge right", icon=":material/arrow_forward:", on_click=_nudge, args=(NUDGE,))
        _say_which_way_is_down(curve, w)
    loss, slope = curve.loss(w), curve.slope(w)
    ends = pd.Series([w - 1.5, w + 1.5])
    line = pd.DataFrame({"layer": "tangent", "w": ends, "loss": loss + slope * (ends - w)})
    here = pd.DataFrame({"layer": ["weight"], "w": [w], "loss": [loss]})
    chart = charts.tangent(pd.concat([computed.curve_points(curve, computed.EDGE), line, here]))
    live_chart(chart, f"The loss {curve.formula} with its tangent at w = {w:.2f}, of slope {slope:.2f}", left)
    return w


def _nudge(by: float) -> None:
    """Move the weight, but not past the ends of its slider."""
    st.session_state["weight"] = round(
        min(choices.LARGEST_WEIGHT, max(-choices.LARGEST_WEIGHT, session.value("weight") + by)), 6
    )


def _say_which_way_is_down(curve: Curve, w: float) -> None:
    loss, slope = curve.loss(w), curve.slope(w)
    for side, by in (("left", -NUDGE), ("right", NUDGE)):
        change = curve.loss(w + by) - loss
        verb = "falls" if change < 0 else "rises"
        st.markdown(f"{NUDGE} to the **{side}** the loss **{verb}** by {abs(change):.4f}, to {loss + change:.4f}.")
    with st.grid(2, min_column_width=90):
        st.metric("Loss here", f"{loss:.4f}")
        st.metric("Slope here", f"{slope:+.4f}")
    if abs(slope) < 0.005:
        st.markdown("The tangent is level: this is a **bottom**, or the top of a hill.")
    else:
        up, down = ("right", "left") if slope > 0 else ("left", "right")
        st.markdown(f"The loss rises to the **{up}**, so the way down is to the **{down}**: against the slope.")


def derivatives(curve: Curve, w: float) -> None:
    """Compare the derivative at a weight by the rule, by a finite difference and by autograd."""
    h = 10.0 ** st.slider("Step h of the finite difference", format="10^%d", **session.bound("h"))
    by_rule = curve.slope(w)
    autograd = gradient(curve.loss, torch.tensor(w, dtype=torch.float64)).item()
    by_difference = f"(loss(w + h) − loss(w − h)) / 2h, h = {h:g}"
    values = [by_rule, slope_by_difference(curve.loss, w, h), autograd]
    st.table(
        pd.DataFrame(
            {
                "Computed as": [f"{curve.rule}, at w = {w:g}", by_difference, "loss(w).backward(), then w.grad"],
                "Derivative": [f"{value:.8f}" for value in values],
                "Off by": ["", *(f"{abs(v - by_rule):.0e}" if v != by_rule else "nothing" for v in values[1:])],
            },
            index=["The rule", "Finite difference", "Autograd"],
        ),
        alt="The derivative by the rule, by a finite difference and by autograd",
    )
    st.caption(
        "For a square the difference is right whatever h is; for the two valleys a large h looks too far. A tiny h "
        "loses its digits: a computer keeps about 16, and loss(w + h) and loss(w − h) share nearly all. Autograd has "
        "no h."
    )


def many_weights() -> bool:
    """Show the gradient of a sum of squares at numbers that are typed in. Returns whether they could be read."""
    text = st.text_input("Many weights at once: the derivative of the sum of their squares", **session.bound("squared"))
    try:
        x = torch.tensor([float(part) for part in text.split(",")])
        if not x.isfinite().all():
            raise ValueError
    except ValueError:
        st.error("Write numbers with commas between them, such as 3, 4, 10.")
        return False
    slopes = gradient(sum_of_squares, x)
    st.code(f">>> x = torch.{x}.requires_grad_()\n>>> (x ** 2).sum().backward()\n>>> x.grad\n{slopes}", wrap_lines=True)
    return True

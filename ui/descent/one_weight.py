"""One weight: its loss with the tangent, and three ways to the derivative."""

import pandas as pd
import streamlit as st
import torch

from core.descent import Curve, gradient, slope_by_difference, sum_of_squares
from ui.descent import computed
from ui.descent.ball import ball
from ui.kit.live_slider import live_slider
from ui.kit.text import number
from ui.state import choices, session

NUDGE = 0.1
POWERS = range(-12, 1)  # of ten, for the step of the finite difference


def slope(curve: Curve) -> None:
    """Show the loss at a weight, with its tangent, and three ways to the derivative there.

    The weight is moved by dragging the ball, by a slider and by two buttons.
    """
    left, right = st.columns([3, 2], gap="large")
    with right:
        st.markdown(f"loss(w) = **{curve.formula}**. Drag the ball, or:")
        w = live_slider("Weight w", "weight", computed.WEIGHTS, lambda w: number(w, ".1f"))
        with st.container(horizontal=True):
            st.button("Nudge left", icon=":material/arrow_back:", on_click=_nudge, args=(-NUDGE,))
            st.button("Nudge right", icon=":material/arrow_forward:", on_click=_nudge, args=(NUDGE,))
        _say_which_way_is_down(curve, w)
    with left:
        ball("weight", "Weight w", curve, computed.EDGE)
    st.subheader("Three ways to the derivative")
    _derivatives(curve, w)


def _nudge(by: float) -> None:
    """Move the weight, but not past the ends of its slider."""
    most = choices.LARGEST_WEIGHT
    st.session_state["weight"] = round(min(max(session.value("weight") + by, -most), most), 6)


def _say_which_way_is_down(curve: Curve, w: float) -> None:
    loss, slope = curve.loss(w), curve.slope(w)
    for side, by in (("left", -NUDGE), ("right", NUDGE)):
        change = curve.loss(w + by) - loss
        verb = "falls" if change < 0 else "rises"
        then = number(loss + change, ".4f")
        st.markdown(f"{NUDGE} to the **{side}** the loss **{verb}** by {abs(change):.4f}, to {then}.")
    with st.grid(2, min_column_width=90):
        st.metric("Loss here", number(loss, ".4f"))
        st.metric("Slope here", number(slope, "+.4f"))
    if abs(slope) < 0.005:
        st.markdown("The tangent is level: this is a **bottom**, or the top of a hill.")
    else:
        up, down = ("right", "left") if slope > 0 else ("left", "right")
        st.markdown(f"The loss rises to the **{up}**, so the way down is to the **{down}**: against the slope.")


def _derivatives(curve: Curve, w: float) -> None:
    """Compare the derivative at a weight by the rule, by a finite difference and by autograd."""
    h = 10.0 ** live_slider("The step h of the finite difference is 10 to the power of", "h", POWERS)
    by_rule = curve.slope(w)
    autograd = gradient(curve.loss, torch.tensor(w, dtype=torch.float64)).item()
    by_difference = f"(loss(w + h) − loss(w − h)) / 2h, h = {number(h, 'g')}"
    values = [by_rule, slope_by_difference(curve.loss, w, h), autograd]
    st.table(
        pd.DataFrame(
            {
                "Computed as": [
                    f"{curve.rule}, at w = {number(w, 'g')}",
                    by_difference,
                    "loss(w).backward(), then w.grad",
                ],
                "Derivative": [number(value, ".8f") for value in values],
                "Off by": ["", *(number(abs(v - by_rule), ".0e") if v != by_rule else "nothing" for v in values[1:])],
            },
            index=["The rule", "Finite difference", "Autograd"],
        ),
        alt="The derivative by the rule, by a finite difference and by autograd",
    )
    st.caption(
        "For a square the difference is right whatever h is; for the two valleys a large h looks too far. A tiny h "
        "loses its digits: a computer keeps about 16, and loss(w + h) and loss(w − h) share nearly all. Autograd, "
        "which is PyTorch's own way, has no h."
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

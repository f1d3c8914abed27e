"""Steps down the loss of one weight: the path that they take, and how large the rate may be."""

import pandas as pd
import streamlit as st
import torch

from core.descent import CURVES, Path, descend, rate_limit
from ui.descent import charts, computed
from ui.descent.ball import ball
from ui.descent.preset_play import play_to, stops_at
from ui.descent.words import what_is_seen
from ui.kit import play
from ui.kit.live_slider import live_slider
from ui.kit.text import counted, number
from ui.state import choices, keys


def presets(name: str) -> None:
    """Show a button for each of four classics on the loss that is called so; a click plays it."""
    st.markdown(
        "Each step is **w ← w − lr · gradient**, where lr is the learning rate. Watch one of the four classics:"
    )
    with st.container(horizontal=True):
        for label, by_curve in computed.PRESETS.items():
            values = dict(zip(("rate", "start"), by_curve[name], strict=True))
            st.button(label, f"preset_{label}", on_click=play_to, args=("steps", computed.PRESET_STEPS), kwargs=values)


def steps(name: str) -> None:
    """Show the steps on the loss that is called so, and how large the rate may be. They can be played."""
    curve = CURVES[name]
    left, right = st.columns([3, 2], gap="large")
    with right:
        lr = live_slider("Learning rate", "rate", choices.RATES)
        begin = live_slider("Start", "start", computed.WEIGHTS, lambda w: number(w, ".1f"))
        path = descend(curve.loss, torch.tensor(begin, dtype=torch.float64), lr, choices.MOST_STEPS)
        last = len(path.losses) - 1
        play.move_on("steps", stops_at("steps", last))
        n = live_slider("Steps taken", "steps", range(last + 1))
        play.buttons("steps", last)
        edge = _edge(path)
        gone = " It has left the picture." if path.weights[n].abs() > edge else ""
        st.markdown(what_is_seen(curve, path, lr, n) + gone)
    columns = {"w": path.weights, "loss": path.losses, "gradient": path.gradients, "step": path.steps}
    rows = pd.DataFrame(columns)[: n + 1]
    with left:
        ball("start", "Start", curve, edge, rows)
        st.caption("Drag the ring to start somewhere else.")
    table = rows[::-1].rename_axis("after").rename(columns={"step": "next step"})
    signs = {"w": ".4f", "loss": ".4f", "gradient": "+.4f", "next step": "+.4f"}
    formats = {column: lambda value, form=form: number(value, form) for column, form in signs.items()}
    st.dataframe(table.style.format(formats), height=215, alt="Weight, loss, gradient and next step after each step")
    st.subheader("How large may the rate be?")
    if st.session_state.get(keys.MOVED + "start", (0, True))[1]:  # while it is dragged, this would take too long
        st.session_state[keys.RESTED] = begin
    _largest_rate(name, lr, st.session_state.get(keys.RESTED, begin))


def _edge(path: Path) -> float:
    """Return where the axis of the weight ends, so that it is the same after each step."""
    furthest = 1.05 * path.weights.abs().max().item()
    return min(2 * computed.EDGE, max(computed.EDGE, furthest))


def _largest_rate(name: str, lr: float, begin: float) -> None:
    """Show how many steps each rate takes to a bottom, and why there is a limit to the rate."""
    curve = CURVES[name]
    limits = [rate_limit(curve.loss, torch.tensor(bottom, dtype=torch.float64)) for bottom in curve.bottoms]
    lrs, counts = computed.steps_by_rate(name, begin)
    count = counts[(lrs - lr).abs().argmin()].item()
    settles = counts >= 0
    layers = [
        pd.DataFrame({"layer": "steps", "rate": lrs[settles], "steps": counts[settles].clamp(min=1)}),
        pd.DataFrame({"layer": ["never"], "rate": [max(limits)], "to": [2.0]}),
        pd.DataFrame({"layer": "limit", "rate": limits, "label": [f"limit {limit:.2g}" for limit in limits]}),
        pd.DataFrame({"layer": ["chosen"], "rate": [lr], "steps": [max(count, 1) if count >= 0 else None]}),
    ]
    named = " and ".join(f"{limit:.2g}" for limit in limits)
    what = f"Steps to the bottom against the rate, from {number(begin, '.2f')}; the limit is {named}"
    st.vega_lite_chart(pd.concat(layers), charts.steps_to_bottom(), alt=what)
    takes = f"takes **{counted(count, 'step')}**" if count >= 0 else "**never** manages"
    st.markdown(
        f"With the chosen rate, {lr:g}, it {takes} to come "
        f"within 0.01 of a bottom and stay there. {_why_there_is_a_limit(name, lr, limits)}"
    )
    if len(limits) > 1:
        st.caption("Beyond both limits it can still hit a bottom by luck. It would not stay if anything pushed it.")


def _why_there_is_a_limit(name: str, lr: float, limits: list[float]) -> str:
    if name == "Square":
        factor = number(1 - 2 * lr, ".4g")
        return (
            f"On w², a step takes w to w − lr · 2w = **(1 − 2 · lr) · w**. Here that is {factor} · w. Above a "
            "rate of 1 the factor is below −1, so each step lands further off, on the other side."
        )
    where = "Near" if len(limits) > 1 else "Around"
    return " ".join(
        f"{where} the bottom at {number(bottom, 'g')}, a step multiplies the distance to it by "
        f"1 − {2 / limit:g} · lr, here {number(1 - 2 / limit * lr, '.4g')}. Above a rate of {limit:.2g} that is "
        "below −1."
        for bottom, limit in zip(CURVES[name].bottoms, limits, strict=True)
    )

"""Steps down the loss of one weight: the path that they take, and how large the rate may be."""

import pandas as pd
import streamlit as st
import torch

from core.descent import CURVES, Path, descend, rate_limit
from ui.descent import charts, computed
from ui.descent.words import what_is_seen
from ui.kit import play
from ui.kit.live_chart import live_chart
from ui.state import choices, session


def rate_and_start(name: str) -> tuple[float, float]:
    """Ask for the learning rate and the start on the loss that is called so. Buttons set them, too."""
    st.markdown(
        "Each step is **w ← w − lr · gradient**, where lr is the learning rate. Start with one of the four classics:"
    )
    with st.container(horizontal=True):
        for label, by_curve in computed.PRESETS.items():
            st.button(label, on_click=_use_preset, args=by_curve[name], key=f"preset_{label}")
    with st.grid(2, min_column_width=220):
        lr = st.select_slider("Learning rate", **session.bound("rate"))
        begin = st.slider("Start", **session.bound("start"))
    return lr, begin


def _use_preset(rate: float, begin: float) -> None:
    st.session_state["rate"], st.session_state["start"] = rate, begin
    play.go("steps", computed.PRESET_STEPS)


def steps(name: str, lr: float, begin: float) -> None:
    """Show the steps on the loss that is called so. They can be played."""
    path = descend(CURVES[name].loss, torch.tensor(begin, dtype=torch.float64), lr, choices.MOST_STEPS)
    play.buttons("steps", len(path.losses) - 1)
    st.fragment(_path)(name, path, lr)


def _path(name: str, path: Path, lr: float) -> None:
    """Show the path as far as it has been taken; while playing, each run takes one more step."""
    curve, last = CURVES[name], len(path.losses) - 1
    play.move_on("steps", last)
    n = min(last, st.slider("Steps taken", **session.bound("steps")))
    furthest = 1.05 * path.weights.abs().max().item()  # of all steps, so that the axis is the same after each
    edge = min(2 * computed.EDGE, max(computed.EDGE, furthest))
    gone = " It has left the picture." if path.weights[n].abs() > edge else ""
    st.markdown(what_is_seen(curve, path, lr, n) + gone)
    columns = {"w": path.weights, "loss": path.losses, "gradient": path.gradients, "step": path.steps}
    rows = pd.DataFrame({"n": range(last + 1), **columns})[: n + 1]
    left, right = st.columns(2, gap="large")
    layers = [computed.curve_points(curve, edge), rows.assign(layer="path"), rows[-1:].assign(layer="now")]
    what = f"The steps that were taken on the loss {curve.formula}, from w = {rows.w[0]:.2f}"
    live_chart(charts.path(pd.concat(layers)), what, left)
    table = rows[::-1].set_index("n").rename_axis("after").rename(columns={"step": "next step"})
    style = table.style.format("{:.4f}").format("{:+.4f}", subset=["gradient", "next step"])
    right.dataframe(style, height=360, alt="Weight, loss, gradient and next step after each step")


def largest_rate(name: str, lr: float, begin: float) -> None:
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
    what = f"Steps to the bottom against the rate, from {begin:.2f}; the limit is {named}"
    live_chart(charts.steps_to_bottom(pd.concat(layers)), what)
    st.markdown(
        f"With the chosen rate, {lr:g}, it {f'takes **{count}** steps' if count >= 0 else '**never** manages'} to come "
        f"within 0.01 of a bottom and stay there. {_why_there_is_a_limit(name, lr, limits)}"
    )
    if len(limits) > 1:
        st.caption("Beyond both limits it can still hit a bottom by luck. It would not stay if anything pushed it.")


def _why_there_is_a_limit(name: str, lr: float, limits: list[float]) -> str:
    if name == "Square":
        return (
            f"On w², a step takes w to w − lr · 2w = **(1 − 2 · lr) · w**. Here that is {1 - 2 * lr:.4g} · w. Above a "
            "rate of 1 the factor is below −1, so each step lands further off, on the other side."
        )
    where = "Near" if len(limits) > 1 else "Around"
    return " ".join(
        f"{where} the bottom at {bottom:g}, a step multiplies the distance to it by 1 − {2 / limit:g} · lr, here "
        f"{1 - 2 / limit * lr:.4g}. Above a rate of {limit:.2g} that is below −1."
        for bottom, limit in zip(CURVES[name].bottoms, limits, strict=True)
    )

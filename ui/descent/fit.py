"""Three weights at once: a curve that is fitted to measured speeds, step by step."""

import pandas as pd
import streamlit as st
import torch

from core.descent import best_fit_of_two, quadratic, scale_time
from ui.descent import charts, computed
from ui.descent.computed import Fit
from ui.descent.preset_play import play_to, stops_at
from ui.kit import play
from ui.kit.live_slider import live_slider
from ui.kit.text import counted, number
from ui.state import choices, session
from ui.state.setting_kinds import plain

NEAR = 0.01  # of the least loss: what is no more than this above it is near


def set_up() -> str:
    """Offer set-ups to watch, and ask for the unit of time, which is returned."""
    st.markdown(
        "A ball rolls over a hill, and its speed is measured for 20 seconds. Which curve **a·t² + b·t + c** is "
        "nearest? The loss is the mean squared error. It has three weights, so the gradient has three **partial "
        "derivatives**: each says how the loss changes with one weight while the others stay."
    )
    with st.container(horizontal=True):
        for label, (time, rate, steps) in computed.FIT_PRESETS.items():
            values = {"time": time, "fit_rate": rate}
            st.button(label, f"fit_preset_{label}", on_click=play_to, args=("fit_steps", steps), kwargs=values)
    return st.segmented_control("Time t", **session.bound("time"))


def progress(time: str) -> None:
    """Show the fit as far as it has come; while playing, each run takes one step, later several."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        lr = live_slider("Learning rate of the fit", "fit_rate", choices.FIT_RATES)
        seed = live_slider("Measurement", "measured", range(100))
        fit = computed.fit(seed, time, lr)
        last = len(fit.path.losses) - 1
        play.move_on("fit_steps", stops_at("fit_steps", last), by=lambda step: 1 + step // 8)
        n = live_slider("Steps of the fit", "fit_steps", range(last + 1))
        play.buttons("fit_steps", last, "the fit")
        if fit.path.diverged and n == last:
            st.markdown(
                f"**Diverged** after {counted(n, 'step')}, and stopped: a rate of {plain(fit.lr)} is above the limit."
            )
        else:
            st.markdown(_what_the_loss_says(fit, n))
        st.caption(
            f"**Scaled** is t = (seconds − 10) / 10, from −1 to 1, and the rate must stay below **{fit.limit:.2g}**."
            if fit.scaled
            else f"With t in **seconds**, t² runs up to 400. The loss is so steep along a that the rate must stay "
            f"below **{plain(round(fit.limit, 7))}**, and then b and c hardly move. That is why inputs are scaled."
        )
    with left:
        _curve(fit, n)
        _losses(fit, n)
    _loss_map(fit, n, st.segmented_control("Loss map over", **session.bound("plane")))
    path = fit.path
    st.table(
        pd.DataFrame(
            {
                "Now": [number(value.item(), ".5f") for value in path.weights[n]],
                "Partial derivative": [number(value.item(), "+.5f") for value in path.gradients[n]],
                "By the rule": [f"mean of 2 · error{factor}" for factor in (" · t²", " · t", "")],
                "Next step": [number(value.item(), "+.6f") for value in path.steps[n]],
                "Best": [number(value.item(), ".5f") for value in fit.best],
            },
            index=list("abc"),
        ),
        alt="The three weights, their partial derivatives, their next steps and their best values",
    )
    st.caption(
        "The error is predicted minus measured. All three weights move at once, each against its own derivative."
    )


def _what_the_loss_says(fit: Fit, n: int) -> str:
    now, first, limit = fit.path.losses[n].item(), fit.path.losses[0].item(), plain(round(fit.limit, 7))
    text, least = f"The loss is **{now:.4f}**. ", f"the least there can be, {fit.least:.4f}"
    # Not judge_rates, which reads curves: the loss is a quadratic, so whether the rate is above its limit decides, from
    # the first step on, and nothing brings it back.
    if fit.lr > fit.limit and now > first:
        return f"{text}**Diverging**: the rate is above its limit, {limit}, so the loss grows without end."
    if now <= (1 + NEAR) * fit.least:
        return f"{text}That is near {least}: not 0, since the points are noisy."
    return f"{text}There is still some way to {least}."


def _curve(fit: Fit, n: int) -> None:
    weights = fit.path.weights[n]
    fine = torch.linspace(0, 20, 81, dtype=torch.float64)
    t = scale_time(fine) if fit.scaled else fine
    layers = [
        {"layer": "point", "seconds": fit.seconds, "speed": fit.speeds, "fitted": quadratic(fit.t, weights)},
        {"layer": "curve", "seconds": fine, "speed": quadratic(t, weights)},
        {"layer": "best", "seconds": fine, "speed": quadratic(t, fit.best)},
    ]
    what = "The measured speeds, the curve as far as it has been fitted, and the best one"
    st.vega_lite_chart(pd.concat(map(pd.DataFrame, layers)), charts.fit(fit.speeds.max().item()), alt=what)


def _losses(fit: Fit, n: int) -> None:
    losses = pd.DataFrame({"layer": "loss", "n": range(n + 1), "loss": fit.path.losses[: n + 1]})
    layers = [losses, losses[-1:].assign(layer="now"), pd.DataFrame({"layer": ["least"], "loss": [fit.least]})]
    axis_end = next(steps for steps in (10, 50, choices.MOST_FIT_STEPS) if n <= steps)  # seldom another, so it is calm
    chart = charts.loss_by_step((fit.least / 2, 3 * fit.path.losses[0].item()), axis_end)
    st.vega_lite_chart(pd.concat(layers), chart, alt="The loss after each step")


def _loss_map(fit: Fit, n: int, plane: str) -> None:
    across, up = ("abc".index(letter) for letter in plane.split(" and "))
    held = ({0, 1, 2} - {across, up}).pop()
    weights, losses = fit.path.weights[: n + 1], fit.path.losses
    best = best_fit_of_two(fit.t, fit.speeds, held, weights[n, held].item())
    way = pd.DataFrame({"layer": "path", "n": range(n + 1), "x": weights[:, across], "y": weights[:, up]})
    layers = [
        fit.cells(weights[n], across, up),
        way,
        way[-1:].assign(layer="now", loss=losses[n].item()),
        pd.DataFrame({"layer": ["best"], "x": [best[0].item()], "y": [best[1].item()]}),
    ]
    axes = [("abc"[place], fit.axis(place)) for place in (across, up)]
    what = f"The loss over the weights {plane}, with the path of the steps and its lowest point"
    st.vega_lite_chart(pd.concat(layers), charts.loss_map(*axes, (fit.least, 2 * losses[0].item())), alt=what)
    value = number(weights[n, held].item(), ".4g")
    st.caption(
        f"{'abc'[held]} is held where it is now, at {value}, so the map changes as it moves. "
        "The cross is where it is lowest, at this value."
    )

"""Gradient descent: the slope of a loss, steps against it at a rate, and three weights fitted at once."""

import pandas as pd
import streamlit as st
import torch

from core.descent import (
    CURVES,
    ball_speeds,
    best_fit,
    descend,
    fit_loss,
    gradient,
    loss_map,
    quadratic,
    rate_limit,
    scale_time,
    slope_by_difference,
    square,
    square_slope,
    steps_to_bottom,
    sum_of_squares,
    tilted,
    tilted_slope,
    valleys,
    valleys_slope,
)
from ui.descent import charts, computed
from ui.descent.words import what_is_seen
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import play
from ui.kit.live_chart import live_chart
from ui.state import choices, session
from ui.state import settings as settings_module

start(
    "Gradient descent",
    "A **loss** says how wrong a model is, and its **gradient** points uphill. So to learn is to move the weights a "
    "little **against the gradient**, again and again. How little, the **learning rate**, decides everything. "
    "**Try this:** press Diverging below, then find the largest rate that still gets to the bottom.",
)

guessed = torch.tensor([0.1, 0.5, 1.0, 2.0], dtype=torch.float64)
needed = steps_to_bottom(CURVES["Square"], guessed, -4.0, most=100)  # else those that never get there take 5,000
quickest = min((int(n), lr) for n, lr in zip(needed, guessed.tolist(), strict=True) if n >= 0)
guess_first(
    "gradient_descent",
    "The loss is w², and each step takes the rate times the slope, 2w, away from w. Which rate gets from −4 to the "
    "bottom, 0, in the fewest steps?",
    [f"{lr:g}" for lr in guessed.tolist()],
    f"{quickest[1]:g}",
    f"It needs {quickest[0]} step: w − 0.5 · 2w is 0, from anywhere. With 0.1 it takes {needed[0]} steps to come "
    "within 0.01. With 1 it jumps from −4 to 4 and back for ever, and with 2 it flies away.",
)


def numbers(values) -> torch.Tensor:
    """Make a float64 tensor, so that what is shown to many places is right to many places."""
    return torch.as_tensor(values, dtype=torch.float64)


st.header("One weight")
name = st.segmented_control("Loss", **session.bound("curve"))
curve = CURVES[name]
NUDGE = 0.1


def nudge(by: float) -> None:
    """Move the weight, but not off the end of its slider."""
    st.session_state["weight"] = round(
        min(choices.LARGEST_WEIGHT, max(-choices.LARGEST_WEIGHT, session.value("weight") + by)), 6
    )


left, right = st.columns([3, 2], gap="large")
with right:
    st.markdown(f"loss(w) = **{curve.formula}**")
    w = st.slider("Weight w", **session.bound("weight"))
    loss, slope = curve.loss(w), curve.slope(w)
    with st.container(horizontal=True):
        st.button("Nudge left", icon=":material/arrow_back:", on_click=nudge, args=(-NUDGE,))
        st.button("Nudge right", icon=":material/arrow_forward:", on_click=nudge, args=(NUDGE,))
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
        st.markdown(
            f"The loss rises to the **{'right' if slope > 0 else 'left'}**, so the way down is to the "
            f"**{'left' if slope > 0 else 'right'}**: against the slope."
        )
with left:
    EDGE = choices.LARGEST_WEIGHT + 0.5
    points = computed.curve_points(curve, EDGE)
    ends = [w - 1.5, w + 1.5]
    tangent = pd.DataFrame({"layer": "tangent", "w": ends, "loss": [loss + slope * (end - w) for end in ends]})
    here = pd.DataFrame({"layer": ["weight"], "w": [w], "loss": [loss]})
    live_chart(
        charts.tangent(pd.concat([points, tangent, here]), (-EDGE, EDGE), computed.loss_axis(points)),
        f"The loss {curve.formula} with its tangent at w = {w:.2f}, of slope {slope:.2f}",
    )

st.subheader("Three ways to the derivative")
power = st.slider("Step h of the finite difference", format="10^%d", **session.bound("h"))
h = 10.0**power
measured, autograd = slope_by_difference(curve.loss, w, h), gradient(curve.loss, numbers(w)).item()
st.table(
    pd.DataFrame(
        {
            "Computed as": [
                f"{curve.rule}, at w = {w:g}",
                f"(loss(w + h) − loss(w − h)) / 2h, h = {h:g}",
                "loss(w).backward(), then w.grad",
            ],
            "Derivative": [f"{value:.8f}" for value in (slope, measured, autograd)],
            "Off by": [
                "",
                *("nothing" if value == slope else f"{abs(value - slope):.0e}" for value in (measured, autograd)),
            ],
        },
        index=["The rule", "Finite difference", "Autograd"],
    ),
    alt="The derivative by the rule, by a finite difference and by autograd",
)
st.caption(
    "For a square the difference is right whatever h is; for the two valleys a large h looks too far. A tiny h loses "
    "its digits: a computer keeps about 16, and loss(w + h) and loss(w − h) share nearly all. Autograd has no h."
)
text = st.text_input("Many weights at once: the derivative of the sum of their squares", **session.bound("squared"))
try:
    x = torch.tensor([float(part) for part in text.split(",")])
    if not x.isfinite().all():
        raise ValueError
except ValueError:
    st.error("Write numbers with commas between them, such as 3, 4, 10.")
else:
    st.code(
        f">>> x = torch.{x}.requires_grad_()\n>>> (x ** 2).sum().backward()\n>>> x.grad\n{gradient(sum_of_squares, x)}",
        wrap_lines=True,
    )

st.header("Steps against the slope")
st.markdown(
    "Each step is **w ← w − lr · gradient**, where lr is the learning rate. Start with one of the four classics:"
)


def set_up(rate: float, begin: float) -> None:
    """Show a dozen steps with this rate, from this start."""
    st.session_state["rate"], st.session_state["start"] = rate, begin
    play.go("steps", computed.PRESET_STEPS)


with st.container(horizontal=True):
    for label, by_curve in computed.PRESETS.items():
        st.button(label, on_click=set_up, args=by_curve[name], key=f"preset_{label}")
with st.grid(2, min_column_width=220):
    lr = st.select_slider("Learning rate", **session.bound("rate"))
    begin = st.slider("Start", **session.bound("start"))
path = descend(curve.loss, numbers(begin), lr, choices.MOST_STEPS)
last = len(path.losses) - 1
play.buttons("steps", last)


@st.fragment(run_every=play.TICK if play.playing("steps") else None)
def stepping() -> None:
    """Show the path as far as it has been taken; while playing, each run takes one more step."""
    play.move_on("steps", last)
    n = min(last, st.slider("Steps taken", **session.bound("steps")))
    edge = min(2 * EDGE, max(EDGE, 1.05 * path.weights.abs().max().item()))  # of all steps, so that it stays
    gone = " It has left the picture." if path.weights[n].abs() > edge else ""
    st.markdown(what_is_seen(curve, path, lr, n) + gone)
    rows = pd.DataFrame(
        {"n": range(last + 1), "w": path.weights, "loss": path.losses, "gradient": path.gradients, "step": path.steps}
    )[: n + 1]
    left, right = st.columns(2, gap="large")
    with left:
        points = computed.curve_points(curve, edge)
        taken = [points, rows.assign(layer="path"), rows[-1:].assign(layer="now")]
        live_chart(
            charts.path(pd.concat(taken), (-edge, edge), computed.loss_axis(points)),
            f"The steps that were taken on the loss {curve.formula}, from w = {begin:.2f}",
        )
    with right:
        shown = rows[::-1].set_index("n").rename_axis("after").rename(columns={"step": "next step"})
        st.dataframe(
            shown.style.format("{:.4f}").format("{:+.4f}", subset=["gradient", "next step"]),
            height=360,
            alt="Weight, loss, gradient and next step after each step",
        )


stepping()

st.subheader("How large may the rate be?")
limits = [rate_limit(curve.loss, numbers(bottom)) for bottom in curve.bottoms]
lrs, counts = computed.steps_by_rate(name, begin)
count = counts[(lrs - lr).abs().argmin()].item()
settles = counts >= 0
frame = pd.concat(
    [
        pd.DataFrame({"layer": "steps", "rate": lrs[settles], "steps": counts[settles].clamp(min=1)}),
        pd.DataFrame({"layer": ["never"], "rate": [max(limits)], "to": [2.0]}),
        pd.DataFrame({"layer": "limit", "rate": limits, "label": [f"limit {limit:.2g}" for limit in limits]}),
        pd.DataFrame({"layer": ["chosen"], "rate": [lr], "steps": [max(count, 1) if count >= 0 else None]}),
    ]
)
live_chart(
    charts.steps_to_bottom(frame, 5000),
    f"Steps to the bottom against the rate, from {begin:.2f}; the limit is {' and '.join(f'{x:.2g}' for x in limits)}",
)
st.markdown(
    f"With the chosen rate, {lr:g}, it {f'takes **{count}** steps' if count >= 0 else '**never** manages'} to come "
    "within 0.01 of a bottom and stay there. "
    + (
        f"On w², a step takes w to w − lr · 2w = **(1 − 2 · lr) · w**. Here that is {1 - 2 * lr:.4g} · w. Above a rate "
        "of 1 the factor is below −1, so each step lands further off, on the other side."
        if name == "Square"
        else " ".join(
            f"{'Near' if len(limits) > 1 else 'Around'} the bottom at {bottom:g}, a step multiplies the distance to it "
            f"by 1 − {2 / limit:g} · lr, here {1 - 2 / limit * lr:.4g}. Above a rate of {limit:.2g} that is below −1."
            for bottom, limit in zip(curve.bottoms, limits, strict=True)
        )
    )
)
if len(limits) > 1:
    st.caption("Beyond both limits it can still hit a bottom by luck. It would not stay if anything pushed it.")

st.header("Several weights at once")
st.markdown(
    "A ball rolls over a hill, and its speed is measured for 20 seconds. Which curve **a·t² + b·t + c** is nearest? "
    "The loss is the mean squared error. It has three weights, so the gradient has three **partial derivatives**: each "
    "says how the loss changes with one weight while the others stay."
)


def set_up_fit(time: str, rate: float, steps: int) -> None:
    """Show the fit after these steps."""
    st.session_state["time"], st.session_state["fit_rate"] = time, rate
    play.go("fit_steps", steps)


with st.container(horizontal=True):
    for label, settings in computed.FIT_PRESETS.items():
        st.button(label, on_click=set_up_fit, args=settings, key=f"fit_preset_{label}")
with st.grid(3, min_column_width=220):
    fit_lr = st.select_slider("Learning rate of the fit", **session.bound("fit_rate"))
    time = st.segmented_control("Time t", **session.bound("time"))
    seed = st.slider("Measurement (seed of the noise)", **session.bound("measured"))
fit = computed.fit(seed, time, fit_lr)
fit_last = len(fit.path.losses) - 1
st.caption(
    f"**Scaled** is t = (seconds − 10) / 10, from −1 to 1, and the rate must stay below **{fit.limit:.2g}**."
    if time == "Scaled"
    else f"With t in **seconds**, t² runs up to 400. The loss is so steep along a that the rate must stay below "
    f"**{settings_module.plain(round(fit.limit, 7))}**, and then b and c hardly move. That is why inputs are scaled."
)
plane = st.segmented_control("Loss map over", **session.bound("plane"))
across, up = ("abc".index(letter) for letter in plane.split(" and "))
play.buttons("fit_steps", fit_last, "the fit")


@st.fragment(run_every=play.TICK if play.playing("fit_steps") else None)
def fitting() -> None:
    """Show the fit as far as it has come; while playing, each run takes one step, later several."""
    play.move_on("fit_steps", fit_last, by=lambda step: 1 + step // 8)
    n = min(fit_last, st.slider("Steps of the fit", **session.bound("fit_steps")))
    weights, loss, least = fit.path.weights[n], fit.path.losses[n].item(), fit.loss(fit.best).item()
    if fit.path.diverged and n == fit_last:
        st.markdown(
            f"**Diverged** after {n} steps, and stopped: a rate of {settings_module.plain(fit_lr)} is above the limit."
        )
    else:
        st.markdown(f"The loss is **{loss:.4f}**. The least there can be is {least:.4f}: the points are noisy.")
    left, right = st.columns(2, gap="large")
    with left:
        fine = torch.linspace(0, 20, 81, dtype=torch.float64)
        t = scale_time(fine) if time == "Scaled" else fine
        predicted = quadratic(fit.t, weights)
        points = {"layer": "point", "seconds": fit.seconds, "speed": fit.speeds, "fitted": predicted}
        curves = [
            pd.DataFrame({"layer": layer, "seconds": fine, "speed": quadratic(t, of)})
            for layer, of in (("curve", weights), ("best", fit.best))
        ]
        live_chart(
            charts.fit(pd.concat([pd.DataFrame(points), *curves]), (-1.0, fit.speeds.max().item() + 2)),
            "The measured speeds, the curve as far as it has been fitted, and the best one",
        )
        losses = pd.DataFrame({"layer": "loss", "n": range(n + 1), "loss": fit.path.losses[: n + 1]})
        marks = [losses, losses[-1:].assign(layer="now"), pd.DataFrame({"layer": ["least"], "loss": [least]})]
        shown_steps = next(
            steps for steps in (10, 50, choices.MOST_FIT_STEPS) if n <= steps
        )  # the axis is steady between
        top = 3 * fit.path.losses[0].item()
        live_chart(charts.loss_by_step(pd.concat(marks), shown_steps, (least / 2, top)), "The loss after each step")
    with right:
        way = pd.DataFrame(
            {"n": range(n + 1), "x": fit.path.weights[: n + 1, across], "y": fit.path.weights[: n + 1, up]}
        )
        best = pd.DataFrame({"layer": ["best"], "x": [fit.best[across].item()], "y": [fit.best[up].item()]})
        layers = [
            fit.cells(weights, across, up),
            way.assign(layer="path"),
            way[-1:].assign(layer="now", loss=loss),
            best,
        ]
        live_chart(
            charts.loss_map(
                pd.concat(layers),
                "abc"[across],
                "abc"[up],
                fit.axis(across),
                fit.axis(up),
                (least, 2 * fit.path.losses[0].item()),
            ),
            f"The loss over the weights {plane}, with the path of the steps and the best fit",
        )
        held = ({0, 1, 2} - {across, up}).pop()
        st.caption(
            f"{'abc'[held]} is held where it is now, at {weights[held]:.4g}, so the map changes as it moves. "
            "The cross is the best fit."
        )
    st.table(
        pd.DataFrame(
            {
                "Now": [f"{value:.5f}" for value in weights],
                "Partial derivative": [f"{value:+.5f}" for value in fit.path.gradients[n]],
                "By the rule": [f"mean of 2 · error{factor}" for factor in (" · t²", " · t", "")],
                "Next step": [f"{value:+.6f}" for value in fit.path.steps[n]],
                "Best": [f"{value:.5f}" for value in fit.best],
            },
            index=list("abc"),
        ),
        alt="The three weights, their partial derivatives, their next steps and their best values",
    )


fitting()
st.caption("The error is predicted minus measured. All three weights move at once, each against its own derivative.")
code_drawer(
    square,
    square_slope,
    tilted,
    tilted_slope,
    valleys,
    valleys_slope,
    slope_by_difference,
    gradient,
    sum_of_squares,
    descend,
    steps_to_bottom,
    rate_limit,
    ball_speeds,
    scale_time,
    quadratic,
    fit_loss,
    best_fit,
    loss_map,
)

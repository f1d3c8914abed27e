"""The third experiment: the real loss along the real gradient, and over the plane in which a run has moved."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.rates import loss_landscape
from core.rates.loss_landscape import LossMap, Plane, Slice
from core.training.run import Hyperparameters, TrainState
from live import jobs
from ui.kit.layers import Domain
from ui.kit.live_chart import live_chart
from ui.kit.live_slider import live_slider
from ui.kit.widgets import csv_button
from ui.rates import charts
from ui.rates.setup import Lab, ask, train_link
from ui.state import choices, session, settings

POINTS = 60  # along the path on the map


def show_valley(lab: Lab) -> list[Callable]:
    """Show the valley in which the next step is taken, and the map of the run. Returns the functions called."""
    st.markdown(
        "No drawing of a bowl: this is the loss of **this model on these digits**, along the line in which the "
        "gradient points. **Try this:** drag the rate of the next step and watch it climb the far wall."
    )
    left, right = st.columns(2, gap="large")
    with left:
        steps = live_slider("Steps taken so far", "valley_steps", let_go=True)
    with right:
        lr = live_slider("Rate of those steps", "valley_rate", _rates("valley_rate"), "{:g}".format, let_go=True)
    hyper = Hyperparameters(lr, lab.batch_size)
    walked = ask(lab, (lr, steps), jobs.walk(lab.source, lab.config, hyper, steps, POINTS))
    if walked is None:
        return []
    run, plane = walked
    if run.stopped:
        st.info(f"The run diverged at step {run.step} with the rate {lr:g}. Take a smaller one.")
    called = [loss_landscape.full_gradient, loss_landscape.slice_along_gradient, loss_landscape.losses_at]
    if not st.fragment(_show_next_step)(lab, run, (lr, steps)):
        return called

    st.header("The path from above")
    if steps < 2:
        st.info("Take at least two steps so far: then there is a path to look at.")
        return called
    if plane is None:
        st.info("The run is over before there is a path to look at.")
        return called
    over = jobs.single(loss_landscape.loss_map, plane, run.params, lab.source, lab.config.loss)
    seen = ask(lab, (lr, steps, "map"), over)
    if seen is None:
        return called
    _show_map(seen, plane, run)
    return [*called, loss_landscape.principal_plane, loss_landscape.loss_map]


def _show_next_step(lab: Lab, run: TrainState, taken: tuple[float, int]) -> bool:
    """Show where the next step lands, and return whether that can be shown. taken: the rate and number of steps so far.

    In a fragment: while its rate is dragged, nothing else on the page is run again.
    """
    following = live_slider("Rate of the next step", "next_rate", _rates("next_rate"), "{:g}".format)
    along = jobs.single(loss_landscape.slice_along_gradient, run.params, lab.source, lab.config.loss, following)
    cut = ask(lab, (*taken, following), along)
    if cut is None or not cut.losses.isfinite().any():
        return False
    live_chart(charts.valley(*_valley(cut)), "The loss along the gradient, and where the next step lands")
    st.markdown(_what_the_step_does(cut))
    table = pd.DataFrame({"rate": cut.lengths.numpy(), "loss": cut.losses.numpy()})
    with st.container(horizontal=True):
        train_link(lab, following, f"Train with {following:g}")
        csv_button("The valley as CSV", "valley", lambda: table.to_csv(index=False))
    st.caption(
        f"Measured on up to {loss_landscape.SLICED:,} training images, all at once, so there is no noise of batches "
        "in it."
    )
    return True


def _show_map(seen: LossMap, plane: Plane, run: TrainState) -> None:
    count = sum(p.numel() for p in run.params)
    both = sum(plane.shares)
    st.markdown(
        f"The model has {count:,} numbers, so its loss is a landscape over {count:,} directions. These are the two in "
        f"which **this run** has moved most, its principal components: the first holds **{plane.shares[0]:.1%}** of "
        f"the path's variance, the second **{plane.shares[1]:.1%}**, so the picture leaves out "
        f"{max(0.0, 1 - both):.1%}."
    )
    live_chart(charts.path_map(*_map(seen, plane)), "The loss over two directions, with the path of the run")


def _rates(name: str) -> list[float]:
    return sorted({*choices.TRAINING_RATES, settings.SETTINGS[name].default, session.value(name)})


def _valley(cut: Slice) -> tuple[pd.DataFrame, Domain, Domain]:
    """Return what the chart of the valley shows: layer, length, loss; and the ends of both axes."""
    first, reach = cut.losses[0].item(), cut.lengths[-1].item()
    finite = cut.losses[cut.losses.isfinite()]
    low, high = finite.min().item(), min(finite.max().item(), 3 * first)
    room = 0.08 * (high - low)
    landing = min(cut.landing, high) if cut.landing == cut.landing else high
    level = (first - low) / -cut.slope if cut.slope else reach  # where the tangent is as low as the valley
    layers = {
        "curve": {"length": cut.lengths.numpy(), "loss": cut.losses.numpy()},
        "tangent": {"length": [0, level], "loss": [first, first + cut.slope * level]},
        "step": {"length": [0, cut.lr], "loss": [first, landing]},
        "level": {"length": [0, reach], "loss": [first, first]},
        "here": {"length": [0], "loss": [first]},
        "landing": {"length": [cut.lr], "loss": [landing], "exact": [cut.landing]},
    }
    frame = pd.concat([pd.DataFrame(columns).assign(layer=layer) for layer, columns in layers.items()])
    return frame, (0, reach), (low - room, high + room)


def _what_the_step_does(cut: Slice) -> str:
    first, best = cut.losses[0].item(), cut.bottom
    change = cut.landing - first
    text = f"With the rate **{cut.lr:g}**, the step goes from a loss of {first:.4f} to **{cut.landing:.4f}**: "
    if not change < 0:
        text += "**higher than before**. It has jumped over the valley and up the far wall. "
    elif cut.lr > best:
        text += f"lower by {-change:.4f}, but on the **far side** of the bottom. "
    else:
        text += f"lower by {-change:.4f}, on the near side of the bottom. "
    text += f"Along this line the bottom is at {best:.3g}. "
    if cut.back is None:
        return text + "The far side stays lower than here, but flat: a step too long gets stuck on it."
    return text + f"From about {cut.back:.3g} on, a step makes the loss worse than it is."


def _map(seen: LossMap, plane: Plane) -> tuple[pd.DataFrame, Domain, Domain]:
    """Return what the map shows: layer, x, y, x2, y2, loss, n; and the ends of both axes."""
    wide, high = (seen.xs[1] - seen.xs[0]).item(), (seen.ys[1] - seen.ys[0]).item()
    columns, rows = len(seen.xs), len(seen.ys)
    x, y = seen.xs.repeat(rows) - wide / 2, seen.ys.repeat_interleave(columns) - high / 2
    cells = pd.DataFrame({"x": x, "y": y, "loss": seen.losses.flatten()})
    cells = cells.assign(layer="cell", x2=cells.x + wide, y2=cells.y + high)
    path = pd.DataFrame({"layer": "path", "x": plane.path[:, 0], "y": plane.path[:, 1], "n": range(len(plane.path))})
    ends = path.iloc[[0, -1]].assign(layer=["start", "now"])
    xs = (cells.x.min(), cells.x2.max())
    return pd.concat([cells, path, ends]), xs, (cells.y.min(), cells.y2.max())

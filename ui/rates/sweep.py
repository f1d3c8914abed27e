"""The first experiment: many learning rates trained at once, live, each judged in words."""

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from core.rates.verdicts import DIVERGED, best_rate, judge_rates, steepest_rate
from live.sweep_run import SweepRun
from ui.kit import frames
from ui.kit.downloads import csv_button
from ui.kit.hyperparameters import choose
from ui.kit.numbers import numbers_table
from ui.kit.text import percent
from ui.rates import sweep_charts, sweep_words
from ui.rates.setup import Lab, rates_widget, run_buttons, train_link
from ui.server import pool
from ui.state import keys, session

# The numbers change with every frame, the curves with every second, all else with every eighth: 64 curves and 3,000
# cells are more than a browser can draw ten times a second.
CURVES_EVERY, REST_EVERY = 2, 8


def show(lab: Lab) -> None:
    """Show the sweep of this session, and what it says of each rate."""
    st.markdown(
        "All rates begin with the same weights and see the same batches. **Guess first:** which rate will end lowest, "
        "and from which one on does it fly apart? Then run it."
    )
    rates = rates_widget()
    player = _player(lab, rates)
    with st.container(horizontal=True, vertical_alignment="center"):
        run_buttons(player, keys.SWEEP, begun=bool(player.state.step))
        logarithmic = st.toggle("Logarithmic loss", **session.bound("lab_log"))
    if player.problem:
        st.error(f"The sweep is paused: {player.problem}")

    if not player.playing and not player.state.step:
        st.info("Nothing has run yet. Press Run, and all rates learn before your eyes.")
        _how(player)
        return

    def draw(frames: Iterator[int]) -> None:
        places = {"numbers": st.container(), "words": st.container()}
        left, right = st.columns([3, 2], gap="medium")
        places |= {"curves": left, "heat": left, "loss": right, "accuracy": right}
        for frame in frames:
            _draw(places, player, logarithmic, frame)

    frames.draw_frames(player, draw)
    if len(player.history) > 1:
        _compare(player)
        _choose(lab, player)
    _how(player)


def _player(lab: Lab, rates: list[float]) -> SweepRun:
    """Return this session's sweep: the one that is there, or a new one if the set-up has changed."""
    asked = (lab.source, lab.config, rates, lab.batch_size, lab.epochs)
    player = st.session_state.get(keys.SWEEP)
    if player is None or (player.source, player.config, player.rates, player.batch_size, player.epochs) != asked:
        if player is not None:
            player.pause()
        player = st.session_state[keys.SWEEP] = SweepRun(pool().executor, *asked)
    return player


def _draw(places: dict, player: SweepRun, logarithmic: bool, frame: int) -> None:
    """Draw one frame; each place is first where an element is to be put, then the element, to be replaced."""
    rates, ends = player.rates, (player.rates[0], player.rates[-1])
    losses = player.column("valid_loss")
    start = losses[0, 0].item() if len(losses) else 1.0
    top = sweep_charts.HEADROOM * start
    best = best_rate(player.losses_unless_diverged()) if len(losses) > 1 else None
    diverged = int((player.state.diverged > 0).sum())
    numbers = {
        "Epoch": f"{player.state.epoch} of {player.epochs}",
        "Step of every run": f"{player.state.step:,}",
        "Best rate so far": "–" if best is None else f"{rates[best]:g}",
        "Diverged": str(diverged),
    }
    places["numbers"] = places["numbers"].html(numbers_table(numbers))
    if frame % CURVES_EVERY == 0 or not player.playing:
        places["curves"] = places["curves"].vega_lite_chart(
            sweep_charts.curve_table(player, logarithmic),
            sweep_charts.curves(ends, player.epochs, top, logarithmic),
            alt="Training loss of every rate against epochs",
        )
    if frame % REST_EVERY and player.playing:
        return
    if len(losses) > 1:
        verdicts = judge_rates(player.lr, losses, player.state.diverged)
        table = sweep_charts.final_table(rates, losses[-1], player.column("valid_accuracy")[-1], verdicts, best, top)
        words = sweep_words.summary(rates, verdicts, best, float("nan") if best is None else losses[-1, best].item())
    else:
        table, words = sweep_charts.NOTHING_YET, "When an epoch is over, each rate is judged here."
    places["words"] = places["words"].markdown(words)
    for which in ("loss", "accuracy"):
        places[which] = places[which].vega_lite_chart(
            table, sweep_charts.final(ends, top, logarithmic, which), alt=f"Validation {which} of each rate"
        )
    places["heat"] = places["heat"].vega_lite_chart(
        sweep_charts.heat_table(rates, losses),
        sweep_charts.heat(ends, player.epochs, top),
        alt="Validation loss over rate and epoch as colours",
    )


def _compare(player: SweepRun) -> None:
    st.header("The steepest and the best")
    losses = player.column("valid_loss")
    steepest, best = steepest_rate(player.losses_unless_diverged()), best_rate(player.losses_unless_diverged())
    epochs = len(losses) - 1
    if steepest is None or best is None:
        st.info("No loss has fallen, so there is neither a steepest nor a best rate.")
        return
    names = ("after 1 epoch", f"after {epochs} epochs" if epochs > 1 else "at the end")
    ends = (player.rates[0], player.rates[-1])
    top = sweep_charts.HEADROOM * losses[0, 0].item()
    table = sweep_charts.two_table(player.rates, losses[1], losses[-1], names)
    st.vega_lite_chart(
        table, sweep_charts.two(ends, names, top), alt="Loss of each rate after one epoch and at the end"
    )
    st.markdown(sweep_words.steepest_against_best(player.rates[steepest], player.rates[best], epochs))


def _choose(lab: Lab, player: SweepRun) -> None:
    st.header("Every rate, in words")
    losses, accuracies = player.column("valid_loss"), player.column("valid_accuracy")
    verdicts = judge_rates(player.lr, losses, player.state.diverged)
    table = pd.DataFrame(
        {
            "Rate": player.rates,
            "Verdict": [sweep_words.of(verdict) for verdict in verdicts],
            "Validation loss": losses[-1].tolist(),
            "Accuracy": accuracies[-1].tolist(),
        }
    )
    columns = {
        "Rate": st.column_config.NumberColumn(format="%.4g", width="small"),
        "Verdict": st.column_config.TextColumn(width="large"),
        "Validation loss": st.column_config.NumberColumn(format="%.4f", width="small"),
        "Accuracy": st.column_config.NumberColumn(width="small"),
    }
    st.dataframe(
        table.style.format({"Accuracy": percent}),
        hide_index=True,
        height=280,
        column_config=columns,
        alt="The verdict on every rate",
    )
    st.caption(
        "**Good**: within a twentieth of the best rate's gain. **Extrapolated**: where steps are small, half the rate "
        "goes the same way in twice as many steps, so the smallest good rate tells how long the others will take."
    )
    best = best_rate(player.losses_unless_diverged())
    usual = player.rates[best if best is not None else 0]
    picked = choose("One of these rates", "lab_rate", player.rates, usual, format_func="{:g}".format)
    verdict = verdicts[player.rates.index(picked)]
    st.markdown(f"**{picked:g}** is {sweep_words.of(verdict)}.")
    with st.container(horizontal=True):
        train_link(lab, picked, f"Open {picked:g} as a run", stop=verdict.kind != DIVERGED)
        csv_button("All rates as CSV", "rates", lambda: _csv(player))


def _csv(player: SweepRun) -> str:
    """Write what every epoch came to for every rate."""
    rows = []
    for epoch in player.history:
        columns = {name: getattr(epoch, name).tolist() for name in epoch._fields if name not in ("epoch", "step")}
        rows.append(pd.DataFrame({"rate": player.rates, "epoch": epoch.epoch, "step": epoch.step, **columns}))
    return pd.concat(rows).to_csv(index=False)


def _how(player: SweepRun) -> None:
    with st.expander("How can so many runs cost little more than one?", icon=":material/help:"):
        shapes = [tuple(p.shape) for p in player.state.params]
        runs = len(player.rates)
        st.markdown(
            f"By **broadcasting**, as on the Tensors page. The weights of all {runs} runs stand side by side in one "
            f"tensor, with the runs as its last axis, and so do their gradients: shape {shapes[0]}. The rates are a "
            f"vector of shape ({runs},). Aligned from the right, it stretches over everything before it, and **one** "
            "line takes a step with every run:"
        )
        st.code(f"weights -= lr * gradient      # {shapes[0]} -= ({runs},) * {shapes[0]}", language="python")
        st.markdown(
            "The batch is fetched once for all, and one product of matrices predicts for all. A run that diverges is "
            "frozen where it is: what is not a number stays in its own column."
        )
        shared = session.link_to(shape_a=", ".join(map(str, shapes[0])), shape_b=str(runs))
        st.page_link(
            "pages/tensors.py",
            label="Take these two shapes apart on Tensors",
            icon=":material/layers:",
            query_params=shared,
        )

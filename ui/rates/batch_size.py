"""The fourth experiment: batch size and learning rate together."""

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from core.rates.verdicts import GOOD, best_rate, judge_rates
from live.batch_sweeps import BatchSweeps
from live.sweep_run import SweepRun
from ui.kit import frames
from ui.kit.downloads import csv_button
from ui.kit.live_chart import live_chart
from ui.kit.text import percent
from ui.rates import charts, sweep_charts
from ui.rates.setup import Lab, rates_widget, run_buttons
from ui.server import pool
from ui.state import keys

BATCHES = (16, 64, 256, 1024)  # and all images at once


def show(lab: Lab) -> None:
    """Show a sweep for each batch size, and the best rate of each."""
    st.markdown(
        "The same sweep for several batch sizes, on the same axes, for the same number of epochs. **Guess first:** "
        "does a larger batch want a larger rate or a smaller one?"
    )
    rates = rates_widget()
    grid = _grid(lab, rates)
    done = grid.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        run_buttons(grid, keys.GRID, begun=done > 0)
    if grid.problem:
        st.error(f"The sweeps are paused: {grid.problem}")

    if not grid.playing and not any(sweep.state.step for sweep in grid.sweeps):
        st.info("Nothing has run yet. Press Run: the batch sizes take their turns.")
        return

    def draw(frames: Iterator[int]) -> None:
        places = {"bar": st.container(), "map": st.container(), "lines": st.container()}
        for frame in frames:
            if frame % 2 == 0:
                _draw(places, grid)

    frames.draw_frames(grid, draw)
    _table(lab, grid)


def _grid(lab: Lab, rates: list[float]) -> BatchSweeps:
    """Return this session's sweeps: those that are there, or new ones if the set-up has changed."""
    sizes = [size for size in BATCHES if size < lab.images] + [lab.images]
    asked = [(lab.source, lab.config, rates, size, lab.epochs) for size in sizes]
    grid = st.session_state.get(keys.GRID)
    if grid is None or [(s.source, s.config, s.rates, s.batch_size, s.epochs) for s in grid.sweeps] != asked:
        if grid is not None:
            grid.pause()
        grid = st.session_state[keys.GRID] = BatchSweeps([SweepRun(pool().executor, *one) for one in asked])
    return grid


def _draw(places: dict, grid: BatchSweeps) -> None:
    done = grid.progress
    words = "All done" if grid.over else f"{done:.0%} done"
    places["bar"] = places["bar"].progress(done, words)
    rates, cells, top = grid.sweeps[0].rates, [], None
    ends = sweep_charts.edges(rates)
    for sweep in grid.sweeps:
        losses = sweep.column("valid_loss")
        best = best_rate(sweep.losses_unless_diverged()) if len(losses) > 1 else None
        if len(losses):
            top = sweep_charts.HEADROOM * losses[0, 0].item()
        for place, rate in enumerate(rates):
            loss = losses[-1, place].item() if len(losses) > 1 else None
            cells.append((f"{sweep.batch_size:,}", rate, ends[place], ends[place + 1], loss, place == best))
    frame = pd.DataFrame(cells, columns=["batch", "rate", "left", "right", "loss", "best"])
    sizes = [f"{sweep.batch_size:,}" for sweep in grid.sweeps]
    for which in ("map", "lines"):
        chart = getattr(charts, f"batch_{which}")(frame, (rates[0], rates[-1]), sizes, top or 1.0)
        places[which] = live_chart(chart, f"Loss by learning rate and batch size, as {which}", places[which])


def _table(lab: Lab, grid: BatchSweeps) -> None:
    """Show the good rates of each batch size, and what they say together."""
    rows = [row for row in map(_row, grid.sweeps) if row]
    if not rows or grid.playing:
        return
    table = pd.DataFrame(rows)
    formats = {
        "Batch": "{:,}",
        "Good from": "{:g}",
        "Good up to": "{:g}",
        "Best": "{:g}",
        "Validation loss": "{:.4f}",
        "Accuracy": percent,
    }
    st.dataframe(table.style.format(formats), hide_index=True, alt="The good rates of each batch size")
    if len(rows) > 1:
        st.markdown(_what_they_say(rows[0], rows[-1]))
    csv_button("The grid as CSV", "batch-sizes", lambda: _csv(grid))


def _row(sweep: SweepRun) -> dict | None:
    losses = sweep.column("valid_loss")
    best = best_rate(sweep.losses_unless_diverged()) if len(losses) > 1 else None
    if best is None:
        return None
    verdicts = judge_rates(sweep.lr, losses, sweep.state.diverged)
    good = [rate for rate, verdict in zip(sweep.rates, verdicts, strict=True) if verdict.kind == GOOD]
    return {
        "Batch": sweep.batch_size,
        "Steps an epoch": sweep.state.step // sweep.state.epoch,
        "Good from": good[0],
        "Best": sweep.rates[best],
        "Good up to": good[-1],
        "Validation loss": losses[-1, best].item(),
        "Accuracy": sweep.column("valid_accuracy")[-1, best].item(),
    }


def _what_they_say(small: dict, large: dict) -> str:
    text = (
        f"A batch of {small['Batch']:,} takes {small['Steps an epoch']:,} steps an epoch, one of {large['Batch']:,} "
        f"takes {large['Steps an epoch']:,}. The smallest good rate is {small['Good from']:g} and "
        f"{large['Good from']:g}: "
    )
    if large["Good from"] > small["Good from"]:
        return text + (
            "the **larger batch wants a larger rate**. It has fewer steps to get there, so each must be longer; and "
            "its gradient is less noisy, so it can be."
        )
    return text + "here the batch size makes no difference to it. Try fewer epochs, so that steps are scarce."


def _csv(grid: BatchSweeps) -> str:
    """Write the last epoch of every rate of every batch size."""
    rows = []
    for sweep in grid.sweeps:
        if sweep.history:
            last = sweep.history[-1]
            columns = {name: getattr(last, name).tolist() for name in ("train_loss", "valid_loss", "valid_accuracy")}
            rows.append(pd.DataFrame({"batch": sweep.batch_size, "rate": sweep.rates, "epoch": last.epoch, **columns}))
    return pd.concat(rows).to_csv(index=False)

"""The fourth experiment: batch size and learning rate together."""

import math
from collections.abc import Callable
from itertools import pairwise

import pandas as pd
import streamlit as st

from core.rates.verdicts import best_rate
from live.sweep_run import BatchSweeps, SweepRun
from ui.kit import frames
from ui.kit.live_chart import live_chart
from ui.kit.widgets import csv_button
from ui.rates import charts, sweep_charts
from ui.rates.good_rates import good_rates, show_good_rates
from ui.rates.setup import Lab, rates_widget, run_buttons, session_sweeps
from ui.rates.sweep import called
from ui.state import choices, keys

BATCHES = (16, 64, 256, 1024)  # and all images at once


def show_batch_sizes(lab: Lab) -> list[Callable]:
    """Show a sweep for each batch size, and the best rate of each. Returns the functions that were called for them."""
    st.markdown(
        "The same sweep for several batch sizes, on the same axes, for the same number of epochs. **Guess first:** "
        "does a larger batch want a larger rate or a smaller one?"
    )
    sizes = [*(size for size in BATCHES if size < lab.images), lab.images]
    grid = session_sweeps(keys.GRID, lab, rates_widget(lab.config), sizes, BatchSweeps)
    with st.container(horizontal=True, vertical_alignment="center"):
        run_buttons(grid, keys.GRID, begun=grid.progress > 0)
    if grid.problem:
        st.error(f"The sweeps are paused: {grid.problem}")

    if not grid.playing and not any(sweep.state.step for sweep in grid.sweeps):
        st.info("Nothing has run yet. Press Run: the batch sizes take their turns.")
        return called(grid.sweeps[0])

    frames.draw_frames(grid, lambda: _draw(grid))
    rows = [row for row in (_row(sweep, lab.images) for sweep in grid.sweeps) if row]
    if rows and not grid.playing:
        show_good_rates(rows, "The good rates of each batch size", Batch="{:,}")
        if len(rows) > 1 and grid.over:
            first = grid.sweeps[0]
            st.markdown(what_they_say(rows[0], rows[-1], (first.rates[0], first.rates[-1]), first.epochs))
        csv_button("The grid as CSV", "batch-sizes", lambda: _csv(grid))
    return called(grid.sweeps[0])  # the first to run


def _draw(grid: BatchSweeps) -> None:
    st.progress(grid.progress, "All done" if grid.over else f"{grid.progress:.0%} done")
    rates, cells, top = grid.sweeps[0].rates, [], 1.0
    for sweep in grid.sweeps:
        losses = sweep.column("valid_loss")
        best = best_rate(sweep.evidence()) if len(losses) > 1 else None
        if len(losses):
            top = sweep_charts.HEADROOM * losses[0, 0].item()
        for place, (rate, ends) in enumerate(zip(rates, pairwise(sweep_charts.edges(rates)), strict=True)):
            loss = losses[-1, place].item() if len(losses) > 1 else None
            cells.append((f"{sweep.batch_size:,}", rate, *ends, loss, place == best))
    frame = pd.DataFrame(cells, columns=["batch", "rate", "left", "right", "loss", "best"])
    sizes = [f"{sweep.batch_size:,}" for sweep in grid.sweeps]
    for which, chart in (("map", charts.batch_map), ("lines", charts.batch_lines)):
        drawn = chart(frame, (rates[0], rates[-1]), sizes, top)
        live_chart(drawn, f"Loss by learning rate and batch size, as {which}")


def _row(sweep: SweepRun, images: int) -> dict | None:
    found = good_rates(sweep)
    return found and {"Batch": sweep.batch_size, "Steps an epoch": math.ceil(images / sweep.batch_size), **found}


def what_they_say(small: dict, large: dict, tried: tuple[float, float], epochs: int) -> str:
    """Compare the smallest and the largest batch, by the rates with which they learned well.

    tried: the smallest and the largest rate of all; epochs: of every sweep.
    """
    text = (
        f"A batch of {small['Batch']:,} takes {small['Steps an epoch']:,} steps an epoch, one of {large['Batch']:,} "
        f"takes {large['Steps an epoch']:,}. "
    )
    low, lowest, high, highest = (row[name] for name in ("Good from", "Good up to") for row in (small, large))
    if math.isnan(low + lowest):  # no rate has learned well
        return text + "Not every batch size has a rate that learned well: try more rates or more epochs."
    text += f"The smallest rate that learned well is {low:g} and {lowest:g}, the largest {high:g} and {highest:g}. "
    if lowest > low:
        not_grown = highest < high or highest == high < tried[1]  # at the end of the range, nobody knows
        return text + (
            "So the **larger batch needs a larger rate**: it takes fewer steps in as many epochs, so each must be "
            "longer." + (" But the largest rate that still works has not grown with it." if not_grown else "")
        )
    fewer = " Try fewer epochs, so that steps are scarce." if epochs > 1 else ""
    if low == lowest == tried[0]:
        more = ": try smaller ones." if tried[0] > choices.LOWEST_RATE else "." + fewer
        return f"{text}Both learn well from the smallest rate tried{more}"
    return f"{text}Here the larger batch needs no larger rate.{fewer}"


def _csv(grid: BatchSweeps) -> str:
    """Write the last epoch of every rate and batch size."""
    rows = []
    for sweep in grid.sweeps:
        if sweep.history:
            last = sweep.history[-1]
            columns = {name: getattr(last, name).tolist() for name in ("train_loss", "valid_loss", "valid_accuracy")}
            rows.append(pd.DataFrame({"batch": sweep.batch_size, "rate": sweep.rates, "epoch": last.epoch, **columns}))
    return pd.concat(rows).to_csv(index=False)

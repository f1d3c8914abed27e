"""The second experiment: the learning rate range test."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.rates.lr_finder import SMOOTHING, LRRangeTest, lr_range_test, suggest
from live import jobs
from ui.kit.live_chart import live_chart
from ui.kit.live_slider import live_slider
from ui.kit.widgets import csv_button
from ui.rates import charts
from ui.rates.setup import Lab, ask, range_widget, train_link
from ui.state import choices


def show_range_test(lab: Lab) -> list[Callable]:
    """Show one short run whose rate rises with every batch, and what it suggests. Returns the functions called."""
    st.markdown(
        "One short run whose rate rises a little at **every batch**, from tiny to huge: a guess at a good rate for the "
        "price of a moment (Smith, 2017; known to many as lr_find). **Try this:** compare its suggestions with the "
        "best rate of the sweep."
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        low, high = range_widget()
    with right:
        batches = live_slider("Batches", "tested", let_go=True)
    job = jobs.range_test(lab.source, lab.config, lab.batch_size, low, high, batches)
    test = ask(lab, (low, high, batches), job)
    if test is None:
        return []
    if not test.rates:
        st.info("The very first step was not a number any more: begin with a smaller rate.")
        return [lr_range_test, suggest]
    suggested = test.steepest is not None
    names = {"steepest": test.rates[test.steepest]} if suggested else {}
    falls = suggested and test.lowest == batches - 1  # up to the end: where it turns is not known
    if suggested and not falls:
        names["a tenth of the lowest"] = test.tenth
    live_chart(charts.lr_range_test(_frame(test, names), (low, high)), "Loss of each batch against its rate")
    if len(test.rates) < batches:
        st.caption(f"It ended after {len(test.rates)} of {batches} batches: the loss had flown off.")
    if not suggested:
        st.info("The smoothed loss never falls, so nothing is suggested: begin with smaller rates, or end later.")
    else:
        st.markdown(_in_words(test, falls))
    possible = {name: rate for name, rate in names.items() if float(f"{rate:.3g}") >= choices.LOWEST_RATE}
    table = pd.DataFrame({"rate": test.rates, "loss": test.losses, "smoothed": test.smoothed})
    with st.container(horizontal=True):
        for name, rate in possible.items():
            train_link(lab, rate, f"Train with {rate:.3g}, {'the ' * (name == 'steepest')}{name}")
        csv_button("The test as CSV", "range-test", lambda: table.to_csv(index=False))
    if possible != names:
        st.caption(f"Training has no rate below {choices.LOWEST_RATE:g}.")
    st.caption(
        f"The faint points are single batches. The line is their weighted mean so far: each batch counts "
        f"{SMOOTHING} times as much as the one after it."
    )
    return [lr_range_test, suggest]


def _in_words(test: LRRangeTest, falls: bool) -> str:
    """Say what a test suggests. falls: whether the loss is lowest at the last rate."""
    text = f"The loss falls **fastest** at a rate of **{test.rates[test.steepest]:.3g}**. "
    lowest = test.rates[test.lowest]
    if falls:
        larger = ": end at a larger rate to see where it turns" if lowest < 0.99 * choices.HIGHEST_RATE else ""
        text += f"It still falls at the last rate, {lowest:.3g}{larger}. This is a rule of thumb"
    else:
        text += f"It is lowest at {lowest:.3g}, where it is about to turn: a **tenth** of that, **{test.tenth:.3g}**, "
        text += "is the cautious choice. Both are rules of thumb"
    return f"{text}: each batch stands where the ones before have brought it, so a rate is never seen alone."


def _frame(test: LRRangeTest, names: dict[str, float]) -> pd.DataFrame:
    rates = [*names.values()]
    suggested = {"rate": rates, "label": names.keys(), "place": [int(rate > min(rates)) for rate in rates]}
    layers = {
        "batch": {"rate": test.rates, "loss": test.losses},
        "smoothed": {"rate": test.rates, "loss": test.smoothed},
        "suggested": suggested,
    }
    return pd.concat([pd.DataFrame(columns).assign(layer=layer) for layer, columns in layers.items()])

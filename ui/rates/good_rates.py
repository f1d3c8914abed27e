"""The good rates of a sweep, and how they move from one optimiser to another."""

import math

import pandas as pd
import streamlit as st

from core.rates.verdicts import LEARNED, best_rate, judge_rates
from live.sweep_run import SweepRun
from ui.kit.text import percent
from ui.rates.setup import in_words
from ui.state import keys

MOST_OPTIMISERS = 5  # that are compared
Row = dict[str, object]


def good_rates(sweep: SweepRun) -> Row | None:
    """Return from which rate up to which one a sweep has learned well, and its best; None if none has learned."""
    losses = sweep.column("valid_loss")
    evidence = sweep.evidence() if len(losses) > 1 else None
    best = best_rate(evidence) if evidence else None
    if best is None:
        return None
    verdicts = judge_rates(evidence)
    good = [rate for rate, verdict in zip(sweep.rates, verdicts, strict=True) if verdict.kind == LEARNED]
    return {
        "Good from": min(good, default=math.nan),
        "Best": sweep.rates[best],
        "Good up to": max(good, default=math.nan),
        "Validation loss": losses[-1, best].item(),
        "Accuracy": sweep.column("valid_accuracy")[-1, best].item(),
    }


def show_good_rates(rows: list[Row], alt: str, **formats: str) -> None:
    """Show a table of good rates. formats: of the columns that come before them."""
    formats |= dict.fromkeys(("Good from", "Best", "Good up to"), "{:g}")
    formats |= {"Validation loss": "{:.4f}", "Accuracy": percent}
    st.dataframe(pd.DataFrame(rows).style.format(formats, na_rep="–"), hide_index=True, alt=alt)


def others(run: SweepRun) -> dict[str, tuple[Row, list[float]]]:
    """Return what other optimisers came to in the set-up of a sweep: by name, their good rates and last losses."""
    setup, rows = st.session_state.get(keys.SWEPT, (None, {}))
    return {name: row for name, row in rows.items() if setup == _setup(run) and name != in_words(run.hyper)}


def _setup(run: SweepRun) -> str:
    return repr((run.source, run.config, run.rates, run.batch_size, run.epochs))


def compare_optimisers(run: SweepRun) -> None:
    """Show how the good rates of a sweep that is over differ from those of the optimisers before it, and keep them."""
    found = good_rates(run) if run.over else None
    if not found:
        return
    before, name = others(run), in_words(run.hyper)
    if before:
        st.header("How the good rates move")
        rows = [{"Optimiser": other, **row} for other, (row, _) in before.items()] + [{"Optimiser": name, **found}]
        show_good_rates(rows, "The good rates of each optimiser")
        st.markdown(" ".join(moved(other, row, name, found) for other, (row, _) in before.items()))
    kept = dict(list(before.items())[-MOST_OPTIMISERS + 1 :])
    kept[name] = found, run.column("valid_loss")[-1].tolist()
    st.session_state[keys.SWEPT] = _setup(run), kept


def moved(other: str, before: Row, name: str, now: Row) -> str:
    """Say how the good rates differ between two optimisers."""
    ends = [row[end] for row in (before, now) for end in ("Good from", "Good up to")]
    if any(map(math.isnan, ends)):
        return f"Not both {other} and {name} have a rate that learned well."
    low, high, lowest, highest = ends
    both = f"**{other}** learned well from {low:g} to {high:g}, **{name}** from {lowest:g} to {highest:g}: "
    if lowest < low and highest < high:
        return both + "its good rates are **smaller**."
    if lowest > low and highest > high:
        return both + "its good rates are **larger**."
    if (lowest, highest) == (low, high):
        return both + "the same rates are good."
    wider = lowest <= low and highest >= high
    return both + ("its good rates reach further." if wider else "its good rates are among those.")

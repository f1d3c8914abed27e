"""The earlier runs of a session: a table in which they are named, hidden and removed, and files to take away."""

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from live.curves import History
from live.training_run import TrainingRun
from ui.kit.text import percent
from ui.kit.widgets import csv_button
from ui.state import keys
from ui.training import runs
from ui.training.charts import STEP, TRAIN, VALID

COLUMNS = {
    "Show": st.column_config.CheckboxColumn(help="Whether its curve is in the charts", width="small"),
    "Name": st.column_config.TextColumn(max_chars=30, required=True),
    "Settings": st.column_config.TextColumn(width="large"),
    "Validation accuracy": st.column_config.NumberColumn(help="The best of all its epochs"),
    "Validation loss": st.column_config.NumberColumn(help="The lowest of all its epochs", format="%.4f"),
}
LOCKED = ["Settings", "Epochs", "Validation accuracy", "Validation loss"]
MOST_ROWS = 200_000  # in a file of steps: a run takes millions of them in ten minutes


def show_earlier(run: TrainingRun) -> None:
    """Show the earlier runs, the best on validation images first, and the files of all runs."""
    earlier = runs.earlier_runs()
    if earlier:
        st.markdown("The best on validation images first. Name a run, hide its curve, or select its row and remove it.")
        _table(earlier)
    else:
        st.info("No earlier run yet. Reset the run, or change its model, data or seed: it stays here as a faint curve.")
    with st.container(horizontal=True):
        csv_button("All epochs as CSV", "epochs", lambda: _csv(run, every_step=False))
        csv_button("All steps as CSV", "steps", lambda: _csv(run, every_step=True))
    together = runs.all_runs(run)
    share = MOST_ROWS // len(together)
    if run.playing or any(one.state.step > share for one in together):
        st.caption(
            f"A file of steps has at most {MOST_ROWS:,} lines. Of a run of more than {share:,} steps, it has only "
            "every second, third, … and the last: its column **step** says which."
        )


def _table(earlier: list[runs.EarlierRun]) -> None:
    """Show the table of the earlier runs, and do what is changed in it."""
    order = sorted(range(len(earlier)), key=lambda place: -earlier[place].history.best_accuracy())
    table = pd.DataFrame([_row(earlier[place]) for place in order], index=order)
    # A new key whenever the rows are others: the editor's changes belong to the rows that it was shown. And one
    # after each change, or a name that can't be given would be asked for again for ever.
    edits = st.session_state.get(keys.RUNS_TABLE, 0)
    edited = st.data_editor(
        table.style.format({"Validation accuracy": percent}),
        key=f"{keys.RUNS_TABLE}_{edits}_{hash(tuple((run.name, run.config, run.used) for run in earlier))}",
        num_rows="delete",
        hide_index=True,
        disabled=LOCKED,
        column_config=COLUMNS,
        alt="Earlier runs",
    )
    if not edited.equals(table):
        _take_over(edited, order)
        st.session_state[keys.RUNS_TABLE] = edits + 1
        st.rerun()


def _row(run: runs.EarlierRun) -> dict:
    return {
        "Show": not run.hidden,
        "Name": run.name,
        "Settings": run.settings,
        "Epochs": run.state.epoch,
        "Validation accuracy": run.history.best_accuracy(),
        "Validation loss": min(run.history.epochs["valid_loss"], default=float("nan")),
    }


def _take_over(edited: pd.DataFrame, order: list[int]) -> None:
    """Apply the changes made in the table. A run keeps its name where two curves would have the same."""
    for place in edited.index:
        earlier = runs.earlier_runs()
        others = [run for run in earlier if run is not earlier[place]]
        taken = {STEP, TRAIN, VALID, runs.name_of(), *(name for run in others for name in (run.name, run.curve_name))}
        name = str(edited.at[place, "Name"] or "").strip()
        if not name or {name, replace(earlier[place], name=name).curve_name} & taken:
            name = earlier[place].name
        runs.change_earlier(place, hidden=not edited.at[place, "Show"], name=name)
    runs.remove_earlier([place for place in order if place not in edited.index])


def _csv(run: TrainingRun, every_step: bool) -> str:
    """Write all runs into one table, the current run last: their epochs, or steps in at most MOST_ROWS lines."""
    parts, together = [], runs.all_runs(run)
    for one in together:
        columns = _steps(one.history, MOST_ROWS // len(together)) if every_step else one.history.epochs
        parts.append(pd.DataFrame({"run": one.name, "settings": one.settings, **columns}))
    return pd.concat(parts).to_csv(index=False)


def _steps(history: History, most: int) -> dict:
    """Return step, epochs and loss of each step; where there are more than `most`, evenly spaced ones and the last."""
    taken = len(history.positions)
    last, stride = max(0, taken - 1), max(1, math.ceil(taken / (most - 1)))
    columns = {"step": range(1, taken + 1), "epochs": history.positions, "loss": history.losses}
    return {name: [*column[:last:stride], *column[last:taken]] for name, column in columns.items()}

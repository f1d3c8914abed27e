"""The earlier runs of a session: a table in which they are named, hidden and removed, and files to take away."""

import pandas as pd
import streamlit as st

from live.training_run import TrainingRun
from ui.kit.downloads import csv_button
from ui.kit.text import percent
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


def show(player: TrainingRun) -> None:
    """Show the earlier runs, the best on validation images first, and let the person take all runs away."""
    earlier = runs.earlier_runs()
    if earlier:
        st.markdown("The best on validation images first. Name a run, hide its curve, or select its row and remove it.")
        order = sorted(range(len(earlier)), key=lambda place: -earlier[place].history.best_accuracy())
        table = pd.DataFrame([_row(earlier[place]) for place in order], index=order)
        # A new key whenever the rows are others: the editor's changes belong to the rows that it was shown. And one
        # after each change, or a name that can't be given would be asked for again for ever.
        edits = st.session_state.get(keys.RUNS_TABLE, 0)
        key = f"{keys.RUNS_TABLE}_{edits}_{hash(tuple((run.name, run.config, run.hyper) for run in earlier))}"
        shown = table.style.format({"Validation accuracy": percent})
        edited = st.data_editor(
            shown,
            key=key,
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
    else:
        st.info("No earlier run yet. Reset the run, or change its model, data or seed: it stays here as a faint curve.")
    with st.container(horizontal=True):
        csv_button("All epochs as CSV", "epochs", lambda: _csv(player, every_step=False))
        csv_button("All steps as CSV", "steps", lambda: _csv(player, every_step=True))


def _row(run: runs.EarlierRun) -> dict:
    return {
        "Show": not run.hidden,
        "Name": run.name,
        "Settings": runs.describe(run.config, run.hyper, run.dataset),
        "Epochs": run.state.epoch,
        "Validation accuracy": run.history.best_accuracy(),
        "Validation loss": min(run.history.epochs["valid_loss"], default=float("nan")),
    }


def _take_over(edited: pd.DataFrame, order: list[int]) -> None:
    """Make what was changed in the table so; two lines of one name would be one line, so a run keeps its own then."""
    for place in edited.index:
        before = runs.earlier_runs()[place]
        name = str(edited.at[place, "Name"] or "").strip()
        taken = {STEP, TRAIN, VALID, runs.name_of(), *(run.name for run in runs.earlier_runs())}
        name = before.name if not name or name in taken else name
        runs.change_earlier(place, hidden=not edited.at[place, "Show"], name=name)
    runs.remove_earlier([place for place in order if place not in edited.index])


def _csv(player: TrainingRun, every_step: bool) -> str:
    """Write all runs into one table, the current run last."""
    current = (runs.name_of(), player.config, player.hyper, player.history, runs.trained_on())
    parts = []
    for name, config, hyper, history, dataset in [
        *((r.name, r.config, r.hyper, r.history, r.dataset) for r in runs.earlier_runs()),
        current,
    ]:
        if every_step:
            columns = {"step": range(1, len(history.losses) + 1), "epochs": history.positions, "loss": history.losses}
        else:
            columns = history.epochs
        parts.append(pd.DataFrame({"run": name, "settings": runs.describe(config, hyper, dataset), **columns}))
    return pd.concat(parts).to_csv(index=False)

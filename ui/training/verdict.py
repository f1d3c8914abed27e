"""The verdict on a training run that is paused or over."""

import streamlit as st
import torch

from core.rates.verdicts import Evidence, Verdict, judge_rates
from core.training.run import Epoch
from live.training_run import TrainingRun
from ui.kit.text import counted, verdict_in_words

LEAST_EPOCHS = 4  # fewer say too little


def verdict_on(run: TrainingRun) -> Verdict | None:
    """Judge a run by its curves; None if it is too short, or if its hyperparameters were changed on the way."""
    columns = {name: torch.tensor(column).float()[:, None] for name, column in run.history.epochs.items()}
    if run.state.epoch < LEAST_EPOCHS or len(run.changes) != 1 or run.loaded:
        return None
    lr, peak, never = (torch.tensor([value]) for value in (run.changes[0][1].lr, run.state.peak, 0))
    return judge_rates(Evidence.of(lr, [Epoch(**columns)], peak, never, run.config))[0]


def show_verdict(run: TrainingRun) -> None:
    """Show what is said of a run that does not play."""
    verdict = None if run.playing else verdict_on(run)
    if verdict:
        rate = run.changes[0][1].lr
        st.markdown(f"After {counted(run.state.epoch, 'epoch')}, the rate **{rate:g}** is {verdict_in_words(verdict)}.")

"""The verdict on a training run that is paused or over."""

import streamlit as st
import torch

from core.rates.verdicts import LEARNED, TOO_SMALL, Evidence, Verdict, judge_rates, loss_of_guessing
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
        st.markdown(f"After {counted(run.state.epoch, 'epoch')}, {_in_words(verdict, run)}.")


def _in_words(verdict: Verdict, run: TrainingRun) -> str:
    rate = f"the rate **{run.changes[0][1].lr:g}**"
    if verdict.kind == LEARNED:
        return f"{rate} has {verdict_in_words(verdict)}"
    last = max(run.history.epochs[loss][-1] for loss in ("train_loss", "valid_loss"))
    # That a loss still falls does not make the rate too small: there is no other rate here that has learned more.
    if verdict.kind == TOO_SMALL and last < loss_of_guessing(run.config.loss, len(run.config.digits)) / 2:
        return f"the run with {rate} is not done yet: its loss is still falling"
    return f"{rate} is {verdict_in_words(verdict)}"

"""The very next step of a run, one stage at a time, with the real numbers."""

import pandas as pd
import streamlit as st
import torch

from core.training.sgd import resume
from live import jobs
from live.jobs import JobRun
from live.training_run import TrainingRun
from ui.frame.scene import Scene
from ui.kit import frames
from ui.state import session
from ui.training.live_run import diverged
from ui.training.stages import STAGES, View


def show_next_step(scene: Scene, run: TrainingRun) -> bool:
    """Show the seven stages of the next step, one at a time. Returns whether there is a step to show."""
    st.markdown(
        "All of training is seven stages. **Try this:** go through them for the very next batch, then take the step."
    )
    stage = st.segmented_control("Stage", **session.bound("stage"))
    if run.playing:
        st.info("The run is on its way. Pause it to look at its next step.")
        return False
    if diverged(run):
        st.info("The run has diverged, so there is no next step. Reset it to begin again.")
        return False
    look = JobRun(run.executor, jobs.next_step(resume(run.state), run.source, run.config, run.hyper))
    frames.wait_for(look, "Looking at every image of the batch")
    if look.problem:
        st.error(f"The next step can't be looked at: {look.problem}")
        return False
    left, right = st.columns([3, 2], gap="large")
    view = View(scene, run, look.answer)
    with left:
        STAGES[stage](view)
    with right:
        _numbers(view)
    return True


def _numbers(view: View) -> None:
    """Show what the step does to its own batch. It is the same for every stage, so that the eye can return to it."""
    step, gradient = view.step, "sum of gradients" if view.summed else "gradient"
    rows = {
        "Step": f"{view.run.state.step + 1:,}",
        "Images in the batch": f"{step.batch_size:,}",
        "Loss before the step": f"{step.loss:.6f}",
        "Loss after, same batch": f"{step.loss_after:.6f}",
        "Mean p of the right digit, before": f"{step.mean_p:.4f}",
        "Mean p of the right digit, after": f"{step.mean_p_after:.4f}",
        f"Length of the {gradient}": f"{torch.cat([g.flatten() for g in step.gradient]).norm():.6f}",
    }
    st.table(pd.DataFrame({"value": rows.values()}, index=list(rows)), alt="The next step in numbers")

"""All that one needs at hand while a run goes on, in one view: its buttons, the rate, the pace and what it shows."""

import streamlit as st

from live.training_run import TrainingRun
from ui.frame.scene import Scene
from ui.state import choices, session
from ui.training import live_run, presets
from ui.training.runs import current_run, new_run
from ui.training.setup import setup_widgets, steering
from ui.training.verdict import show_verdict


def show_control_panel(scene: Scene) -> TrainingRun:
    """Show the current run with all that controls it, and return it."""
    images = sum(scene.dataset.train.count(digit) for digit in scene.digits)
    with st.container(key="control_panel"):
        with st.container(key="run_bar", horizontal=True, vertical_alignment="center"):
            run_button, knobs = st.container(width="content"), st.container()
        buttons = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        live = st.container()
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            logarithmic = st.toggle("Logarithmic loss", **session.bound("log_loss"))
            presets.preset_buttons(scene.digits)
        presets.what_to_look_for(scene.digits)
        config, hyper = setup_widgets(scene.digits, images)
    run = current_run(scene, config, hyper)
    if presets.begins():
        run = new_run(scene, config, hyper)
        run.play(session.value("pace") != choices.FLAT_OUT)
    with buttons:
        live_run.step_buttons(scene, run)
        pace = live_run.pace_widget()
    with run_button:
        live_run.run_button(run, pace)
    with knobs:
        st.fragment(steering)(images)
    with live:
        live_run.show_live(scene, run, pace, logarithmic)
    live_run.say_how_it_ended(run)
    show_verdict(run)
    live_run.show_still(run, logarithmic)
    return run

"""What a learner takes away from a training run: the model for the other pages, its weights, the run as a script."""

from urllib.parse import urlencode

import streamlit as st

from core.training.run import OVERFITTING
from live import weights_file
from live.training_run import TrainingRun
from ui.frame import own_model
from ui.frame.scene import Scene
from ui.kit.text import counted, percent, quoted
from ui.seat.hand_in import RunToHandIn, hand_in_run
from ui.state import keys
from ui.training import runs
from ui.training.run_script import write_script

SCRIPT = "three_or_seven_run.py"


def show_export(scene: Scene, run: TrainingRun) -> None:
    """Show the ways to take the model away, and to bring weights back."""
    hand_in_run(run, lambda: _as_it_is_now(run))
    if not run.state.step and not run.loaded:
        st.info("Nothing is learned yet: run it first.")
    else:
        _files(scene, run)
    file = st.file_uploader(
        "Load weights",
        type="safetensors",
        key=keys.WEIGHTS_FILE,
        on_change=_load,
        args=(run,),
        help="A file that was saved here, from the same model and digits.",
        max_upload_size=weights_file.LARGEST // 1_000_000,
    )
    if file and st.session_state.get(keys.WEIGHTS_PROBLEM):
        st.error(st.session_state[keys.WEIGHTS_PROBLEM])
    elif file and st.session_state.get(keys.LOADED_RUN) == run.name:
        st.success("The weights are loaded: the run goes on from them.")


def _as_it_is_now(run: TrainingRun) -> RunToHandIn | None:
    """Return what a class gets of a run, None while it has no result.

    A rate that was chosen after the last whole epoch has no part in its result, so it is not named either.
    """
    reached = run.result_and_cause()
    if reached is None:
        return None
    result, used = reached
    query = urlencode([*(("digits", digit) for digit in run.config.digits), *runs.link_of(run.config, used).items()])
    about = runs.describe(run.config, used, runs.trained_on())
    return RunToHandIn(query, about, used.lr, result.valid_accuracy, result.epoch)


def _files(scene: Scene, run: TrainingRun) -> None:
    dataset, now = runs.trained_on(), run.state
    with st.container(horizontal=True):
        st.button(
            "Use it on the other pages",
            icon=":material/ios_share:",
            key="use_model",
            type="primary",
            on_click=_use,
            args=(scene, run),
        )
        st.download_button(
            "Weights",
            lambda: weights_file.pack(now.params, run.config, run.used[-1], _epochs(run)),
            "three-or-seven.safetensors",
            "application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
        )
        if not run.loaded:
            st.download_button(
                "The same run as a script",
                lambda: write_script(SCRIPT, run.config, list(run.changes), now.step, dataset),
                SCRIPT,
                "text/x-python",
                icon=":material/code:",
                on_click="ignore",
            )
    if own := own_model.own_model(scene.digits):
        st.caption(f"In use on Distance and Draw: {quoted(own.about, 200)}.")
    if run.loaded:
        st.caption(
            "A run that began with weights from a file, or painted ones, has no seed to repeat it from, so there is no "
            "script of it."
        )
    elif run.history.losses:
        st.caption(f"The script repeats the run from its seed and ends with the loss {run.history.losses[-1]:.6f}.")
        if dataset:
            st.caption(
                f"Give it the folder of {quoted(dataset)}: Data has it as a zip if it is not large, and whoever runs "
                "this server knows where it is."
            )


def _epochs(run: TrainingRun) -> int:
    """Return after how many epochs the weights are what they are."""
    return run.result.epoch if run.state.stopped == OVERFITTING else run.state.epoch


def _use(scene: Scene, run: TrainingRun) -> None:
    last = run.result
    learned = f"{percent(last.valid_accuracy)} right on validation images" if last else "loaded weights"
    about = f"{runs.as_it_is(run).settings}, {counted(_epochs(run), 'epoch')}, {learned}"
    st.session_state[keys.MODEL] = own_model.OwnModel(scene.digits, run.state.params, about)


def _load(run: TrainingRun) -> None:
    file = st.session_state[keys.WEIGHTS_FILE]
    if file is None:
        return
    try:
        params = weights_file.unpack(file.getvalue(), run.state.params, run.config)
    except ValueError as problem:
        st.session_state[keys.WEIGHTS_PROBLEM] = str(problem)
    else:
        st.session_state[keys.WEIGHTS_PROBLEM] = None
        runs.keep_as_earlier(run)
        run.restart_from(params)
        st.session_state[keys.LOADED_RUN] = run.name

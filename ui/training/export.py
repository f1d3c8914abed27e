"""What a learner takes away from a training run: the model for the other pages, its weights, the run as a script."""

import streamlit as st

from live import weights_file
from live.training_run import TrainingRun
from ui.frame import own_model
from ui.frame.scene import Scene
from ui.kit.text import counted, percent, quoted
from ui.state import keys
from ui.training import runs as runs_module
from ui.training.run_script import write_script

SCRIPT = "three_or_seven_run.py"


def show(scene: Scene, player: TrainingRun) -> None:
    """Show the ways to take the model away, and to bring weights back."""
    now = player.state
    if not now.step and not player.loaded:
        st.info("Nothing is learned yet: run it first.")
    else:
        _files(scene, player)
    file = st.file_uploader(
        "Load weights",
        type="safetensors",
        key=keys.WEIGHTS_FILE,
        on_change=_load,
        args=(player,),
        help="A file that was saved here, from the same model and digits.",
    )
    if file and st.session_state.get(keys.WEIGHTS_PROBLEM):
        st.error(st.session_state[keys.WEIGHTS_PROBLEM])
    elif file:
        st.success("The weights are loaded: the run goes on from them.")


def _files(scene: Scene, player: TrainingRun) -> None:
    dataset = runs_module.trained_on()
    config, hyper, now = player.config, player.hyper, player.state
    with st.container(horizontal=True):
        st.button(
            "Use it on the other pages",
            icon=":material/ios_share:",
            key="use_model",
            type="primary",
            on_click=_use,
            args=(scene, player),
        )
        st.download_button(
            "Weights",
            lambda: weights_file.pack(now.params, config, hyper, now.epoch),
            "three-or-seven.safetensors",
            "application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
        )
        if not player.loaded:
            st.download_button(
                "The same run as a script",
                lambda: write_script(SCRIPT, config, list(player.changes), now.step, dataset),
                SCRIPT,
                "text/x-python",
                icon=":material/code:",
                on_click="ignore",
            )
    own = own_model.own_model(scene.digits)
    if own:
        st.caption(f"In use on Distance and Draw: {quoted(own.about, 200)}.")
    if player.loaded:
        st.caption("A run that began with loaded weights has no seed to repeat it from, so there is no script of it.")
    elif player.history.losses:
        st.caption(f"The script repeats the run from its seed and ends with the loss {player.history.losses[-1]:.6f}.")
        if dataset:
            st.caption(
                f"Give it the folder of {quoted(dataset)}: Data shows it, and has it as a zip if it is not large."
            )


def _use(scene: Scene, player: TrainingRun) -> None:
    last = player.history.last()
    learned = f"{percent(last.valid_accuracy)} right on validation images" if last else "loaded weights"
    run, epochs = (
        runs_module.describe(player.config, player.hyper, runs_module.trained_on()),
        counted(player.state.epoch, "epoch"),
    )
    about = f"{run}, {epochs}, {learned}"
    st.session_state[keys.MODEL] = own_model.OwnModel(scene.digits, player.state.params, about)


def _load(player: TrainingRun) -> None:
    file = st.session_state[keys.WEIGHTS_FILE]
    if file is None:
        return
    try:
        params = weights_file.unpack(file.getvalue(), player.state.params, player.config)
    except ValueError as problem:
        st.session_state[keys.WEIGHTS_PROBLEM] = str(problem)
    else:
        st.session_state[keys.WEIGHTS_PROBLEM] = None
        runs_module.keep_as_earlier(player)
        player.restart_from(params)

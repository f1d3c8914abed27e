"""The training runs of one session: the one on the player, and those before it."""

from dataclasses import dataclass, replace

import streamlit as st

from core.training.run import Config, Hyperparameters, TrainState
from live.curves import History
from live.training_run import TrainingRun
from sources import builtin
from ui.frame import dataset as data
from ui.frame.scene import Scene
from ui.kit.text import counted
from ui.server import pool
from ui.state import keys

MOST_EARLIER = 20  # the oldest goes when there are more


@dataclass(frozen=True)
class EarlierRun:
    """A run that another has taken the place of."""

    name: str
    config: Config
    hyper: Hyperparameters
    settings: TrainState
    history: History
    dataset: str = ""  # what people call the digits that it learned from; empty for the built-in ones
    hidden: bool = False  # whether its curve is left out of the chart


def player_for(scene: Scene, config: Config, hyper: Hyperparameters) -> TrainingRun:
    """Return this session's player for a set-up: the one that is there, or a new one if the set-up has changed."""
    player = st.session_state.get(keys.PLAYER)
    source = pool().source(scene.dataset, scene.digits)
    if player is None or player.config != config or player.source != source:
        player = new_run(scene, config, hyper)
    player.change(hyper)
    return player


def new_run(scene: Scene, config: Config, hyper: Hyperparameters) -> TrainingRun:
    """Put the run on the player among the earlier ones, if it has taken a step, and begin another."""
    before = st.session_state.get(keys.PLAYER)
    if before is not None:
        keep_as_earlier(before)
    images = sum(scene.dataset.train.count(digit) for digit in scene.digits)
    source = pool().source(scene.dataset, scene.digits)
    player = st.session_state[keys.PLAYER] = TrainingRun(pool().executor, source, images, config, hyper)
    st.session_state[keys.TRAINED_ON] = data.title(data.current_name()) if data.current_name() != builtin.NAME else ""
    return player


def keep_as_earlier(player: TrainingRun) -> None:
    """Put a run among the earlier ones, if it has taken a step."""
    player.pause()
    if player.state.step:
        run = EarlierRun(name_of(), player.config, player.hyper, player.state, player.history, trained_on())
        st.session_state[keys.EARLIER] = [*earlier_runs(), run][-MOST_EARLIER:]
        st.session_state[keys.COUNT] = st.session_state.get(keys.COUNT, 1) + 1


def trained_on() -> str:
    """Return what people call the digits that the run on the player learns from; empty for the built-in ones."""
    return st.session_state.get(keys.TRAINED_ON, "")


def name_of() -> str:
    """Return the name of the run on the player: one that no earlier run has, whatever people call theirs."""
    taken, number = {run.name for run in earlier_runs()}, st.session_state.get(keys.COUNT, 1)
    while f"Run {number}" in taken:
        number += 1
    return f"Run {number}"


def earlier_runs() -> list[EarlierRun]:
    """Return the earlier runs, the oldest first."""
    return st.session_state.get(keys.EARLIER, [])


def change_earlier(place: int, **changes) -> None:
    """Name, hide or show one of the earlier runs."""
    runs = list(earlier_runs())
    runs[place] = replace(runs[place], **changes)
    st.session_state[keys.EARLIER] = runs


def remove_earlier(places: list[int]) -> None:
    """Remove some of the earlier runs."""
    st.session_state[keys.EARLIER] = [run for place, run in enumerate(earlier_runs()) if place not in places]


def describe(config: Config, hyper: Hyperparameters, dataset: str = "") -> str:
    """Say in a few words what a run is. dataset: what it learns from, if not the built-in digits."""
    model = f"hidden layer of {config.hidden}" if config.hidden else "linear"
    mistakes = [
        *(["gradients kept"] if not hyper.zero_grad else []),
        *(["uphill"] if hyper.uphill else []),
        *(["sorted"] if config.order == "sorted" else []),
        *([f"on {dataset}"] if dataset else []),
    ]
    momentum = f", momentum {hyper.momentum:g}" if hyper.momentum else ""
    size = f", {counted(config.train_size, 'image')}" if config.train_size else ""
    return ", ".join([f"{model}, rate {hyper.lr:g}, batch {hyper.batch_size:,}{momentum}{size}", *mistakes])

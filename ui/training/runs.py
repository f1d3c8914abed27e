"""The training runs of one session: the current one, and those before it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import streamlit as st

from core.training.optimisers import SGD
from core.training.run import Config, Hyperparameters, TrainState
from live.curves import History
from live.training_run import TrainingRun
from sources import builtin
from ui.frame import dataset
from ui.frame.scene import Scene
from ui.kit.model_and_loss import run_settings
from ui.kit.text import counted
from ui.server import lane, pool
from ui.state import keys, session

MOST_EARLIER, MOST_BYTES = 20, 60_000_000  # runs, and bytes of their histories: the oldest goes when there are more
USUAL = Config()


@dataclass(frozen=True)
class EarlierRun:
    """A run as it was when it ended or another took its place.

    used: the hyperparameters with which its steps were taken, in their order.
    """

    name: str
    config: Config
    used: tuple[Hyperparameters, ...]
    state: TrainState
    history: History
    dataset: str = ""  # the title of the digits that it learned from; empty for the built-in ones
    hidden: bool = False  # whether its curve is left out of the chart

    @property
    def curve_name(self) -> str:
        """What the charts call its curve: its name, and what tells it from the others."""
        units = [f"{self.config.hidden} units"] if self.config.hidden else []
        return ", ".join([self.name, *units, _rates(self.used), *_unusual(self.config)])

    @property
    def settings(self) -> str:
        """What it is, in a few words."""
        return describe(self.config, self.used[-1], self.dataset, self.used)


def current_run(scene: Scene, config: Config, hyper: Hyperparameters) -> TrainingRun:
    """Return this session's run of a set-up: the one that is there, or a new one if the set-up has changed."""
    run = st.session_state.get(keys.TRAINING_RUN)
    if run is None or (run.config, run.source) != (config, pool().source(scene.dataset, scene.digits)):
        run = new_run(scene, config, hyper)
    run.change(hyper)
    return run


def new_run(scene: Scene, config: Config, hyper: Hyperparameters) -> TrainingRun:
    """Begin another run. The one before it joins the earlier ones, if it has taken a step."""
    before = st.session_state.get(keys.TRAINING_RUN)
    if before is not None:
        keep_as_earlier(before)
    images = sum(scene.dataset.train.count(digit) for digit in scene.digits)
    source = pool().source(scene.dataset, scene.digits)
    run = st.session_state[keys.TRAINING_RUN] = TrainingRun(lane(), source, images, config, hyper)
    name = dataset.current_name()
    st.session_state[keys.TRAINED_ON] = dataset.title(name) if name != builtin.NAME else ""
    return run


def keep_as_earlier(run: TrainingRun) -> None:
    """Pause a run and put it among the earlier ones, if it has taken a step."""
    run.pause()
    if run.state.step:
        kept = all_runs(run)[-MOST_EARLIER:]
        while sum(one.history.nbytes for one in kept) > MOST_BYTES:
            kept.pop(0)
        st.session_state[keys.EARLIER] = kept
        st.session_state[keys.COUNT] = st.session_state.get(keys.COUNT, 1) + 1


def all_runs(run: TrainingRun) -> list[EarlierRun]:
    """Return the earlier runs, the oldest first, and after them the current one as it is now."""
    return [*earlier_runs(), as_it_is(run)]


def as_it_is(run: TrainingRun) -> EarlierRun:
    """Return the current run as it is now."""
    return EarlierRun(name_of(), run.config, run.used, run.state, run.history, trained_on())


def trained_on() -> str:
    """Return the title of the digits that the current run learns from; empty for the built-in ones."""
    return st.session_state.get(keys.TRAINED_ON, "")


def name_of() -> str:
    """Return the name of the current run: no earlier run has it, even if the learner has named one "Run 3"."""
    taken, number = [f"{run.name}," for run in earlier_runs()], st.session_state.get(keys.COUNT, 1)
    while any(name.startswith(f"Run {number},") for name in taken):
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


def describe(
    config: Config, hyper: Hyperparameters, dataset: str = "", used: Sequence[Hyperparameters] | None = None
) -> str:
    """Say in a few words what a run is.

    dataset: what it learns from, if not the built-in digits; used: hyperparameters with other rates before `hyper`.
    """
    parts = [
        f"hidden layer of {config.hidden}" if config.hidden else "linear",
        _rates(used or [hyper]),
        hyper.optimiser if hyper.optimiser != SGD else "",
        f"batch {hyper.batch_size:,}",
        f"momentum {hyper.momentum:g}" if hyper.momentum else "",
        f"weight decay {hyper.weight_decay:g}" if hyper.weight_decay else "",
        counted(config.train_size, "image") if config.train_size else "",
        "" if hyper.zero_grad else "gradients kept",
        "uphill" if hyper.uphill else "",
        *_unusual(config),
        f"on {dataset}" if dataset else "",
    ]
    return ", ".join(filter(None, parts))


def link_of(config: Config, hyper: Hyperparameters) -> dict[str, str]:
    """Write the set-up of a run, and nothing else of the page, as the parameters of a link to Training."""
    return session.link_to(dataset=dataset.current_name(), **run_settings(config, hyper))


def _rates(used: Sequence[Hyperparameters]) -> str:
    """Say with which rates steps were taken: all of two, the first and the last of more."""
    rates = [f"{rate:g}" for rate, _ in groupby(hyper.lr for hyper in used)]
    more = "" if len(rates) == 1 else f", then {rates[-1]}" if len(rates) == 2 else f", …, {rates[-1]}"
    return f"rate {rates[0]}{more}"


def _unusual(config: Config) -> list[str]:
    """Say in what a run differs from the usual one: digits, loss, order of the images, and seed."""
    usual_loss = USUAL.loss if len(config.digits) == 2 else "cross-entropy"
    parts = [
        "" if config.digits == USUAL.digits else f"digits {' '.join(map(str, config.digits))}",
        "" if config.loss == usual_loss else config.loss,
        {"sorted": "sorted", "fixed": "fixed order"}.get(config.order, ""),
        "" if config.seed == USUAL.seed else f"seed {config.seed}",
    ]
    return list(filter(None, parts))

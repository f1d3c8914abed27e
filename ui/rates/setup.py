"""What all experiments with learning rates have in common: the widgets that set them up, and the way to Training."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from core.model import count_params
from core.rates.sweep import most_rates, spread_rates
from core.training.optimisers import ADAM
from core.training.run import Config, Hyperparameters
from core.training.sgd import start
from live.chunked_work import ChunkedWork
from live.data_source import DataSource
from live.jobs import Job, JobRun
from live.sweep_run import BatchSweeps, SweepRun
from ui.frame.scene import Scene
from ui.kit import frames, play
from ui.kit.live_slider import live_slider
from ui.kit.model_and_loss import loss_widget, model_widget, run_settings
from ui.kit.widgets import batch_size, batch_sizes
from ui.server import lane, pool
from ui.state import choices, session

POPOVER_WIDTH = 320  # pixels, whatever stands in it
PREFIX = "lab_"  # of the names of settings that Training has, too


@dataclass(frozen=True)
class Lab:
    """What an experiment works on: a model, images in a batch, epochs, and the data: their name, folder and number.

    hyper: the optimiser, its momentum and weight decay; nothing else of it counts.
    """

    config: Config
    batch_size: int
    epochs: int
    source: DataSource
    folder: str
    images: int
    hyper: Hyperparameters


def setup_widgets(scene: Scene, several_optimisers: bool) -> Lab:
    """Show what all experiments share, each behind a button that says what is chosen.

    several_optimisers: whether the experiment has a choice among them.
    """
    images = sum(scene.dataset.train.count(digit) for digit in scene.digits)
    with st.container(horizontal=True, gap="small"):
        hidden = model_widget(PREFIX)
        size = batch_size("lab_batch", images)
        with st.popover(f"Batch: {size:,}"), st.container(width=POPOVER_WIDTH):
            live_slider("Batch size", "lab_batch", batch_sizes(images), "{:,}".format, let_go=True)
            st.caption("Images in one step.")
        with st.popover(f"Epochs: {session.value('lab_epochs')}"), st.container(width=POPOVER_WIDTH):
            epochs = live_slider("Epochs", "lab_epochs", let_go=True)
            st.caption("An epoch is one pass over all training images.")
        hyper = optimiser_widget() if several_optimisers else Hyperparameters()
        loss = loss_widget(scene.digits, PREFIX)
        with st.popover(f"Seed: {session.value('lab_seed')}"):
            seed = st.number_input("Seed", **session.bound("lab_seed"))
            st.caption("It draws the weights at the start and the order of the images: the same for every rate.")
    config = Config(digits=scene.digits, hidden=hidden, loss=loss, seed=seed)
    source = pool().source(scene.dataset, scene.digits)
    return Lab(config, size, epochs, source, str(scene.dataset.folder), images, hyper)


def optimiser_widget() -> Hyperparameters:
    """Show the choice of the optimiser, and return it with its momentum and weight decay."""
    optimiser = session.value("lab_optimiser")
    momentum = 0.0 if optimiser == ADAM else session.value("lab_momentum")
    hyper = Hyperparameters(optimiser=optimiser, momentum=momentum, weight_decay=session.value("lab_decay"))
    with st.popover(f"Optimiser: {in_words(hyper)}"), st.container(width=POPOVER_WIDTH):
        st.segmented_control("Optimiser", **session.bound("lab_optimiser"))
        live_slider("Momentum", "lab_momentum", disabled=optimiser == ADAM, let_go=True)
        live_slider("Weight decay", "lab_decay", let_go=True)
        st.caption(
            "SGD steps along the gradient. With momentum, a part of the last step is added to it. Adam divides the "
            "mean of recent gradients by their size. Weight decay pulls each weight towards 0. Sweep with one, then "
            "with another: below the results, the page compares their good rates."
        )
    return hyper


def in_words(hyper: Hyperparameters) -> str:
    """Name an optimiser with its momentum and weight decay."""
    momentum = f", momentum {hyper.momentum:g}" if hyper.momentum else ""
    return hyper.optimiser + momentum + (f", decay {hyper.weight_decay:g}" if hyper.weight_decay else "")


def range_widget() -> tuple[float, float]:
    """Show the range of learning rates, on a logarithmic scale, and return its ends. They are never the same."""
    return live_slider("From rate to rate", "lab_rates", write="{:g}".format, let_go=True)


def rates_at_once(config: Config) -> list[float]:
    """Return the learning rates that are trained at once, in rising order: as many as are chosen, if there is room."""
    most = most_rates(count_params(start(config).params))
    return spread_rates(*session.value("lab_rates"), min(session.value("lab_count"), most))


def rates_widget(config: Config) -> list[float]:
    """Show the range and the number of learning rates, and return them in rising order. config: of every run."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        range_widget()
    with right:
        count = live_slider("How many rates", "lab_count", let_go=True)
    rates, most = rates_at_once(config), most_rates(count_params(start(config).params))
    if count > most:
        st.caption(f"Models of this size are trained with {most} rates at once, at most.")
    if len(rates) < min(count, most):
        st.caption(f"In so narrow a range there are only {len(rates)} different rates of four digits.")
    return rates


def session_sweeps(place: str, lab: Lab, rates: list[float], sizes: list[int], gather: Callable):
    """Return this session's sweeps: those that are there, or new ones if the set-up has changed.

    place: where the session keeps them; sizes: of the batches, one for each sweep; gather: makes of the list of new
    sweeps what is kept, a `SweepRun` or `BatchSweeps`.
    """
    asked = [(lab.source, lab.config, rates, size, lab.epochs, lab.hyper) for size in sizes]
    work = st.session_state.get(place)
    there = getattr(work, "sweeps", [work] if work else [])
    if [(one.source, one.config, one.rates, one.batch_size, one.epochs, one.hyper) for one in there] != asked:
        _begin_again(place)
        work = st.session_state[place] = gather([SweepRun(lane(), *one) for one in asked])
    return work


def run_buttons(work: ChunkedWork | BatchSweeps, place: str, begun: bool) -> None:
    """Show the buttons that run, pause and begin again. place: where the session keeps the work."""
    play.run_button(work, f"{place}_run", begun)
    play.button("Again", f"{place}_again", _begin_again, place)


def _begin_again(place: str) -> None:
    work = st.session_state.pop(place, None)
    if work:  # nothing is there before the first sweep, or at the second click of two before the page is drawn again
        work.pause()


def train_link(lab: Lab, lr: float, label: str, stop: bool = False, disabled: bool = False) -> None:
    """Show a link that opens Training with this set-up and rate. stop: whether it ends after as many epochs."""
    hyper = replace(
        lab.hyper,
        lr=float(f"{min(max(lr, choices.LOWEST_RATE), choices.HIGHEST_RATE):.4g}"),
        batch_size=lab.batch_size,
        max_epochs=lab.epochs if stop else None,
    )
    query = session.link_to(**run_settings(lab.config, hyper))
    st.page_link(
        "pages/training.py", label=label, icon=":material/model_training:", query_params=query, disabled=disabled
    )


def ask(lab: Lab, settings: tuple, job: Job):
    """Return the answer of a job on this data. If it fails, say so on the page and return None.

    settings: all that the answer depends on beside the set-up: the same question has the same answer, so the server
    keeps the last ones.
    """
    question = repr((job.__name__, lab.folder, lab.config, lab.batch_size, settings))
    try:
        return _kept(question)
    except KeyError:
        run = JobRun(lane(), job)
    frames.wait_for(run, "Computing on real digits")
    if run.problem:
        st.error(f"This can't be computed now: {run.problem}")
        return None
    return _kept(question, run)


@st.cache_resource(max_entries=50, show_spinner=False)  # of up to 2 MB each
def _kept(question: str, _run: JobRun | None = None):
    if _run is None:
        raise KeyError(question)  # an exception is not kept
    return _run.answer

"""Compare datasets: a linear model is trained on each, and tested on the validation images of all."""

import pandas as pd
import streamlit as st

from core.training.run import Config, Hyperparameters
from live import jobs
from live.jobs import JobRun
from ui.frame import dataset
from ui.frame.scene import Scene
from ui.kit import frames
from ui.kit.text import percent, plain
from ui.server import lane, pool
from ui.state import keys

STEPS = 2_000  # of gradient descent on each dataset, however many images it has


def show_comparison(scene: Scene) -> bool:
    """Show the choice of datasets, the button, and the table once there is one. Return whether there is one."""
    st.header("Compare datasets")
    usable = [name for name in dataset.available() if set(scene.digits) <= set(dataset.digits_of(name))]
    missing = [name for name in dataset.available() if name not in usable]
    digits = ", ".join(map(str, scene.digits))
    st.markdown(
        f"Does a model trained on one dataset read the other? A linear model takes {STEPS:,} steps on the training "
        f"images of each, for the digits in play ({digits}), and is asked about the validation images of all."
    )
    if missing:
        st.caption("Without all digits in play, and so left out: " + ", ".join(map(dataset.safe_title, missing)))
    if len(usable) < 2:
        here = "Only one dataset here has all digits in play" if missing else "There is one dataset here so far"
        st.info(f"{here}. Download MNIST or bring your own digits, then compare.")
        return False
    key = keys.CHOSEN_TO_COMPARE
    if key in st.session_state:
        st.session_state[key] = [name for name in st.session_state[key] if name in usable]
    chosen = st.multiselect(
        "Datasets", usable, default=usable[:4], format_func=dataset.title, persist_state="session", key=key
    )
    scores = st.session_state.setdefault(keys.COMPARED, {})
    if st.button("Train and compare", type="primary", icon=":material/compare_arrows:", disabled=not chosen):
        try:
            _compare(scene.digits, chosen, scores)
        except Exception as problem:  # of any kind: from a worker, the cluster, or a dataset that has been deleted
            st.error(f"The comparison broke off: {problem or type(problem).__name__}")
    shown = {(a, b): scores.get((scene.digits, a, b)) for a in chosen for b in chosen}
    if not chosen or not all(shown.values()):
        return False
    _show_table(chosen, shown)
    return True


def add_to_comparison(name: str) -> None:
    """Add a dataset to those that are chosen. To be called from a widget's callback."""
    chosen = st.session_state.get(keys.CHOSEN_TO_COMPARE)
    if chosen is not None and name not in chosen:
        st.session_state[keys.CHOSEN_TO_COMPARE] = [*chosen, name]


def _compare(digits: tuple[int, ...], names: list[str], scores: dict) -> None:
    """Add the scores that are missing, with a progress bar; if an error ends it, those already there stay.

    scores: {(digits, trained on, tested on): (accuracy, images tested on, how many of them it was trained on)}.
    """
    datasets = {name: dataset.load(name) for name in names}
    sources = {name: pool().source(one, digits) for name, one in datasets.items()}
    loss, lr = ("mnist_loss", 1.0) if len(digits) == 2 else ("cross-entropy", 0.1)
    config, hyper = Config(digits, loss=loss), Hyperparameters(lr=lr)
    for trained_on in names:
        if all((digits, trained_on, tested_on) in scores for tested_on in names):
            continue
        run = JobRun(lane(), jobs.compare(sources[trained_on], list(sources.values()), config, hyper, STEPS))
        frames.wait_for(run, f"Training on {dataset.safe_title(trained_on)}")
        if run.problem:
            raise RuntimeError(run.problem)
        for tested_on, (accuracy, seen) in zip(names, run.answer, strict=True):
            images = sum(datasets[tested_on].valid.count(digit) for digit in digits)
            scores[digits, trained_on, tested_on] = accuracy, images, seen


def _show_table(names: list[str], scores: dict[tuple[str, str], tuple[float, int, int]]) -> None:
    titles = [plain(title) for title in dataset.distinct_titles(names)]
    written = {pair: f"{percent(accuracy)}{' *' if seen else ''}" for pair, (accuracy, _, seen) in scores.items()}
    st.table(
        pd.DataFrame(
            [[written[a, b] for b in names] for a in names],
            [f"trained on {title}" for title in titles],
            [f"tested on {title}" for title in titles],
        ),
        alt="Accuracy of a model trained on each dataset on the validation images of each",
    )
    counts = "; ".join(f"{dataset.safe_title(name)}: {scores[name, name][1]:,}" for name in names)
    st.caption(f"Share of right answers on validation images. How many those are: {counts}.")
    for (a, b), (_, images, seen) in scores.items():
        if seen:
            are, them = ("is", "it") if seen == 1 else ("are", "them")
            st.caption(
                f"\\* {seen:,} of the {images:,} validation images of {dataset.safe_title(b)} {are} among the training "
                f"images of {dataset.safe_title(a)}: the model has seen {them}, so this figure is too high."
            )

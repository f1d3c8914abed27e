"""Compare datasets: a linear model is trained on each, and asked about the validation images of all."""

from concurrent.futures import Future, wait
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.model import Params
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import jobs
from ui.frame import dataset
from ui.frame.scene import Scene
from ui.kit.text import percent, plain
from ui.server import pool
from ui.state import keys

STEPS = 2_000  # of gradient descent on each dataset, however many images it has
CHUNK = 0.2  # seconds of training between two looks


@dataclass(frozen=True)
class Score:
    """How a model trained on one dataset does on another: accuracy, of how many images, how many it learned from."""

    accuracy: float
    images: int
    seen: int


def show(scene: Scene) -> None:
    """Show the choice of datasets, the button, and the table once there is one."""
    usable = [name for name in dataset.available() if set(scene.digits) <= set(dataset.digits_of(name))]
    missing = [name for name in dataset.available() if name not in usable]
    digits = ", ".join(map(str, scene.digits))
    st.markdown(
        f"Does a model trained on one dataset read the other? A linear model takes {STEPS:,} steps on the training "
        f"images of each, for the digits in play ({digits}), and is asked about the validation images of all."
    )
    if missing:
        st.caption("Without all digits in play, and so left out: " + ", ".join(dataset.safe_title(n) for n in missing))
    if len(usable) < 2:
        st.info("There is one dataset here so far. Download MNIST or bring your own digits, then compare.")
        return
    if keys.CHOSEN_TO_COMPARE in st.session_state:
        kept_choice = [name for name in st.session_state[keys.CHOSEN_TO_COMPARE] if name in usable]
        st.session_state[keys.CHOSEN_TO_COMPARE] = kept_choice
    chosen = st.multiselect(
        "Datasets",
        usable,
        default=usable[:4],
        format_func=dataset.title,
        persist_state="session",
        key=keys.CHOSEN_TO_COMPARE,
    )
    done = st.session_state.setdefault(keys.COMPARED, {})
    if st.button("Train and compare", type="primary", icon=":material/compare_arrows:", disabled=not chosen):
        try:
            _compare(scene.digits, chosen, done)
        except Exception as problem:  # of the workers, of a cluster, or of a dataset that has gone
            st.error(f"The comparison broke off: {problem or type(problem).__name__}")
    scores = {(a, b): done.get((scene.digits, a, b)) for a in chosen for b in chosen}
    if chosen and all(scores.values()):
        _table(chosen, scores)


def add(name: str) -> None:
    """Put a dataset among those to compare. To be called from a widget's callback."""
    chosen = st.session_state.get(keys.CHOSEN_TO_COMPARE)
    if chosen is not None and name not in chosen:
        st.session_state[keys.CHOSEN_TO_COMPARE] = [*chosen, name]


def _compare(digits: tuple[int, ...], names: list[str], done: dict) -> None:
    """Fill in what is not there yet of the table, with a progress bar; what is computed stays if it breaks off."""
    bar = st.progress(0.0, "Reading the digits")
    sources = {name: pool().source(dataset.load(name), digits) for name in names}
    config = Config(digits, loss="mnist_loss" if len(digits) == 2 else "cross-entropy")
    for place, trained_on in enumerate(names):
        if all((digits, trained_on, tested_on) in done for tested_on in names):
            continue
        title = dataset.safe_title(trained_on)

        def show_share(share: float, place: int = place, title: str = title) -> None:
            bar.progress((place + share) / len(names), f"Training on {title}")

        params = _train(sources[trained_on], config, show_share)
        for tested_on in names:
            asked = pool().executor.submit(jobs.compare, params, sources[trained_on], sources[tested_on], config.loss)
            done[digits, trained_on, tested_on] = Score(*_result(asked, lambda show_share=show_share: show_share(1.0)))
    bar.empty()


def _train(source, config: Config, show_share) -> Params:
    now = start(config)
    hyper = Hyperparameters(lr=1.0 if len(config.digits) == 2 else 0.1)
    while now.step < STEPS and not now.stopped:
        show_share(now.step / STEPS)
        chunk = pool().executor.submit(train_steps, now, source, config, hyper, STEPS - now.step, CHUNK)
        now, _ = _result(chunk, lambda share=now.step / STEPS: show_share(share))
    return now.params


def _result(future: Future, meanwhile):
    """Wait for a worker; drawing meanwhile lets Streamlit end the wait when the person has gone elsewhere."""
    while not wait([future], 0.5).done:
        meanwhile()
    return future.result()


def _table(names: list[str], scores: dict[tuple[str, str], Score]) -> None:
    titles = [plain(title) for title in dataset.distinct_titles(names)]
    cells = [[f"{percent(scores[a, b].accuracy)}{' *' if scores[a, b].seen else ''}" for b in names] for a in names]
    st.table(
        pd.DataFrame(cells, index=[f"trained on {t}" for t in titles], columns=[f"tested on {t}" for t in titles]),
        alt="Accuracy of a model trained on each dataset on the validation images of each",
    )
    counts = "; ".join(f"{dataset.safe_title(n)}: {scores[n, n].images:,}" for n in names)
    st.caption(f"Share of right answers on validation images. How many those are: {counts}.")
    for (a, b), score in scores.items():
        if score.seen:
            st.caption(
                f"\\* {score.seen:,} of the {score.images:,} validation images of {dataset.safe_title(b)} are among "
                f"the training images of {dataset.safe_title(a)}: the model has seen them, so this figure is too high."
            )

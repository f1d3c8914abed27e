"""How often each method knows a drawn digit: measured by the server on validation digits that it redraws with a pen."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import streamlit as st
from torch import Tensor

from core.dataset import Dataset
from core.distance import DISTANCES, distances_to
from live.drawn_digits import DrawnDigits
from ui.draw.models import NAMES, DigitModel
from ui.frame import baseline
from ui.frame.scene import Scene
from ui.kit.text import counted, percent
from ui.server import BY_FOLDER, pool


def is_redrawing(scene: Scene) -> bool:
    """Return whether the validation digits are still being redrawn."""
    return drawn_digits_of(scene.dataset).waits


def show_how_often_right(scene: Scene, ready: Sequence[DigitModel]) -> None:
    """Say how often the ideals and each of the app's models are right; nothing while the digits are being redrawn."""
    drawn = drawn_digits_of(scene.dataset)
    if drawn.ready:
        methods = dict.fromkeys(DISTANCES) | {model.name: model for model in ready if model.name in NAMES.values()}
        st.caption(sentence({name: _counted(scene, name, drawn, model) for name, model in methods.items()}))


def sentence(right: dict[str, tuple[int, int]]) -> str:
    """Say how often each method is right. right: how many digits it knows, of how many, by its name."""
    (_, n), *_ = right.values()
    shares = ", ".join(f"{name} **{percent(known / n)}**" for name, (known, _) in right.items())
    return (
        f"Which one to trust? Of {counted(n, 'validation image')}, warped and redrawn with a pen by this server, "
        f"the methods know: {shares}."
    )


def drawn_digits_of(dataset: Dataset) -> DrawnDigits:
    """Return the redrawn validation digits of a dataset. The first call begins to redraw them in the background."""
    drawn = _kept(dataset)
    with suppress(Exception):  # the workers have been shut down, or the cluster has gone: a later call tries again
        drawn.retry()
    return drawn


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_FOLDER)
def _kept(dataset: Dataset) -> DrawnDigits:
    here = pool()
    return DrawnDigits(here.lane(background=True), here.source(dataset, dataset.digits), dataset.digits)


@st.cache_data(max_entries=300, show_spinner=False, hash_funcs=baseline.BY_DIGITS)
def _counted(scene: Scene, name: str, _drawn: DrawnDigits, _model: DigitModel | None) -> tuple[int, int]:
    """Return how many redrawn digits a method knows, and of how many. _model: None for a distance."""

    def by_distance(xb: Tensor) -> Tensor:
        return -distances_to(xb.view(-1, 28, 28), baseline.ideals(scene), DISTANCES[name])

    method: Callable[[Tensor], Tensor] = _model.model if _model else by_distance
    return _drawn.accuracy(method, scene.digits)

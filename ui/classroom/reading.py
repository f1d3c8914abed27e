"""What each method reads in the drawings of a class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from core.distance import DISTANCES, distances_to, nearest
from core.ideal import to_unit
from live.classroom.room import Drawing
from ui.frame import baseline
from ui.frame.baseline import BY_DIGITS
from ui.frame.scene import Scene
from ui.state import keys

Answers = dict[int, tuple[int, ...]]  # what each method says of a drawing, by the number of the drawing
AT_ONCE = 100  # drawings that are judged in one look: a look may not take long
COMPARED = 200  # validation images of each digit


@dataclass(frozen=True)
class Method:
    """A method that judges drawings. model: of (n, 784) float32 in [0, 1], a logit for each digit in play."""

    name: str
    model: Callable[[Tensor], Tensor]


def methods_of(scene: Scene, models: Sequence) -> list[Method]:
    """Return the nearest ideal by L1 and by L2, then the models. models: each with what a `Method` has."""
    ideals = baseline.ideals(scene)

    def by(distance) -> Callable[[Tensor], Tensor]:
        return lambda xb: -distances_to(xb.reshape(-1, *ideals.shape[1:]), ideals, distance)

    return [*(Method(name, by(distance)) for name, distance in DISTANCES.items()), *models]


def answers(scene: Scene, methods: list[Method], drawings: Sequence[Drawing]) -> Answers:
    """Return what each method says of each drawing. New ones are judged now, some at a time."""
    stamp = str(scene.dataset.folder), scene.digits, tuple(method.name for method in methods)
    known = st.session_state.get(keys.CLASS_READ, (None, {}))
    known = known[1] if known[0] == stamp else {}
    new = [one for one in drawings if one.id not in known][:AT_ONCE]
    if new:
        units = to_unit(torch.from_numpy(np.stack([one.pixels for one in new]))).flatten(1)
        said = [_digits(method, units, scene.digits) for method in methods]
        known = {**known, **{one.id: tuple(row) for one, row in zip(new, zip(*said, strict=True), strict=True)}}
    st.session_state[keys.CLASS_READ] = stamp, known
    return {one.id: known[one.id] for one in drawings if one.id in known}


def _digits(method: Method, units: Tensor, digits: tuple[int, ...]) -> list[int]:
    with torch.no_grad():
        places = nearest(-method.model(units))
    return [digits[place] for place in places.tolist()]


@st.cache_data(max_entries=60, show_spinner=False, hash_funcs=BY_DIGITS)
def shares_of_strangers(scene: Scene, names: tuple[str, ...], _methods: list[Method]) -> list[float]:
    """Return which share of the dataset's validation images each method reads, of at most COMPARED of each digit."""
    right, images = [0] * len(names), 0
    for digit in scene.digits:
        units = to_unit(scene.images("valid", digit)[:COMPARED]).flatten(1)
        images += len(units)
        for place, method in enumerate(_methods):
            right[place] += _digits(method, units, scene.digits).count(digit)
    return [count / images for count in right]


def table(methods: list[Method], digits: tuple[int, ...], judged: Sequence[Drawing], said: Answers) -> pd.DataFrame:
    """Count how many drawings each method reads: a row a method, a column for each digit and one for all."""
    rows = {}
    for place, method in enumerate(methods):
        right = {digit: [said[one.id][place] == digit for one in judged if one.meant == digit] for digit in digits}
        cells = [f"{sum(of)} of {len(of)}" if of else "–" for of in right.values()]
        every = [one for of in right.values() for one in of]
        rows[method.name] = [f"{sum(every)} of {len(every)}", *cells]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["All", *(f"Of the {digit}" for digit in digits)])

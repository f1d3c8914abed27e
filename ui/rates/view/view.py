"""The view of a sweep in the browser: what it is sent, and what it says that a person looks at."""

import base64
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from core.rates.verdicts import DIVERGED, LEARNED, Verdict
from live.sweep_run import SweepRun
from ui.component import component
from ui.kit.text import verdict_in_words
from ui.rates.sweep_charts import DEPTH, edges
from ui.rates.sweep_words import ORDER
from ui.state import keys, session
from ui.state.setting_kinds import plain

HERE = Path(__file__)
SCRIPTS = (HERE.parents[2] / "live_view" / "weights.js", HERE.with_name("plot.js"))  # view.js uses both
PICTURES_AHEAD = 200_000  # bytes: if those of all rates take no more, they are sent before anybody asks
PINNED = 2
SHAPES = ("circle", "triangle-left", "diamond", "triangle-right", "square", "triangle-up", "triangle-down", "cross")

_component = component(HERE.with_suffix(".js"), before="".join(one.read_text(encoding="utf-8") for one in SCRIPTS))


def show_view(
    run: SweepRun,
    verdicts: list[Verdict],
    best: int | None,
    top: float,
    logarithmic: bool,
    earlier: list[tuple[str, list[float]]],
) -> None:
    """Show the curves of a sweep, the U, and the rates that are looked at. To be called in a fragment.

    verdicts: of all rates, none before the first epoch; best: the place of the best rate; top: the highest loss shown;
    earlier: of each optimiser before this one its name, and the last loss of each rate.
    """

    def look() -> None:
        chosen, pinned = _read(session.came_with(keys.SWEEP_VIEW, "look"), run)
        st.session_state[keys.PINNED] = run.name, pinned
        if chosen is not None:
            st.session_state["lab_rate"] = run.rates[chosen]

    chosen, pinned = chosen_place(run), _pinned(run)
    data = {
        "run": run.name,
        "rates": run.rates,
        "edges": edges(run.rates),
        "epochs": run.epochs,
        "top": top,
        "depth": DEPTH,
        "logarithmic": logarithmic,
        "playing": run.playing,
        "positions": _as_text(run.curve.positions),
        "curves": _as_text(run.curve.losses),
        "train": _as_text(run.column("train_loss")),
        "valid": _as_text(run.column("valid_loss")),
        "accuracy": _as_text(run.column("valid_accuracy")[-1:]),
        "kinds": [verdict.kind for verdict in verdicts],
        "words": [verdict_in_words(verdict) for verdict in verdicts],
        "shapes": dict(zip(ORDER, SHAPES, strict=True)),
        "good": LEARNED,
        "lost": DIVERGED,
        "best": best,
        "earlier": [[name, _as_text(torch.tensor(losses))] for name, losses in earlier],
        "chosen": chosen,
        "pinned": pinned,
        "weights": _pictures(run, [*pinned, best if chosen is None else chosen]),
    }
    _component(key=keys.SWEEP_VIEW, data=data, on_look_change=look)
    rate = session.value("lab_rate")
    session.keep_in_link("lab_rate", "" if rate is None else plain(rate))


def chosen_place(run: SweepRun) -> int | None:
    """Return the place of the rate that is nearest to the chosen one, None if none was chosen."""
    chosen = session.value("lab_rate")
    if chosen is None:
        return None
    return min(range(len(run.rates)), key=lambda place: abs(run.rates[place] - chosen))


def _pinned(run: SweepRun) -> list[int]:
    of, pinned = st.session_state.get(keys.PINNED, (None, []))
    return pinned if of == run.name else []


def _read(sent: object, run: SweepRun) -> tuple[int | None, list[int]]:
    """Return the places of the chosen and of the pinned rates. A browser may send anything."""
    places = range(len(run.rates))
    match sent:
        case {"run": name, "chosen": None | int() as chosen, "pinned": [*pinned]} if name == run.name:
            if (chosen is None or chosen in places) and all(type(one) is int and one in places for one in pinned):
                return chosen, pinned[:PINNED]
    return None, _pinned(run)


def _pictures(run: SweepRun, looked: list[int | None]) -> dict[str, str]:
    """Return the weights of the rates that are looked at; of all, if the sweep is at rest and they are few."""
    places = sorted({place for place in looked if place is not None})
    if not run.playing:
        everything = run.weights([*range(len(run.rates))])
        if everything.numel() <= PICTURES_AHEAD:
            return {str(place): _as_text(picture) for place, picture in enumerate(everything)}
    return {str(place): _as_text(picture) for place, picture in zip(places, run.weights(places), strict=True)}


def _as_text(numbers: Tensor) -> str:
    """Write float32 or int8 as they lie in memory, as a text, as JSON needs it."""
    return base64.b64encode(np.ascontiguousarray(numbers.numpy()).tobytes()).decode()

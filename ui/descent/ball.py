"""The loss of one weight, with a ball on its curve that can be dragged."""

from pathlib import Path

import pandas as pd
import streamlit as st
import torch

from core.descent import Curve
from ui.component import component
from ui.descent.computed import WEIGHTS
from ui.kit.live_slider import NEWEST, set_live
from ui.kit.text import counted, number
from ui.state import keys, session

_component = component(
    Path(__file__).with_suffix(".js"),
    """<svg class="ball" viewBox="0 0 400 300"><g class="axes"></g>
<svg x="46" y="6" width="348" height="260" viewBox="46 6 348 260"><g class="lines"></g><g class="moving"></g></svg>
<g class="handle" tabindex="0" role="slider"><circle class="near" r="20"></circle><circle class="dot" r="8"></circle>
<path class="arrows" d="M-13 -4l-4 4l4 4M13 -4l4 4l-4 4"></path></g></svg>""",
    NEWEST,
)


def ball(name: str, label: str, curve: Curve, edge: float, path: pd.DataFrame | None = None) -> None:
    """Show a curve with a ball where a setting puts it. The setting follows the ball, as it does a live slider.

    edge: the curve goes from -edge to edge. path: w, loss, gradient and step for each point of a path that is drawn;
    then the ball is where it starts. Without one, the ball has a tangent.
    """
    key = keys.BALL + name
    seen = keys.MOVED + key

    def moved() -> None:
        match session.came_with(key, "move"):
            case {"place": int(place), "number": int(sent), "done": bool(done)} if 0 <= place < len(WEIGHTS):
                st.session_state[seen] = sent
                set_live(name, WEIGHTS[place], done)

    grid = torch.linspace(-edge, edge, 241, dtype=torch.float64)  # enough to look like a curve
    points = pd.DataFrame({"w": grid, "loss": curve.loss(grid)})
    low, high = points.loss.min(), points.loss.max()
    w = session.value(name)
    data = {
        "label": label,
        "number": st.session_state.get(seen, 0),
        "place": min(range(len(WEIGHTS)), key=lambda place: abs(WEIGHTS[place] - w)),
        "first": WEIGHTS[0],
        "step": 0.1,
        "last": len(WEIGHTS) - 1,
        "across": [-edge, edge],
        "up": [low - 0.06 * (high - low), high],
        "curve": points.round(5).values.tolist(),
        "tangent": path is None,
        "path": [] if path is None else [_point(n, *row) for n, row in enumerate(path.values.tolist())],
    }
    _component(key=key, data=[data], on_move_change=moved)


def _point(n: int, w: float, loss: float, gradient: float, step: float) -> dict:
    said = f"After {counted(n, 'step')}: w {number(w, '.4f')}, loss {number(loss, '.4f')}"
    said += f", gradient {number(gradient, '+.4f')}, next step {number(step, '+.4f')}"
    return {"w": w, "loss": loss, "said": said}

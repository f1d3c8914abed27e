"""The live view of a training run: it draws the curves, the weights and the numbers in the browser."""

import json
import time
from pathlib import Path

import streamlit as st

from core.training.run import Epoch
from ui.state import keys

HERE = Path(__file__).parent
Earlier = tuple[str, list[float], list[float]]  # a run's name, its curves of loss and accuracy: x and y in turn
SCRIPTS = ("curve.js", "chart.js", "weights.js", "film.js", "view.js")  # each uses those before it

_component = st.components.v2.component(
    "three_or_seven.live_view",
    html=(HERE / "view.html").read_text(encoding="utf-8"),
    css=(HERE / "view.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
    isolate_styles=False,
)


def show_view(run: str, playing: bool, pace: str, logarithmic: bool, caption: str, earlier: list[Earlier]) -> None:
    """Show the view. It asks for the numbers of the run by itself. When the run ends by itself, the page runs again.

    run: its name, for which a feed is open. playing: whether it plays now. pace: one of PACES; caption: what the
    picture of the weights says.
    """
    data = {
        "run": run,
        "playing": playing,
        "pace": pace,
        "logarithmic": logarithmic,
        "caption": caption,
        "earlier": earlier,
    }
    # The time makes each message another one: the browser is to ask now, because something may have changed.
    data |= {"columns": Epoch._fields, "now": time.monotonic_ns()}
    # An event needs a callback, even one that does nothing.
    _component(key=keys.VIEW, data=json.dumps(data), on_end_change=lambda: None)

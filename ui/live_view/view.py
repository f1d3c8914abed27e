"""The live view of a training run: it draws the curves, the weights and the numbers in the browser."""

from pathlib import Path

import streamlit as st

from core.training.run import Epoch
from ui.state import keys

HERE = Path(__file__).parent
SCRIPTS = ("curve.js", "chart.js", "weights.js", "film.js", "view.js")  # each uses those before it

_component = st.components.v2.component(
    "three_or_seven.live_view",
    html=(HERE / "view.html").read_text(encoding="utf-8"),
    css=(HERE / "view.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
    isolate_styles=False,
)


def show_view(pace: str, logarithmic: bool, caption: str, earlier: list[tuple[str, list[float], list[float]]]) -> None:
    """Show the view. Its numbers come from a feed on the same page.

    pace: one of PACES; caption: what the picture of the weights says. earlier: of each earlier run its name, and its
    curves of loss and of accuracy, x and y of their points in turn.
    """
    epoch = list(Epoch._fields)
    data = {"pace": pace, "logarithmic": logarithmic, "caption": caption, "earlier": earlier, "columns": epoch}
    _component(key=keys.VIEW, data=data)

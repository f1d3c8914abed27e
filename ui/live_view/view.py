"""The live view of a training run: it draws the curves, the weights and the numbers in the browser."""

import json
import time
from pathlib import Path

from core.training.run import Epoch
from ui.component import component
from ui.state import keys

HERE = Path(__file__)
Earlier = tuple[str, list[float], list[float]]  # a run's name, its curves of loss and accuracy: x and y in turn
SCRIPTS = ("bounded_curve.js", "line_chart.js", "weights.js", "film.js")  # what view.js uses

_component = component(
    HERE.with_suffix(".js"),
    before="".join(HERE.with_name(name).read_text(encoding="utf-8") for name in SCRIPTS),
    isolate_styles=False,
)


def show_view(run: str, playing: bool, pace: str, logarithmic: bool, caption: str, earlier: list[Earlier]) -> None:
    """Show the view. It asks for the numbers of the run by itself. When the run ends by itself, the page runs again.

    run: its name, for which a feed is open; playing: whether it plays now; pace: one of PACES; caption: what the
    picture of the weights says; earlier: runs to draw faintly behind it.
    """
    data = {
        "run": run,
        "playing": playing,
        "pace": pace,
        "logarithmic": logarithmic,
        "caption": caption,
        "earlier": earlier,
        "columns": Epoch._fields,
        "now": time.monotonic_ns(),  # each message is another one: the browser is to ask, as something may have changed
    }
    # An event needs a callback, even one that does nothing.
    _component(key=keys.VIEW, data=json.dumps(data), on_end_change=lambda: None)

"""What the Gradient descent page shows, computed from its settings; the slow parts once for the whole server."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from core import descent
from ui.state import choices

PRESETS = {  # for each loss, the rate and the start with which a dozen steps show it
    "Good": {"Square": (0.3, -4.0), "Tilted and shifted": (0.15, -4.0), "Two valleys": (0.1, -4.0)},
    "Too small": {"Square": (0.01, -4.0), "Tilted and shifted": (0.005, -4.0), "Two valleys": (0.003, -4.0)},
    "Bouncing": {"Square": (0.9, -4.0), "Tilted and shifted": (0.45, -4.0), "Two valleys": (0.35, -3.0)},
    "Diverging": {"Square": (1.05, -4.0), "Tilted and shifted": (0.55, -4.0), "Two valleys": (0.5, -4.0)},
}
PRESET_STEPS = 12
FIT_PRESETS = {  # how time is counted, the rate, and the steps
    "Good fit": ("Scaled", 0.5, 100),
    "Diverging fit": ("Scaled", 0.95, 10),
    "Time in seconds": ("Seconds", 0.000025, 500),
}
CELLS = 28  # along each side of the loss map
WEIGHTS = [tenth / 10 for tenth in range(-40, 41)]  # where the one weight can be put
EDGE = choices.LARGEST_WEIGHT + 0.5  # where the axis of the one weight ends


@dataclass(frozen=True)
class Fit:
    """A quadratic being fitted to a ball's speeds: the points, the path of its weights, and where it should end.

    scaled: whether t, which the quadratic takes, is scaled time. seconds, t, speeds: (21,) float64.
    best: the weights of the best fit, (3,) float64, and least their loss. limit: the largest rate that can settle.
    loss: takes weights, (..., 3), and returns (...).
    """

    scaled: bool
    lr: float
    seconds: Tensor
    t: Tensor
    speeds: Tensor
    loss: Callable[[Tensor], Tensor]
    path: descent.Path
    best: Tensor
    least: float
    limit: float

    def axis(self, place: int) -> tuple[float, float]:
        """Return the ends of an axis with room for the start, the best value, and the path unless it diverges."""
        values = [0.0, self.best[place].item(), *([] if self.path.diverged else self.path.weights[:, place].tolist())]
        room = 0.3 * (max(values) - min(values))
        return min(values) - room, max(values) + room

    def cells(self, weights: Tensor, across: int, up: int) -> pd.DataFrame:
        """Return the cells of the loss map as layer, x, x2, y, y2, loss. The third weight is held where it is."""
        (left, right), (bottom, top) = self.axis(across), self.axis(up)
        wide, high = (right - left) / CELLS, (top - bottom) / CELLS
        xs, ys = left + wide * torch.arange(CELLS), bottom + high * torch.arange(CELLS)
        losses = descent.loss_map(self.loss, weights, across, up, xs + wide / 2, ys + high / 2)
        frame = pd.DataFrame({"x": xs.repeat(CELLS), "y": ys.repeat_interleave(CELLS), "loss": losses.flatten()})
        return frame.assign(layer="cell", x2=frame.x + wide, y2=frame.y + high)


@st.cache_resource(max_entries=200, show_spinner=False)
def fit(seed: int, time: str, lr: float) -> Fit:
    """Fit the quadratic by gradient descent from weights of 0, with the time "Scaled" or in "Seconds"."""
    seconds, speeds = descent.ball_speeds(seed)
    t = descent.scale_time(seconds) if time == "Scaled" else seconds
    loss = partial(descent.fit_loss, t=t, targets=speeds)
    path = descent.descend(loss, torch.zeros(3, dtype=torch.float64), lr, choices.MOST_FIT_STEPS)
    best = descent.best_fit(t, speeds)
    limit = descent.rate_limit(loss, best)
    return Fit(time == "Scaled", lr, seconds, t, speeds, loss, path, best, loss(best).item(), limit)


@st.cache_resource(max_entries=500, show_spinner=False)
def steps_by_rate(curve: str, start: float) -> tuple[Tensor, Tensor]:
    """Return rates from 0.001 to 2, and how many steps each takes to a bottom, -1 if it never settles: (n,) each."""
    grid = torch.logspace(-3, 0.301, 200, dtype=torch.float64)
    lrs = torch.cat([grid, torch.tensor(choices.RATES, dtype=torch.float64)]).unique()
    return lrs, descent.steps_to_bottom(descent.CURVES[curve], lrs, start)

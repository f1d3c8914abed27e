"""What the Gradient descent page says of a path, against simulations of that path that go on for much longer."""

import numpy as np
import pytest
import torch

from core.descent import CURVES, descend
from ui.descent.words import what_is_seen
from ui.state import choices

DERIVATIVES = {"Square": [2, 0], "Tilted and shifted": [4, -2], "Two valleys": [0.4, 0, -2.1, 1]}  # for np.polyval
BOTTOMS = {"Square": [0], "Tilted and shifted": [0.5], "Two valleys": [-2.5, 2]}
LONG = 3000
RATES = {"Square": [0.05, 0.9, 1.0, 1.05], "Tilted and shifted": [0.02, 0.45, 0.5, 0.55, 2.0]}
STEPS = (1, 2, 3, 4, 7, 12, 30, 50)


def simulated(name: str, rate: float, starts: np.ndarray) -> np.ndarray:
    """Return the weights after each of many steps from each start, (LONG + 1, starts); infinite once they are lost."""
    path = [starts]
    for _ in range(LONG):
        w = path[-1] - rate * np.polyval(DERIVATIVES[name], np.nan_to_num(path[-1], posinf=0))
        path.append(np.where(abs(w) <= 1000, w, np.inf) + np.where(np.isinf(path[-1]), np.inf, 0))
    return np.stack(path)


def claims(name: str, rate: float):
    """Yield what is said of each start after some steps: the text, the step, and the long path from that start."""
    starts = np.arange(-4, 4.1, 0.4).round(1)
    for start, long in zip(starts, simulated(name, rate, starts).T, strict=True):
        path = descend(CURVES[name].loss, torch.tensor(start, dtype=torch.float64), rate, choices.MOST_STEPS)
        for n in STEPS:
            if n < len(path.losses):
                yield what_is_seen(CURVES[name], path, rate, n), n, long


def settles(name: str, long: np.ndarray) -> bool:
    return bool(np.isfinite(long[-1]) and abs(long[-1] - BOTTOMS[name]).min() < 0.01)


@pytest.mark.parametrize("rate", [0.01, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("n", [1, 3, 5])
def test_on_top_of_a_hill_no_rate_is_blamed(rate, n):
    assert np.polyval(DERIVATIVES["Two valleys"], 0.5) == pytest.approx(0, abs=1e-12)  # and no bottom is near
    path = descend(CURVES["Two valleys"].loss, torch.tensor(0.5, dtype=torch.float64), rate, choices.MOST_STEPS)
    assert what_is_seen(CURVES["Two valleys"], path, rate, n).startswith("**On top of a hill.**")


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        *((name, rate) for name, rates in RATES.items() for rate in rates),
        *(("Two valleys", rate) for rate in choices.RATES if rate >= 0.25),
    ],
)
def test_what_is_said_of_a_path_is_what_becomes_of_it(name, rate):
    said = set()
    for text, n, long in claims(name, rate):
        said.add(kind := text.split("**")[1])
        match kind:
            case "Diverged." | "Diverging.":
                assert np.isinf(long[-1]), (text, long[:60])
            case "At the bottom" | "On its way." | "Too slow.":
                assert settles(name, long), (text, long[:60])
            case "Bouncing.":
                crossed = np.diff(np.sign(np.diff(long[n - 3 : n + 1])))
                assert (crossed != 0).all(), (text, long[:60])
                assert settles(name, long) or "nearer each time" not in text
            case "Jumping about.":
                steps = np.diff(long[n : n + 50][np.isfinite(long[n : n + 50])])
                assert (np.diff(np.sign(steps)) != 0).any(), (text, long[:60])
            case _:
                raise AssertionError(text)
    assert said


def test_a_path_that_lands_higher_in_the_shallow_valley_and_settles_there_is_not_called_diverging():
    curve = CURVES["Two valleys"]
    path = descend(curve.loss, torch.tensor(-2.4, dtype=torch.float64), 0.7, choices.MOST_STEPS)
    assert path.losses[-1] > path.losses[0]
    assert abs(path.weights[-1] - 2) < 0.01
    assert not any("Diverg" in what_is_seen(curve, path, 0.7, n) for n in range(choices.MOST_STEPS + 1))
    assert "**At the bottom**, 2." in what_is_seen(curve, path, 0.7, choices.MOST_STEPS)

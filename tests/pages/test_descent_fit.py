"""The fit of several weights on the Gradient descent page: its curve, its map and its table follow core's steps."""

import numpy as np
import pytest

from core.descent import ball_speeds, scale_time
from tests.pages.descent_page import fitted, layer
from tests.pages.visitor import numbers
from ui.descent.computed import FIT_PRESETS
from ui.state import keys
from ui.state.settings import SETTINGS


def polynomial(time="Scaled", seed=0):
    seconds, speeds = ball_speeds(seed)
    return (scale_time(seconds) if time == "Scaled" else seconds).numpy(), speeds.numpy()


@pytest.mark.parametrize("seed", [0, 7])
def test_the_curve_the_points_and_the_table_follow_the_weights(descent, seed):
    visitor, (t, speeds) = descent(fit_steps="20").set(measured=seed), polynomial(seed=seed)
    table = fitted(visitor)
    error = np.polyval(table["Now"], t) - speeds
    by_hand = [np.mean(2 * error * t**power) for power in (2, 1, 0)]
    assert table["Partial derivative"].tolist() == pytest.approx(by_hand, abs=1e-4)
    assert table["Next step"].tolist() == pytest.approx((-0.5 * table["Partial derivative"]).tolist(), abs=1e-4)
    assert table["Best"].tolist() == pytest.approx(np.polyfit(t, speeds, 2).tolist(), abs=1e-4)
    points = layer(visitor, "point", "seconds", "speed", "fitted")
    assert points.speed.tolist() == pytest.approx(speeds.tolist())
    assert points.fitted.tolist() == pytest.approx(np.polyval(table["Now"], t).tolist(), abs=1e-3)
    assert numbers(visitor.line("The loss is **"))[0] == pytest.approx(np.mean(error**2), abs=1e-3)


def test_steps_bend_the_curve_into_place(descent):
    visitor = descent(fit_steps="0")
    assert fitted(visitor)["Now"].tolist() == [0, 0, 0]
    visitor.set(fit_steps=300)
    assert fitted(visitor)["Now"].tolist() == fitted(visitor)["Best"].tolist()
    curve, best = (layer(visitor, name, "seconds", "speed", "fitted").speed for name in ("curve", "best"))
    assert curve.tolist() == pytest.approx(best.tolist(), abs=1e-4)


def test_the_loss_is_drawn_after_each_step(descent):
    visitor = descent(fit_steps="30")
    shown = layer(visitor, "loss", "n", "loss")
    assert shown.n.tolist() == list(range(31))
    assert shown.loss.is_monotonic_decreasing
    assert shown.loss.iloc[-1] == pytest.approx(numbers(visitor.line("The loss is **"))[0], abs=1e-4)


def test_above_its_limit_the_fit_diverges_and_says_so(descent):
    visitor = descent(fit_steps="500").set(fit_rate=1.0)
    assert "**Diverged**" in visitor.text
    assert fitted(visitor)["Now"].abs().max() > 1000


@pytest.mark.parametrize(
    ("preset", "loss"), [("Good fit", (0.5, 0.6)), ("Diverging fit", (30, 1e4)), ("Time in seconds", (4, 20))]
)
def test_one_click_sets_up_each_fit(descent, preset, loss):
    visitor = descent()
    visitor.app.get_by_key(f"fit_preset_{preset}").click()
    assert visitor.run().value("fit_steps") == 1
    visitor.set(fit_steps=FIT_PRESETS[preset][2] - 9)  # that it plays faster and faster is shown below
    while visitor.app.session_state[keys.PLAYS + "fit_steps"]:
        before = visitor.value("fit_steps")
        assert visitor.run().value("fit_steps") >= before
    shown = numbers(visitor.line("The loss is **"))[0]
    assert loss[0] < shown < loss[1]
    assert tuple(map(visitor.value, ("time", "fit_rate", "fit_steps"))) == FIT_PRESETS[preset]


def test_with_time_in_seconds_the_page_shows_the_tiny_limit(descent):
    visitor, (t, _) = descent(fit_steps="500").set(time="Seconds"), polynomial("Seconds")
    powers = np.stack([t**2, t, t**0], 1)
    limit = 2 / np.linalg.eigvalsh(2 / len(t) * powers.T @ powers).max()
    assert f"**{limit:.6f}**" in visitor.line("With t in **seconds**")
    assert "**Diverged**" in visitor.text


@pytest.mark.parametrize("plane", SETTINGS["plane"].widget["options"])
def test_the_map_holds_the_loss_over_the_two_weights_that_are_chosen(descent, plane):
    visitor, (t, speeds) = descent(fit_steps="10").set(plane=plane), polynomial()
    now = fitted(visitor)["Now"]
    cells = layer(visitor, "cell", "x", "y", "loss")
    assert len(cells) == 28 * 28
    across, up = plane.split(" and ")
    for cell in cells[::97].itertuples():
        weights = now.copy()
        weights[across], weights[up] = (cell.x + cell.x2) / 2, (cell.y + cell.y2) / 2
        assert cell.loss == pytest.approx(np.mean((np.polyval(weights, t) - speeds) ** 2), rel=1e-3)
    (here,) = layer(visitor, "now", "x", "y", "loss").itertuples()
    assert (here.x, here.y) == pytest.approx((now[across], now[up]), abs=1e-4)
    assert here.loss == pytest.approx(numbers(visitor.line("The loss is **"))[0], abs=1e-4)
    assert len(layer(visitor, "path", "x", "y", "loss")) == 11


@pytest.mark.parametrize("time", ["Scaled", "Seconds"])
def test_the_cross_is_where_the_map_is_lowest(descent, time):
    visitor = descent(fit_steps="40").set(time=time, fit_rate=0.000025 if time == "Seconds" else 0.5)
    (cross,) = layer(visitor, "best", "x", "y", "loss").itertuples()
    (t, speeds), now = polynomial(time), fitted(visitor)["Now"]
    lowest = np.linalg.lstsq(np.stack([t**2, t**0], 1), speeds - now["b"] * t, rcond=None)[0]
    assert (cross.x, cross.y) == pytest.approx(lowest, abs=1e-2)


def test_a_loss_that_climbs_is_called_diverging_and_one_that_is_far_off_is_not_called_the_least(descent):
    climbing = descent(fit_steps="10").set(fit_rate=0.95)
    assert "**Diverging**" in climbing.line("The loss is **")
    far = climbing.set(fit_rate=0.5, fit_steps=2).line("The loss is **")
    assert "still some way" in far
    assert "noisy" not in far
    assert "noisy" in climbing.set(fit_steps=300).line("The loss is **")


def test_one_step_and_reset_work_on_the_fit_too(descent):
    visitor = descent(fit_steps="5").press("One step", 1)
    assert visitor.value("fit_steps") == 6
    assert visitor.press("Reset", 1).value("fit_steps") == 0
    assert visitor.value("steps") == 5  # the other player's


def test_the_fit_plays_faster_and_faster(descent):
    visitor = descent(fit_steps="0").press("Run", 1)
    assert [visitor.run().value("fit_steps") for _ in range(3)] == [2, 3, 4]
    before = visitor.set(fit_steps=80).value("fit_steps")
    assert visitor.run().value("fit_steps") > before + 8

"""The Gradient descent page: what it shows is what core computes, and every widget changes what it says it does."""

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from core.descent import CURVES, ball_speeds, descend, scale_time, slope_by_difference, steps_to_bottom
from tests.pages.visitor import numbers
from ui import state
from ui.descents import FIT_PRESETS, PRESETS


@pytest.fixture
def descent(visit):
    """Return a function that opens the page with some settings in its link."""
    return lambda **link: visit("gradient_descent", **link)


def layer(visitor, name, *fields) -> pd.DataFrame:
    """Return the rows of one layer of the one chart whose data have these fields."""
    frames = [convert_arrow_bytes_to_pandas_df(c.proto.data.data) for c in visitor.app.get("vega_lite_chart")]
    (found,) = (
        frame[frame.layer == name] for frame in frames if {"layer", *fields} <= {*frame} and name in {*frame.layer}
    )
    return found.reset_index(drop=True)


def path_points(visitor):
    """Return the path on the curve of one weight."""
    return layer(visitor, "path", "w", "loss", "gradient", "step")


def derivatives(visitor):
    """Return the derivative by the rule, the finite difference and autograd, as shown."""
    return visitor.table("Finite difference")["Derivative"].astype(float).tolist()


def fitted(visitor):
    """Return the table of the three weights, as numbers where there are numbers."""
    return visitor.table("Partial derivative").drop(columns="By the rule").astype(float)


# One weight


def test_at_3_the_square_has_the_slope_6_in_all_three_ways(descent):
    visitor = descent()
    assert visitor.metric("Slope") == "+6.0000"
    assert visitor.metric("Loss here") == "9.0000"
    assert derivatives(visitor) == pytest.approx([6, 6, 6])


@pytest.mark.parametrize("name", CURVES)
def test_moving_the_weight_moves_the_point_the_tangent_and_the_slope(descent, name):
    visitor, curve = descent().set(curve=name).set(weight=-2.0), CURVES[name]
    (here,) = layer(visitor, "weight", "w", "loss").itertuples()
    assert (here.w, here.loss) == pytest.approx((-2, curve.loss(-2.0)))
    tangent = layer(visitor, "tangent", "w", "loss")
    assert np.diff(tangent.loss) / np.diff(tangent.w) == pytest.approx([curve.slope(-2.0)])
    assert np.interp(-2, tangent.w, tangent.loss) == pytest.approx(curve.loss(-2.0))
    assert float(visitor.metric("Slope")) == pytest.approx(curve.slope(-2.0), abs=1e-4)


@pytest.mark.parametrize(("weight", "left", "right"), [("3", "falls", "rises"), ("-3", "rises", "falls")])
def test_the_page_says_on_which_side_the_loss_falls(descent, weight, left, right):
    visitor = descent(weight=weight)
    assert visitor.line("to the **left** the loss", left)
    assert visitor.line("to the **right** the loss", right)
    assert f"way down is to the **{'left' if left == 'falls' else 'right'}**" in visitor.text


def test_a_nudge_moves_the_weight_by_a_tenth_and_what_was_foretold_happens(descent):
    visitor = descent()
    foretold = visitor.line("to the **left** the loss")
    visitor.press("Nudge left")
    assert visitor.value("weight") == 2.9
    assert numbers(foretold)[-1] == pytest.approx(float(visitor.metric("Loss here"))) == pytest.approx(8.41)
    visitor.press("Nudge right").press("Nudge right")
    assert visitor.value("weight") == 3.1


@pytest.mark.parametrize(("weight", "button"), [("4", "Nudge right"), ("-4", "Nudge left")])
def test_a_nudge_stops_at_the_end_of_the_slider(descent, weight, button):
    assert descent(weight=weight).press(button).value("weight") == float(weight)


def test_at_the_bottom_the_tangent_is_level(descent):
    assert "The tangent is level" in descent(weight="0").text


@pytest.mark.parametrize("power", [-12, -6, -1, 0])
def test_the_finite_difference_has_the_step_that_the_slider_says(descent, power):
    shown = derivatives(descent(curve="Two valleys").set(h=power))
    curve = CURVES["Two valleys"]
    expected = [curve.slope(3.0), slope_by_difference(curve.loss, 3.0, 10.0**power), curve.slope(3.0)]
    assert shown == pytest.approx(expected, abs=1e-7)


def test_a_large_step_of_the_difference_is_seen_to_be_off(descent):
    off = descent(curve="Two valleys", h="0").table("Finite difference")["Off by"]
    assert float(off["Finite difference"]) == pytest.approx(0.4 * 3, abs=0.3)  # 0.4 · w · h²


def test_three_squares_summed_have_the_gradient_6_8_20(descent):
    assert "tensor([ 6.,  8., 20.])" in descent().line("x.grad")


def test_other_numbers_give_twice_themselves(descent):
    assert "tensor([-3.,  1.])" in descent().set(squared="-1.5, 0.5").line("x.grad")


@pytest.mark.parametrize("text", ["", "three", "1,,2", "nan", "inf", "1e999", "3; 4", "[3, 4]"])
def test_what_is_no_list_of_numbers_gets_one_plain_sentence(descent, text):
    visitor = descent().set(squared=text)
    assert visitor.said("error") == ["Write numbers with commas between them, such as 3, 4, 10."]
    assert "Several weights at once" in visitor.text


# Steps


@pytest.mark.parametrize("name", CURVES)
def test_the_path_and_the_table_are_cores(descent, name):
    visitor = descent(curve=name, rate="0.2", start="-3", steps="9")
    path = descend(CURVES[name].loss, torch.tensor(-3.0, dtype=torch.float64), 0.2, 9)
    points, table = path_points(visitor), visitor.table("next step").sort_index()
    for shown, expected in (
        ("w", path.weights),
        ("loss", path.losses),
        ("gradient", path.gradients),
        ("step", path.steps),
    ):
        assert points[shown].tolist() == pytest.approx(expected.tolist())
        assert table[{"step": "next step"}.get(shown, shown)].tolist() == pytest.approx(expected.tolist())


def test_rate_start_and_steps_all_change_the_path(descent):
    visitor = descent().set(rate=0.5, start=2.0, steps=1)
    assert path_points(visitor).w.tolist() == pytest.approx([2, 0])
    assert path_points(visitor.set(rate=0.25)).w.tolist() == pytest.approx([2, 1])
    assert path_points(visitor.set(start=-1.0)).w.tolist() == pytest.approx([-1, -0.5])
    assert path_points(visitor.set(steps=2)).w.tolist() == pytest.approx([-1, -0.5, -0.25])


def test_every_step_goes_against_the_gradient(descent):
    points = path_points(descent(curve="Two valleys", steps="20"))
    assert (np.sign(points.step) == -np.sign(points.gradient)).all()


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ("Good", "**At the bottom**"),
        ("Too small", "**Too slow.**"),
        ("Bouncing", "**Bouncing.**"),
        ("Diverging", "**Diverg"),
    ],
)
def test_each_of_the_four_classics_shows_what_it_is_called_on_every_loss(descent, name, preset, said):
    visitor = descent(curve=name)
    visitor.app.get_by_key(f"preset_{preset}").click()
    assert said in visitor.run().text
    assert (visitor.value("rate"), visitor.value("start")) == PRESETS[preset][name]
    away = np.abs(path_points(visitor).w.to_numpy()[:, None] - CURVES[name].bottoms).min(1)
    crossings = (np.diff(np.sign(path_points(visitor).step)) != 0).sum()
    match preset:
        case "Good":
            assert away[-1] <= 0.01
        case "Too small":
            assert 0.5 * away[0] < away[-1] < away[0]
        case "Bouncing":
            assert crossings >= 10
            assert away[-1] < away[0]
        case "Diverging":
            assert away[-1] > 2 * away[0]


def test_in_the_shallow_valley_the_page_says_that_there_is_a_deeper_one(descent):
    shallow = descent(curve="Two valleys", start="3", rate="0.1", steps="50")
    assert "deeper valley" in shallow.line("**At the bottom**, 2.")
    deep = descent(curve="Two valleys", start="-3", rate="0.1", steps="50")
    assert "deeper valley" not in deep.line("**At the bottom**, -2.5.")


def test_at_the_limit_the_page_says_that_it_never_comes_nearer(descent):
    visitor = descent(rate="1", steps="10")
    assert "It doesn't come nearer" in visitor.line("**Bouncing.**")
    assert "**never** manages" in visitor.text


def test_one_step_takes_one_and_reset_goes_back_to_the_start(descent):
    visitor = descent(steps="3")
    assert visitor.press("One step").value("steps") == 4
    assert visitor.press("Reset").value("steps") == 0
    assert path_points(visitor).w.tolist() == [-4]
    assert "This is the start" in visitor.text


def test_play_takes_a_step_each_run_until_it_is_stopped(descent):
    visitor = descent(steps="3").press("Play")
    seen = [visitor.run().value("steps") for _ in range(3)]
    assert seen == [5, 6, 7]  # the run after the click took the fourth
    visitor.press("Stop")
    assert visitor.value("steps") == visitor.run().value("steps") == 7


@pytest.mark.parametrize("buttons", [0, 1], ids=["one weight", "several weights"])
def test_play_from_the_end_begins_again_and_ends_at_the_end(descent, buttons):
    setting, last = (("steps", 50), ("fit_steps", 500))[buttons]
    visitor = descent(**{setting: str(last)}).press("Play", buttons)
    assert visitor.value(setting) == 1
    visitor.set(**{setting: last - 2})
    seen = [visitor.run().value(setting) for _ in range(4)]
    assert seen[-1] == last
    assert not visitor.app.session_state[state.PLAYS + setting]
    assert len([button for button in visitor.app.button if "Play" in button.label]) == 2


def test_play_ends_where_the_path_diverges(descent):
    visitor = descent(rate="1.5", steps="0").press("Play")
    for _ in range(12):
        visitor.run()
    assert visitor.value("steps") == 8  # 4 · 2⁸ is past 1000
    assert "**Diverged.** After 8 steps the weight is -1,024" in visitor.text
    assert visitor.press("One step").value("steps") == 8


def test_a_weight_outside_the_picture_is_said_to_be_there(descent):
    assert "left the picture" in descent(rate="1.05", steps="12").text
    assert "left the picture" not in descent(rate="1.05", steps="3").text


def test_changing_the_rate_while_it_plays_goes_on_playing(descent):
    visitor = descent(steps="0").press("Play").set(rate=0.05)
    before = visitor.value("steps")
    assert visitor.run().value("steps") == before + 1


def test_the_chart_of_rates_holds_cores_counts_and_marks_the_limit_and_the_rate(descent):
    visitor = descent(rate="0.1")
    shown = layer(visitor, "steps", "rate", "label")
    expected = steps_to_bottom(CURVES["Square"], torch.tensor(shown.rate.to_numpy()), -4.0)
    assert shown.steps.tolist() == expected.tolist()
    assert shown.rate.max() < 1
    assert layer(visitor, "limit", "rate", "label").rate.tolist() == pytest.approx([1])
    (chosen,) = layer(visitor, "chosen", "rate", "label").itertuples()
    assert (chosen.rate, chosen.steps) == (0.1, 27)  # 4 · 0.8²⁷ is the first below 0.01
    assert "takes **27** steps" in visitor.text
    assert "Here that is 0.8 · w" in visitor.text


def test_a_curve_twice_as_steep_has_half_the_limit_and_two_valleys_have_two(descent):
    assert layer(descent(curve="Tilted and shifted"), "limit", "rate", "label").rate.tolist() == pytest.approx([0.5])
    limits = layer(descent(curve="Two valleys"), "limit", "rate", "label").rate
    # the slope of 0.4w³ − 2.1w + 1 is 1.2w² − 2.1: 5.4 at −2.5 and 2.7 at 2
    assert limits.tolist() == pytest.approx([2 / 5.4, 2 / 2.7])


# Several weights


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
    ("preset", "loss"), [("Good", (0.5, 0.6)), ("Diverging", (30, 1e4)), ("Time in seconds", (4, 20))]
)
def test_one_click_sets_up_each_fit(descent, preset, loss):
    visitor = descent()
    visitor.app.get_by_key(f"fit_preset_{preset}").click()
    shown = numbers(visitor.run().line("The loss is **"))[0]
    assert loss[0] < shown < loss[1]
    assert tuple(map(visitor.value, ("time", "fit_rate", "fit_steps"))) == FIT_PRESETS[preset]


def test_with_time_in_seconds_the_page_shows_the_tiny_limit(descent):
    visitor, (t, _) = descent().set(time="Seconds"), polynomial("Seconds")
    powers = np.stack([t**2, t, t**0], 1)
    limit = 2 / np.linalg.eigvalsh(2 / len(t) * powers.T @ powers).max()
    assert f"**{limit:.6f}**" in visitor.line("With t in **seconds**")
    assert "**Diverged**" in visitor.set(fit_steps=500).text


@pytest.mark.parametrize("plane", state.PLANES)
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


def test_one_step_and_reset_work_on_the_fit_too(descent):
    visitor = descent(fit_steps="5").press("One step", 1)
    assert visitor.value("fit_steps") == 6
    assert visitor.press("Reset", 1).value("fit_steps") == 0
    assert visitor.value("steps") == 5  # the other player's


def test_the_fit_plays_faster_and_faster(descent):
    visitor = descent(fit_steps="0").press("Play", 1)
    assert [visitor.run().value("fit_steps") for _ in range(3)] == [2, 3, 4]
    before = visitor.set(fit_steps=80).value("fit_steps")
    assert visitor.run().value("fit_steps") > before + 8


# The question, and links


def test_the_rate_that_needs_fewest_steps_is_one_half(descent):
    visitor = descent()
    assert "needs 1 step" not in visitor.text
    visitor.app.get_by_key("guess_gradient_descent").set_value("0.1")
    assert "It is **0.5**. It needs 1 step" in visitor.run().text
    visitor.app.get_by_key("guess_gradient_descent").set_value("0.5")
    assert "**0.5** is right" in visitor.run().text


LINK = {
    "curve": "Two valleys", "weight": "-1.5", "h": "-6", "squared": "1, 2", "rate": "0.05", "start": "2.5",
    "steps": "20", "time": "Seconds", "fit_rate": "0.00002", "measured": "8", "fit_steps": "70", "plane": "b and c",
}  # fmt: skip


def test_a_link_brings_the_whole_set_up(descent):
    visitor = descent(**LINK)
    assert visitor.said("warning") == []
    for name, text in LINK.items():
        shown = visitor.value(name)
        assert shown == (text if isinstance(shown, str) else float(text))


def test_what_is_chosen_stands_in_the_link(descent):
    visitor = descent().set(rate=0.02, fit_rate=0.00005, curve="Tilted and shifted", plane="a and b")
    query = visitor.app.query_params
    assert [query[name] for name in ("rate", "fit_rate", "curve", "plane")] == [
        "0.02", "0.00005", "Tilted and shifted", "a and b"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("curve", "Cliff"), ("weight", "nan"), ("weight", "99"), ("h", "1"), ("h", "tiny"), 
        ("rate", "0.31"), ("rate", "inf"), ("rate", "1e-3"), ("start", "-4.01"), ("steps", "-1"), ("steps", "51"),
        ("time", "Minutes"), ("fit_rate", "0"), ("fit_rate", "1e-05"), ("measured", "100"), ("fit_steps", "1e3"),
        ("plane", "a and a"), ("rate", "<script>"),
    ],
)  # fmt: skip
def test_a_link_with_nonsense_is_read_without_that_part(descent, name, text):
    visitor = descent(**{name: text})
    (warning,) = visitor.said("warning")
    assert f"{name}=" in warning
    assert visitor.value(name) == state.SETTINGS[name].default
    assert visitor.said("error") == []


@pytest.mark.parametrize("start", ["-2.5", "2", "0.5"])
@pytest.mark.parametrize("rate", ["0.1", "1", "2"])
def test_who_starts_on_a_level_place_gets_a_page_whatever_the_rate(descent, start, rate):
    visitor = descent(curve="Two valleys", start=start, rate=rate, steps="50")
    assert visitor.said("error") == visitor.said("warning") == []

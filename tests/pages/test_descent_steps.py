"""The steps down a curve on the Gradient descent page: each goes where core goes, and play takes them by itself."""

import numpy as np
import pytest
import torch

from core.descent import CURVES, descend, steps_to_bottom
from tests.pages.descent_page import layer, path_points
from ui.descent.computed import PRESET_STEPS, PRESETS
from ui.state import keys


@pytest.mark.parametrize("name", CURVES)
def test_the_path_and_the_table_are_cores(descent, name):
    visitor = descent(curve=name, rate="0.2", start="-3", steps="9")
    path = descend(CURVES[name].loss, torch.tensor(-3.0, dtype=torch.float64), 0.2, 9)
    points = path_points(visitor)
    for shown, expected in (
        ("w", path.weights),
        ("loss", path.losses),
        ("gradient", path.gradients),
        ("step", path.steps),
    ):
        assert points[shown].tolist() == pytest.approx(expected.tolist())


def test_rate_start_and_steps_all_change_the_path(descent):
    visitor = descent().set(rate=0.5, start=2.0, steps=1)
    assert path_points(visitor).w.tolist() == pytest.approx([2, 0])
    assert path_points(visitor.set(rate=0.25)).w.tolist() == pytest.approx([2, 1])
    assert path_points(visitor.set(start=-1.0)).w.tolist() == pytest.approx([-1, -0.5])
    assert path_points(visitor.set(steps=2)).w.tolist() == pytest.approx([-1, -0.5, -0.25])


def test_every_step_goes_against_the_gradient(descent):
    points = path_points(descent(curve="Two valleys", steps="20"))
    assert (np.sign(points.step) == -np.sign(points.gradient)).all()


SAID = {
    "Good": "**At the bottom**",
    "Too small": "**Too slow.**",
    "Bouncing": "**Bouncing.**",
    "Diverging": "**Diverg",
}


@pytest.mark.parametrize("name", CURVES)
def test_each_of_the_four_classics_shows_what_it_is_called_on_every_loss(descent, name):
    visitor = descent(curve=name)
    for preset, said in SAID.items():
        visitor.app.get_by_key(f"preset_{preset}").click()
        assert visitor.run().value("steps") == 1, preset
        last = min(PRESET_STEPS, visitor.options("steps")[-1])
        visitor.set(steps=last - 2).run().run()  # the steps between are shown below
        assert visitor.value("steps") == len(path_points(visitor)) - 1 == last, preset
        assert last == PRESET_STEPS or "Diverged." in visitor.text
        assert not visitor.app.session_state[keys.PLAYS + "steps"]
        assert said in visitor.text, preset
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


@pytest.mark.parametrize(("name", "preset"), [("Square", "Good"), ("Two valleys", "Diverging")])
def test_a_classic_is_played_step_by_step_and_stops_by_itself(descent, name, preset):
    visitor = descent(curve=name)
    visitor.app.get_by_key(f"preset_{preset}").click()
    seen = [visitor.run().value("steps") for _ in range(PRESET_STEPS + 1)]
    last = len(path_points(visitor)) - 1
    assert (last == PRESET_STEPS) == (preset == "Good")
    assert seen == [min(step, last) for step in range(1, PRESET_STEPS + 2)]
    assert not visitor.app.session_state[keys.PLAYS + "steps"]


def test_in_the_shallow_valley_the_page_says_that_there_is_a_deeper_one(descent):
    shallow = descent(curve="Two valleys", start="3", rate="0.1", steps="50")
    assert "deeper valley" in shallow.line("**At the bottom**, 2.")
    deep = descent(curve="Two valleys", start="-3", rate="0.1", steps="50")
    assert "deeper valley" not in deep.line("**At the bottom**, −2.5.")


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
    visitor = descent(steps="3").press("Run")
    seen = [visitor.run().value("steps") for _ in range(3)]
    assert seen == [5, 6, 7]  # the run after the click took the fourth
    visitor.press("Pause")
    assert visitor.value("steps") == visitor.run().value("steps") == 7


@pytest.mark.parametrize("buttons", [0, 1], ids=["one weight", "several weights"])
def test_play_from_the_end_begins_again_and_ends_at_the_end(descent, buttons):
    setting, last = (("steps", 50), ("fit_steps", 500))[buttons]
    visitor = descent(**{setting: str(last)}).press("Run", buttons)
    assert visitor.value(setting) == 1
    visitor.set(**{setting: last - 2})
    seen = [visitor.run().value(setting) for _ in range(4)]
    assert seen[-1] == last
    assert not visitor.app.session_state[keys.PLAYS + setting]
    assert len([button for button in visitor.app.button if "Run" in button.label]) == 2


def test_play_ends_where_the_path_diverges(descent):
    visitor = descent(rate="1.5", steps="0").press("Run")
    for _ in range(12):
        visitor.run()
    assert visitor.value("steps") == 8  # 4 · 2⁸ is past 1000
    assert "**Diverged.** After 8 steps the weight is −1,024" in visitor.text
    assert visitor.press("One step").value("steps") == 8


def test_a_weight_outside_the_picture_is_said_to_be_there(descent):
    assert "left the picture" in descent(rate="1.05", steps="12").text
    assert "left the picture" not in descent(rate="1.05", steps="3").text


def test_changing_the_rate_while_it_plays_goes_on_playing(descent):
    visitor = descent(steps="0").press("Run").set(rate=0.05)
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
    assert "takes **27 steps**" in visitor.text
    assert "Here that is 0.8 · w" in visitor.text


def test_a_curve_twice_as_steep_has_half_the_limit_and_two_valleys_have_two(descent):
    assert layer(descent(curve="Tilted and shifted"), "limit", "rate", "label").rate.tolist() == pytest.approx([0.5])
    limits = layer(descent(curve="Two valleys"), "limit", "rate", "label").rate
    # the slope of 0.4w³ − 2.1w + 1 is 1.2w² − 2.1: 5.4 at −2.5 and 2.7 at 2
    assert limits.tolist() == pytest.approx([2 / 5.4, 2 / 2.7])

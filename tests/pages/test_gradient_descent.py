"""The Gradient descent page, one weight: what it shows is what core computes; and what a link to the page brings."""

import numpy as np
import pytest

from core.descent import CURVES, slope_by_difference
from tests.pages.descent_page import derivatives
from tests.pages.visitor import numbers
from ui.state import settings

# One weight


def test_at_3_the_square_has_the_slope_6_in_all_three_ways(descent):
    visitor = descent()
    assert visitor.metric("Slope") == "+6.0000"
    assert visitor.metric("Loss here") == "9.0000"
    assert derivatives(visitor) == pytest.approx([6, 6, 6])


@pytest.mark.parametrize("name", CURVES)
def test_moving_the_weight_moves_the_ball_and_the_slope(descent, name):
    visitor, curve = descent().set(curve=name).set(weight=-2.0), CURVES[name]
    ball = visitor.told("ball_weight")
    assert ball["first"] + ball["place"] * ball["step"] == pytest.approx(-2)
    assert ball["tangent"]
    w, loss = np.transpose(ball["curve"])
    np.testing.assert_allclose(loss, curve.loss(w), atol=1e-4)
    assert numbers(visitor.metric("Loss"))[0] == pytest.approx(curve.loss(-2.0), abs=1e-4)
    assert numbers(visitor.metric("Slope"))[0] == pytest.approx(curve.slope(-2.0), abs=1e-4)


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


@pytest.mark.parametrize("name", ["weight", "start"])
def test_the_ball_takes_the_weight_along_and_a_broken_message_does_not(descent, name):
    visitor = descent()
    ball = f"ball_{name}"
    visitor.use(ball, "move", {"place": 25, "number": 1, "done": False})
    assert visitor.value(name) == pytest.approx(-1.5)
    assert visitor.told(ball)["number"] == 1
    assert name not in visitor.app.query_params
    visitor.use(ball, "move", {"place": 26, "number": 2, "done": True})
    assert visitor.app.query_params[name] == "-1.4"
    for sent in ({"place": 81, "number": 3, "done": True}, {"place": "4", "number": 3, "done": True}, None, "x", [1]):
        assert visitor.use(ball, "move", sent).value(name) == pytest.approx(-1.4)


def test_at_the_bottom_the_tangent_is_level(descent):
    assert "The tangent is level" in descent(weight="0").text


def test_the_finite_difference_has_the_step_that_the_slider_says(descent):
    visitor, curve = descent(curve="Two valleys"), CURVES["Two valleys"]
    for power in (-12, -6, -1, 0):
        shown = derivatives(visitor.set(h=power))
        expected = [curve.slope(3.0), slope_by_difference(curve.loss, 3.0, 10.0**power), curve.slope(3.0)]
        assert shown == pytest.approx(expected, abs=1e-7), power


def test_a_large_step_of_the_difference_is_seen_to_be_off(descent):
    off = descent(curve="Two valleys", h="0").table("Finite difference")["Off by"]
    assert numbers(off["Finite difference"])[0] == pytest.approx(0.4 * 3, abs=0.3)  # 0.4 · w · h²


def test_three_squares_summed_have_the_gradient_6_8_20(descent):
    assert "tensor([ 6.,  8., 20.])" in descent().line("x.grad")


def test_other_numbers_give_twice_themselves(descent):
    assert "tensor([-3.,  1.])" in descent().set(squared="-1.5, 0.5").line("x.grad")


def test_what_is_no_list_of_numbers_gets_one_plain_sentence(descent):
    visitor = descent()
    for text in ("", "three", "1,,2", "nan", "inf", "1e999", "3; 4", "[3, 4]"):
        visitor.set(squared=text)
        assert visitor.said("error") == ["Write numbers with commas between them, such as 3, 4, 10."], text
        assert "Several weights at once" in visitor.text


# The question, and links


def test_the_rate_that_needs_fewest_steps_is_one_half(descent):
    visitor = descent()
    assert "needs 1 step" not in visitor.text
    visitor.app.get_by_key("guess_gradient_descent").set_value("0.1")
    assert "It is **0.5**. It needs 1 step" in visitor.run().text
    visitor.app.get_by_key("guess_gradient_descent").set_value("0.5")
    assert "**0.5** is right" in visitor.run().text


LINK = {
    "curve": "Two valleys",
    "weight": "-1.5",
    "h": "-6",
    "squared": "1, 2",
    "rate": "0.05",
    "start": "2.5",
    "steps": "20",
    "time": "Seconds",
    "fit_rate": "0.00002",
    "measured": "8",
    "fit_steps": "70",
    "plane": "b and c",
}


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
        "0.02",
        "0.00005",
        "Tilted and shifted",
        "a and b",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("curve", "Cliff"),
        ("weight", "nan"),
        ("weight", "99"),
        ("h", "1"),
        ("h", "tiny"),
        ("rate", "0.31"),
        ("rate", "inf"),
        ("rate", "1e-3"),
        ("start", "-4.01"),
        ("steps", "-1"),
        ("steps", "51"),
        ("time", "Minutes"),
        ("fit_rate", "0"),
        ("fit_rate", "1e-05"),
        ("measured", "100"),
        ("fit_steps", "1e3"),
        ("plane", "a and a"),
        ("rate", "<script>"),
    ],
)
def test_a_link_with_nonsense_is_read_without_that_part(descent, name, text):
    visitor = descent(**{name: text})
    (warning,) = visitor.said("warning")
    assert f"{name}=" in warning
    assert visitor.value(name) == settings.SETTINGS[name].default
    assert visitor.said("error") == []


@pytest.mark.parametrize("start", ["-2.5", "2", "0.5"])
@pytest.mark.parametrize("rate", ["0.1", "1", "2"])
def test_who_starts_on_a_level_place_gets_a_page_whatever_the_rate(descent, start, rate):
    visitor = descent(curve="Two valleys", start=start, rate=rate, steps="50")
    assert visitor.said("error") == visitor.said("warning") == []

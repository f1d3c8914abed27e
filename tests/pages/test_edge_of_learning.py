"""The edge of learning on its page: what is drawn is what core computes, and what the browser sends can do no harm."""

import base64
import json

import numpy as np
import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id

from core.rates.edge import HOME, NARROWEST, View, outcomes, train
from live.data_source import DataSource
from live.rates import edge_map
from tests.pages.shown_code import shown_functions
from ui.rates.edge import explorer as explorer_module
from ui.rates.edge import words
from ui.rates.edge.picture import HALF
from ui.state import keys
from ui.state.choices import EDGE
from ui.state.view_text import write_view

SIDE = 64  # of the finest picture here
BESIDE = View(-0.25, -1.0, 1.0)  # the edge goes through it


@pytest.fixture(autouse=True)
def _small_maps(monkeypatch):
    for module in (edge_map, explorer_module, words):
        monkeypatch.setattr(module, "FINEST", SIDE)
    yield
    explorer_module._finished.clear()


@pytest.fixture
def open_map(visit):
    """Return a function that opens the map, at some view, and waits until it is complete."""
    return lambda view=HOME, **link: finish(visit("learning_rates", experiment=EDGE, edge=write_view(view), **link))


@pytest.fixture
def data(shared_home):
    return DataSource(str(shared_home / "mnist-5000"), (3, 7)).load()


def explorer(visitor):
    return visitor.app.session_state[keys.EDGE]


def finish(visitor):
    """Wait as the page does, which need not be drawn in between."""
    while (work := explorer(visitor).work).playing:
        assert work.advance(60)
    return visitor.run()


def component(visitor):
    return next(one.proto for one in visitor.app.get("bidi_component") if "edge" in one.proto.component_name)


def message(visitor) -> dict:
    """Return what the component was sent last."""
    return json.loads(component(visitor).json)


def send(visitor, **value):
    """Send what the component would send, or anything else."""
    return send_any(visitor, value)


def send_any(visitor, value):
    payload = json.dumps([{"event": "next", "value": value}])
    return visitor._report(id=_make_trigger_id(component(visitor).id, "events"), json_trigger_value=payload)


def order(visitor, **command):
    """Send a command, as the component does for a box, a click or a key."""
    sent = message(visitor)
    return send(visitor, command={"number": sent["done"] + 1, "view": sent["view"], **command})


def drawn(visitor) -> np.ndarray:
    """Return the shades of the picture, (SIDE, SIDE), by row from the bottom."""
    return np.frombuffer(base64.b64decode(message(visitor)["shades"]), np.uint8).reshape(SIDE, SIDE)


def expected(view: View, data, seed=37) -> np.ndarray:
    rows, columns = np.divmod(np.arange(SIDE**2), SIDE)
    return outcomes(data, seed, *view.rates(SIDE, rows, columns)).reshape(SIDE, SIDE)


def test_blue_is_what_converges_and_bright_what_does_so_soon(open_map, data):
    shades, values = drawn(open_map(BESIDE)), expected(BESIDE, data)
    trained = ~edge_map.agreement(values[::2, ::2]).repeat(2, 0).repeat(2, 1)
    blue = shades < HALF
    np.testing.assert_array_equal(blue[trained], values[trained] < 0)
    for colour, brighter in ((blue, np.less), (~blue, np.greater)):
        fast, slow = (trained & colour & (abs(values) == pick(abs(values[trained & colour]))) for pick in (min, max))
        assert brighter(shades[fast].mean(), shades[slow].mean())


def test_the_page_says_how_much_has_converged(open_map):
    page = open_map(BESIDE)
    share = float((explorer(page).work.picture() < 0).mean())
    assert f"**{share:.1%}** of the runs here have converged" in page.text
    assert f"{explorer(page).work.trained:,} runs of 300 steps" in page.text


def test_a_view_without_an_edge_says_so(open_map):
    assert "No run here has converged: no edge in sight" in open_map(View(1.5, 1.5, 0.25)).text
    assert "Every run here has converged: no edge in sight" in open_map(View(-2.0, -2.0, 0.25)).text


def test_the_ends_of_the_axes_are_the_rates_at_the_sides(open_map):
    assert message(open_map())["ends"] == {"left": "0.01", "right": "100", "bottom": "0.01", "top": "100"}


def test_a_box_zooms_in_the_link_holds_the_view_and_back_and_home_return(open_map):
    page = open_map()
    finish(order(page, box=[0.5, 0.25, 0.25]))
    closer = View(0.0, -1.0, 1.0)
    assert explorer(page).work.view == closer
    assert write_view(closer) in page.app.query_params["edge"]
    finish(order(page, box=[0.0, 0.0, 0.5]))
    assert explorer(page).work.view == View(0.0, -1.0, 0.5)
    finish(page.press("Back"))
    assert explorer(page).work.view == closer
    finish(page.press("Home"))
    assert explorer(page).work.view == HOME
    assert "edge" not in page.app.query_params
    finish(order(page, to="back"))
    assert explorer(page).work.view == closer


def test_back_from_a_link_goes_to_a_view_four_times_as_wide_that_holds_it(open_map):
    page = finish(open_map(View(0.5, -0.5, 0.25)).press("Back"))
    assert explorer(page).work.view == View(0.125, -0.875, 1.0)


def test_the_browsers_own_back_goes_to_the_view_in_the_address(open_map):
    page = finish(order(open_map(BESIDE), to=""))
    assert explorer(page).work.view == HOME
    finish(order(page, to=write_view(BESIDE)))
    assert explorer(page).work.view == BESIDE


def test_a_box_that_is_no_larger_than_a_pixel_zooms_to_that_pixel(open_map, data):
    page = open_map(BESIDE)
    finish(order(page, box=[0.5, 0.5, 1e-9]))
    view = explorer(page).work.view
    assert view == View(0.25, -0.5, 1 / SIDE)
    assert explorer(page).work.picture()[0, 0] == expected(BESIDE, data)[SIDE // 2, SIDE // 2]


def test_at_the_end_of_what_float64_can_tell_apart_the_page_says_so_and_zooms_no_further(open_map):
    view = View(1.5, 1.5, 4 * NARROWEST)
    page = open_map(view)
    assert "as deep as it goes" not in page.text
    finish(order(page, box=[0, 0, 0.01]))
    assert explorer(page).work.view.width == NARROWEST
    assert "as deep as it goes" in page.text


def test_pointing_at_a_pixel_shows_its_rates_and_its_losses(open_map, data):
    page = open_map(BESIDE)
    for column, row, word in ((40, 10, "Converged"), (50, 60, "Flew apart")):
        send(page, pixel=[column, row])
        rates = BESIDE.rates(SIDE, np.array([row]), np.array([column]))
        losses = train(data, 37, *rates)[:, 0]
        assert message(page)["pixel"] == [column, row]
        assert message(page)["losses"] == losses[np.isfinite(losses)].tolist()
        assert word in message(page)["words"]
        assert message(page)["converged"] == (word == "Converged")
        shown = [float(text.strip(".,")) for text in message(page)["words"].split()[2:6:3]]
        assert shown == pytest.approx([rate.item() for rate in rates], rel=0.02)


def test_a_picture_that_the_browser_has_is_not_sent_again(open_map):
    page = open_map(BESIDE)
    name = message(page)["name"]
    assert message(send(page, pixel=[1, 1], have=name))["shades"] is None
    assert message(send(page, pixel=[1, 2], have="another"))["shades"]
    assert message(page.run())["shades"]


NONSENSE = [
    None, [], 3, "x", {}, {"pixel": [-1, 0]}, {"pixel": [SIDE, 0]}, {"pixel": [0.5, 0]}, {"pixel": "ab"},
    {"have": {"a": 1}}, {"command": {}}, {"command": [1]}, {"command": {"number": "1", "view": [], "to": "home"}},
]  # fmt: skip
COMMANDS = [
    {}, {"box": [0, 0]}, {"box": [0, 0, 2]}, {"box": [0, 0, "1"]}, {"box": [float("nan"), 0, 0.5]}, {"box": "abc"},
    {"box": [-1e300, 0, 0.5]}, {"to": "nowhere"}, {"to": "9_9_9"}, {"to": [1]}, {"to": None},
]  # fmt: skip


def test_whatever_else_the_browser_sends_changes_nothing(open_map):
    page = open_map(View(1.5, 1.5, 0.25))
    for value in NONSENSE:
        send_any(page, value)
    for command in COMMANDS:
        order(page, **command)
    assert explorer(page).work.view == View(1.5, 1.5, 0.25)
    assert message(page)["pixel"] is None


def test_a_command_that_comes_twice_or_for_a_view_that_has_been_left_is_obeyed_once(open_map):
    page = open_map(View(1.0, 1.0, 1.0))
    command = {"number": 5, "view": message(page)["view"], "box": [0.5, 0.5, 0.25]}
    for _ in range(2):
        finish(send(page, command=command))
        assert explorer(page).work.view == View(1.5, 1.5, 0.25)
    finish(send(page, command=command | {"number": 6}))
    assert explorer(page).work.view == View(1.5, 1.5, 0.25)
    assert message(page)["done"] == 6


@pytest.mark.parametrize("text", ["x", "0_0_9", "nan_0_1", "0_0_1e-300"])
def test_a_view_in_a_link_that_makes_no_sense_is_left_out_with_a_sentence(visit, text):
    page = visit("learning_rates", experiment=EDGE, edge=text)
    assert "made no sense" in page.said("warning")[0]
    assert explorer(page).work.view == HOME


def test_pause_stops_it_and_go_on_goes_on(visit):
    page = visit("learning_rates", experiment=EDGE, edge=write_view(View(1.5, 1.5, 0.25)))
    if explorer(page).work.playing:  # else it was over at once
        page.press("Pause")
        known = explorer(page).work.trained
        page.run()
        assert explorer(page).work.trained == known
        page.press("Go on")
    assert explorer(finish(page)).work.over


def test_another_seed_is_another_map_and_a_view_that_somebody_has_had_computed_is_there_at_once(open_map, visit, data):
    page = open_map(BESIDE)
    before = drawn(page)
    finish(page.set(lab_seed=38))
    assert (drawn(page) != before).any()
    other = visit("learning_rates", experiment=EDGE, edge=write_view(BESIDE))
    assert explorer(other).work.over
    np.testing.assert_array_equal(drawn(other), before)


def test_the_first_two_of_many_digits_are_told_apart(open_map, shared_home):
    page = open_map(View(1.0, 1.0, 1.0), digits=["1", "4", "8"])
    assert "−1 for the 1s and 1 for the 4s" in page.text
    ten = DataSource(str(shared_home / "mnist-5000"), (1, 4, 8)).load()
    assert (expected(View(1.0, 1.0, 1.0), ten)[::2, ::2] == explorer(page).work.picture()[::2, ::2]).all()


def test_the_drawer_shows_how_the_runs_are_trained(open_map):
    functions = shown_functions(open_map(View(1.5, 1.5, 0.25)))
    assert [*functions] == ["shrink", "problem", "step_runs", "train", "trainability", "rates"]


def test_the_set_up_of_the_other_experiments_is_as_it_was_after_a_visit_to_the_map(visit):
    page = visit("learning_rates", lab_epochs="7", lab_model="Hidden layer", lab_units="12", lab_seed="5")
    page.set(experiment=EDGE)
    assert explorer(page).work.seed == 5
    page.run()
    page.set(experiment="1 Sweep")
    assert (page.value("lab_epochs"), page.value("lab_model")) == (7, "Hidden layer")
    assert (page.value("lab_units"), page.value("lab_seed")) == (12, 5)

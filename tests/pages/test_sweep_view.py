"""The view of a sweep: what the browser is sent is what core computes, and what it sends back can do no harm."""

import base64
import json
import math

import numpy as np
import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id

from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import sweep_run
from live.data_source import DataSource
from ui.kit import frames
from ui.state import choices, keys

SMALL = {"lab_count": "5", "lab_epochs": "3", "lab_rates": ["0.001", "10"]}


@pytest.fixture
def swept(visit, monkeypatch):
    """Return a function that opens the page with some settings, and runs the sweep to its end."""
    monkeypatch.setattr(frames, "UNNOTICED", 30.0)
    monkeypatch.setattr(sweep_run, "CHUNK_SECONDS", 30.0)

    def run(**link):
        visitor = visit("learning_rates", **SMALL | link).press("Run")
        while sweep(visitor).playing:
            visitor.run()
        return visitor

    return run


def sweep(visitor):
    return visitor.app.session_state[keys.SWEEP]


def component(visitor):
    return next(one.proto for one in visitor.app.get("bidi_component") if "rates_view" in one.proto.component_name)


def message(visitor) -> dict:
    """Return what the component was sent last."""
    return json.loads(component(visitor).json)


def array(text: str, dtype=np.float32) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


def look(visitor, chosen, pinned=(), **more):
    """Choose and pin rates, by their places, as the component's script in the browser reports it."""
    value = {"run": message(visitor)["run"], "chosen": chosen, "pinned": pinned} | more
    sent = json.dumps({"event": "look", "value": value})
    return visitor._report(id=_make_trigger_id(component(visitor).id, "events"), json_trigger_value=sent)


def test_the_u_has_the_last_validation_loss_of_every_rate_and_the_best_is_the_lowest(swept):
    page = swept()
    sent, history = message(page), sweep(page).history
    valid = array(sent["valid"]).reshape(-1, 5)
    np.testing.assert_array_equal(valid, np.stack([epoch.valid_loss for epoch in history]))
    assert sent["rates"] == sweep(page).rates
    assert sent["best"] == valid[-1].argmin()
    assert len(sent["kinds"]) == len(sent["words"]) == 5
    assert f"**Best: {sent['rates'][sent['best']]:g}**" in page.text
    assert all(
        left < rate < right for left, rate, right in zip(sent["edges"], sent["rates"], sent["edges"][1:], strict=False)
    )


def test_the_curves_are_the_mean_losses_of_each_rate(swept):
    sent = message(page := swept())
    curves = array(sent["curves"]).reshape(-1, 5)
    np.testing.assert_array_equal(curves, sweep(page).curve.losses)
    assert array(sent["positions"])[-1] == 3


@pytest.mark.parametrize("hidden", [False, True])
def test_the_weights_are_those_of_a_run_that_is_trained_alone(swept, shared_home, hidden):
    page = swept(**{"lab_model": "Hidden layer", "lab_units": "2"} if hidden else {})
    data = DataSource(str(shared_home / "mnist-5000"), (3, 7)).load()
    config = Config((3, 7), 2 if hidden else 0, "binary cross-entropy")
    steps = 3 * math.ceil(len(data.train_x) / 64)
    after, _ = train_steps(start(config), data, config, Hyperparameters(sweep(page).rates[2], 64), steps)
    weights = (after.params[0] - start(config).params[0] if hidden else after.params[0]).numpy()
    shown = array(message(page)["weights"]["2"], np.int8).reshape(-1, 784)
    np.testing.assert_allclose(shown / 127, weights / abs(weights).max(1, keepdims=True), atol=0.01)


def test_the_rate_that_is_chosen_on_the_u_opens_as_a_run_and_is_in_the_link(swept):
    page = swept(lab_count="4", lab_rates=["0.01", "1"])
    rate = sweep(page).rates[1]
    assert rate not in choices.TRAINING_RATES
    look(page, 1)
    assert message(page)["chosen"] == 1
    assert page.app.query_params["lab_rate"] in (f"{rate:g}", [f"{rate:g}"])
    page.follow(f"Open {rate:g} as a run")
    assert page.value("lr") == rate


def test_pinned_rates_are_still_pinned_when_the_visitor_comes_back_and_not_in_another_sweep(swept):
    page = look(swept(), 1, [2, 3])
    page.open("tensors").open("learning_rates")
    assert message(page)["pinned"] == [2, 3]
    page.press("Again").press("Run")
    assert message(page)["pinned"] == []


MADE_UP = [
    {"chosen": 5},
    {"chosen": -1},
    {"chosen": "1"},
    {"pinned": [0, 99]},
    {"pinned": [True]},
    {"pinned": None},
    {"run": "another"},
    {"run": None},
]


def test_what_a_browser_makes_up_changes_nothing(swept):
    page = swept()
    before = message(page)
    for sent in MADE_UP:
        look(page, **{"chosen": 1} | sent)
        after = message(page)
        assert (after["chosen"], after["pinned"]) == (before["chosen"], before["pinned"]) == (None, []), sent


def test_more_than_two_can_not_be_pinned(swept):
    assert message(look(swept(), 0, [1, 2, 3, 4]))["pinned"] == [1, 2]


# Optimisers


def test_the_sweep_of_adam_is_that_of_core_and_the_page_compares_its_good_rates_with_those_of_sgd(swept, shared_home):
    page = swept(lab_epochs="8", lab_rates=["0.001", "10"])
    before = message(page)
    assert "How the good rates move" not in page.text
    page.set(lab_optimiser="Adam").press("Run")
    while sweep(page).playing:
        page.run()
    data, config = DataSource(str(shared_home / "mnist-5000"), (3, 7)).load(), sweep(page).config
    hyper = Hyperparameters(sweep(page).rates[0], 64, max_epochs=8, optimiser="Adam")
    _, alone = train_steps(start(config), data, config, hyper, 10**9)
    assert sweep(page).column("valid_loss")[-1, 0] == pytest.approx(alone.epochs[-1].valid_loss, abs=1e-3)
    table = page.table("Optimiser").set_index("Optimiser")
    assert [*table.index] == ["SGD", "Adam"]
    assert table["Best"]["SGD"] == before["rates"][before["best"]] > table["Best"]["Adam"]
    (earlier,) = message(page)["earlier"]
    assert earlier[0] == "SGD"
    np.testing.assert_array_equal(array(earlier[1]), array(before["valid"])[-5:])
    assert "**Adam** from" in page.line("**SGD** learned well")
    page.follow("as a run")
    assert page.value("optimiser") == "Adam"


def test_momentum_and_decay_go_along_to_training(swept):
    page = swept(lab_momentum="0.9", lab_decay="0.01").follow("as a run")
    run = page.app.session_state[keys.TRAINING_RUN]
    assert (run.hyper.momentum, run.hyper.weight_decay, run.hyper.optimiser) == (0.9, 0.01, "SGD")

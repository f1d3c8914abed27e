"""The Training page: what it shows is the run that core trains, and nothing that is pressed or turned loses it."""

import numpy as np
import pytest

from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import training_run
from tests.pages.training_page import FLAT_OUT, assert_shows, curves, earlier, live, message, run_of, step, watch
from ui.state import choices

MOVES = {  # every widget that makes or shows a run, and another value than its own
    "lr": 0.1,
    "batch": 64,
    "momentum": 0.5,
    "decay": 0.001,
    "model": "Hidden layer",
    "units": 7,
    "images": 200,
    "shuffle": False,
    "seed": 9,
    "loss": "binary cross-entropy",
    "stop": "When it overfits",
    "patience": 4,
    "keep_gradients": True,
    "uphill": True,
    "sorted": True,
    "log_loss": True,
    "pace": "16",
    "stage": "3 Loss",
}


# The buttons


def test_a_run_begins_at_step_0_with_nothing_to_take_away(training):
    visitor = training()
    assert step(visitor) == 0
    assert "Nothing is learned yet" in visitor.text
    assert visitor.said("error") == visitor.said("warning") == []


def test_one_step_is_one_and_one_epoch_goes_to_its_end(training, threes_and_sevens):
    visitor = training()
    assert step(visitor.press("One step")) == 1
    assert_shows(visitor, Config(), Hyperparameters(), 1, threes_and_sevens)
    assert step(visitor.press("One step")) == 2
    visitor.press("One epoch")
    assert_shows(visitor, Config(), Hyperparameters(), 4, threes_and_sevens)  # 800 images in batches of 256
    visitor.press("One epoch")
    assert_shows(visitor, Config(), Hyperparameters(), 8, threes_and_sevens)


@pytest.mark.parametrize(
    ("link", "config"),
    [
        ({"model": "Hidden layer", "units": "5"}, Config(hidden=5)),
        ({"loss": "binary cross-entropy", "seed": "4"}, Config(loss="binary cross-entropy", seed=4)),
        ({"images": "200", "shuffle": "false"}, Config(train_size=200, order="fixed")),
        ({"sorted": "true"}, Config(order="sorted")),
    ],
    ids=str,
)
def test_a_set_up_is_the_run_that_core_trains(training, threes_and_sevens, link, config):
    visitor = training(lr="0.1", batch="64", momentum="0.5", **link)
    visitor.press("One epoch").press("One step")
    steps = 5 if config.train_size else 14
    assert_shows(visitor, config, Hyperparameters(0.1, 64, 0.5), steps, threes_and_sevens)


def test_run_takes_steps_until_pause_and_none_after_it(training):
    visitor = training(**FLAT_OUT)
    visitor.press("Run")
    running = step(watch(visitor))
    assert running > 0
    assert [button.label for button in visitor.app.button if button.key == "run"] == ["Pause"]
    assert step(watch(visitor)) > running
    assert float(live(visitor)["Digits a second"].replace(",", "")) > 0
    paused = step(visitor.press("Pause"))
    assert step(visitor.run()) == paused
    assert step(visitor.press("One step")) == paused + 1


def test_one_step_pauses_a_run(training):
    visitor = training(**FLAT_OUT).press("Run")
    taken = step(visitor.press("One step"))
    assert not run_of(visitor).playing
    assert step(visitor.run()) == taken


def test_an_epoch_that_takes_long_can_be_paused_and_plays_to_its_end(training, threes_and_sevens, monkeypatch):
    monkeypatch.setattr(training_run, "CLICK_SECONDS", 0)
    visitor = training(batch="1").press("One epoch")
    assert [button.label for button in visitor.app.button if button.key == "run"] == ["Pause"]
    paused = step(visitor.press("Pause"))
    assert paused == step(visitor.run()) < 800
    visitor.press("One epoch")
    for _ in range(200):
        if run_of(visitor).playing:
            watch(visitor)
    assert [button.label for button in visitor.app.button if button.key == "run"] == ["Run"]
    _, progress = train_steps(start(Config()), threes_and_sevens, Config(), Hyperparameters(batch_size=1), 800)
    assert (live(visitor)["Epoch"], step(visitor)) == ("1", 800)
    assert float(live(visitor)["Validation loss"]) == pytest.approx(progress.epochs[-1].valid_loss, abs=2e-4)


def test_reset_begins_again_and_keeps_the_run_among_the_earlier_ones(training, threes_and_sevens):
    visitor = training().press("One epoch").press("Reset")
    assert step(visitor) == 0
    table = earlier(visitor)
    _, progress = train_steps(start(Config()), threes_and_sevens, Config(), Hyperparameters(), 4)
    assert table.Name.tolist() == ["Run 1"]
    assert table.Epochs.tolist() == [1]
    assert table["Validation accuracy"].tolist() == pytest.approx(
        [max(e.valid_accuracy for e in progress.epochs)], abs=0.006
    )
    assert "Run 1, rate 1" in set(curves(visitor)[0].series)
    visitor.press("One epoch")
    assert_shows(visitor, Config(), Hyperparameters(), 4, threes_and_sevens)  # the same seed: the same run


# What is turned


def test_turning_the_rate_keeps_what_is_learned(training):
    visitor = training().press("One epoch")
    before = run_of(visitor)
    visitor.set(lr=0.1).set(momentum=0.5).set(batch=32)
    assert run_of(visitor) is before
    assert step(visitor) == 4
    assert live(visitor)["Rate in use"] == "1"
    visitor.press("One step")
    assert (step(visitor), live(visitor)["Rate in use"]) == (5, "0.1")
    assert run_of(visitor).changes == [(0, Hyperparameters()), (4, Hyperparameters(0.1, 32, 0.5))]


def test_the_rate_can_be_turned_while_it_runs(training):
    visitor = training(**FLAT_OUT).press("Run").set(lr=0.501)
    watch(visitor)
    assert run_of(visitor).playing
    assert live(visitor)["Rate in use"] == "0.501"


@pytest.mark.parametrize(
    ("moved", "config"),
    [
        ({"seed": 5}, Config(seed=5)),
        ({"model": "Hidden layer"}, Config(hidden=30)),
        ({"images": 100}, Config(train_size=100)),
        ({"shuffle": False}, Config(order="fixed")),
        ({"loss": "binary cross-entropy"}, Config(loss="binary cross-entropy")),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_another_model_seed_loss_or_data_is_a_new_run_beside_the_old_one(training, moved, config):
    visitor = training().press("One epoch").set(**moved)
    assert (step(visitor), run_of(visitor).config) == (0, config)
    assert earlier(visitor).Name.tolist() == ["Run 1"]
    visitor.press("One step")
    assert step(visitor) == 1


def test_other_digits_are_a_new_run_with_cross_entropy(training):
    visitor = training().press("One step").set(digits=[2, 3, 7])
    assert run_of(visitor).config == Config((2, 3, 7), loss="cross-entropy")
    visitor.press("One epoch")
    assert live(visitor)["Epoch"] == "1"
    assert visitor.said("error") == []


def test_leaving_the_page_and_coming_back_keeps_the_run(training):
    visitor = training(lr="0.1").press("One epoch").press("One step")
    before, shown = run_of(visitor), live(visitor)
    visitor.open("pixels").open("training")
    assert run_of(visitor) is before
    assert live(visitor) == shown
    assert step(visitor.press("One step")) == 6


def test_another_optimiser_goes_on_with_what_is_learned(training, threes_and_sevens):
    visitor = training(momentum="0.9", lr="0.01").press("One epoch").set(optimiser="Adam")
    sgd = Hyperparameters(0.01, momentum=0.9)
    adam = Hyperparameters(0.01, optimiser="Adam")
    assert run_of(visitor).hyper == adam
    assert live(visitor)["Step"] == "4"
    assert "momentum of its own" in visitor.text
    visitor.press("One step")
    state, _ = train_steps(start(Config()), threes_and_sevens, Config(), sgd, 4)
    state, _ = train_steps(state, threes_and_sevens, Config(), adam, 1)
    for one, other in zip(run_of(visitor).state.params, state.params, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert run_of(visitor.set(optimiser="SGD")).hyper == sgd
    assert training(**dict(visitor.set(optimiser="Adam").app.query_params)).value("optimiser") == "Adam"


def test_each_turn_while_it_runs_leaves_a_mark(training):
    visitor = training().press("One step")
    turns = [
        ({"lr": 0.1}, "rate 0.1"),
        ({"momentum": 0.5}, "momentum 0.5"),
        ({"batch": 32}, "batch 32"),
        ({"decay": 0.01}, "weight decay 0.01"),
        ({"optimiser": "Adam"}, "Adam"),
        ({"uphill": True}, "uphill"),
        ({"keep_gradients": True}, "gradients kept"),
        ({"stop": "After some epochs"}, None),
    ]
    for change, _ in turns:
        visitor.set(**change).press("One step")
    header, _ = message(visitor)
    assert [words for _, words in header["marks"]] == [words for _, words in turns if words]
    places = [at for at, _ in header["marks"]]
    assert places == sorted(set(places))


def test_every_widget_can_be_moved_and_the_run_is_what_they_say(training):
    visitor = training()
    for key, value in MOVES.items():
        visitor.set(**{key: value})
    assert {key: visitor.value(key) for key in MOVES} == MOVES
    assert run_of(visitor).config == Config((3, 7), 7, "binary cross-entropy", 200, "sorted", 9)
    assert run_of(visitor).hyper == Hyperparameters(0.1, 64, 0.5, False, True, None, 4, weight_decay=0.001)
    assert step(visitor.press("One step")) == 1
    assert visitor.said("error") == visitor.said("warning") == []


def test_a_link_carries_every_widget_that_was_moved(training):
    first = training()
    for key, value in MOVES.items():
        first.set(**{key: value})
    second = training(**dict(first.app.query_params))
    assert second.said("warning") == []
    assert {key: second.value(key) for key in MOVES} == MOVES
    assert (run_of(second).config, run_of(second).hyper) == (run_of(first).config, run_of(first).hyper)


def test_a_link_carries_every_rate(training):
    first = training()
    for rate in (*choices.TRAINING_RATES[::10], 2.0, 0.000126):
        second = training(**dict(first.set(lr=rate).app.query_params))
        assert second.said("warning") == [], rate
        assert second.value("lr") == rate

"""The Training page: what it shows is the run that core trains, and nothing that is pressed loses it."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from core.stages import look_at_step
from core.training import Config, Knobs, start, train_steps
from core.training_data import Source
from tests.pages.visitor import numbers, shrunk
from ui import burst, model_file, state
from ui.training_setup import ALL, batch_sizes

MOVES = {  # every widget that makes or shows a run, and another value than its own
    "lr": 0.1, "batch": 64, "momentum": 0.5, "model": "Hidden layer", "units": 7, "images": 200, "shuffle": False,
    "seed": 9, "loss": "binary cross-entropy", "stop": "When it overfits", "patience": 4, "keep_gradients": True,
    "uphill": True, "sorted": True, "log_loss": True, "stage": "3 Loss",
}  # fmt: skip


@pytest.fixture
def training(visit, monkeypatch):
    """Return a function that opens the page with some settings in its link."""
    monkeypatch.setattr(burst, "BURST", 0.4)  # seconds that a click on Run takes here
    return lambda **link: visit("training", **link)


@pytest.fixture
def data(shared_home):
    return Source(str(shared_home / "mnist-5000"), (3, 7)).load()


def live(visitor) -> dict[str, str]:
    """Return the live numbers by their names."""
    (table,) = (one.value for one in visitor.app.get("html") if "live-numbers" in one.value)
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", table))


def step(visitor) -> int:
    return int(live(visitor)["Step"].replace(",", ""))


def player(visitor):
    return visitor.app.session_state[state.PLAYER]


def curves(visitor) -> list[pd.DataFrame]:
    """Return the data of the loss chart and of the accuracy chart."""
    return [convert_arrow_bytes_to_pandas_df(one.proto.data.data) for one in visitor.app.get("vega_lite_chart")]


def upload(visitor, content: bytes):
    visitor.app.get_by_key(state.WEIGHTS_FILE).set_value(("w.safetensors", content, "application/octet-stream"))
    return visitor.run()


def earlier(visitor) -> pd.DataFrame:
    return visitor.table("Settings")


def assert_shows(visitor, config, knobs, steps, data):
    """See that the live numbers and curves are those of a run of so many steps."""
    after, progress = train_steps(start(config), data, config, knobs, steps)
    last, shown = progress.epochs[-1], live(visitor)
    assert (shown["Epoch"], shown["Step"]) == (f"{after.epoch:,}", f"{steps:,}")
    for name, value in (("Training loss", last.train_loss), ("Validation loss", last.valid_loss)):
        assert float(shown[name]) == pytest.approx(value, abs=2e-4)
    for name, value in (("Training accuracy", last.train_accuracy), ("Validation accuracy", last.valid_accuracy)):
        assert float(shown[name].rstrip("%")) / 100 == pytest.approx(value, abs=0.006)
    loss, accuracy = (chart.dropna() for chart in curves(visitor))
    each, valid = (loss[loss.series == name] for name in ("each step", "validation"))
    assert each.y.tolist() == pytest.approx(progress.losses, abs=1e-4)
    assert each.x.tolist() == pytest.approx(progress.positions)
    assert valid.y.tolist() == pytest.approx([epoch.valid_loss for epoch in progress.epochs], abs=1e-4)
    right = accuracy[accuracy.series == "training"]
    assert right.y.tolist() == pytest.approx([epoch.train_accuracy for epoch in progress.epochs], abs=0.006)


# The buttons


def test_a_run_begins_at_step_0_with_nothing_to_take_away(training):
    visitor = training()
    assert step(visitor) == 0
    assert "Nothing is learned yet" in visitor.text
    assert visitor.said("error") == visitor.said("warning") == []


def test_one_step_is_one_and_one_epoch_goes_to_its_end(training, data):
    visitor = training()
    assert step(visitor.press("One step")) == 1
    assert_shows(visitor, Config(), Knobs(), 1, data)
    assert step(visitor.press("One step")) == 2
    visitor.press("One epoch")
    assert_shows(visitor, Config(), Knobs(), 4, data)  # 800 images in batches of 256
    visitor.press("One epoch")
    assert_shows(visitor, Config(), Knobs(), 8, data)


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
def test_a_set_up_is_the_run_that_core_trains(training, data, link, config):
    visitor = training(lr="0.1", batch="64", momentum="0.5", **link)
    visitor.press("One epoch").press("One step")
    steps = 5 if config.train_size else 14
    assert_shows(visitor, config, Knobs(0.1, 64, 0.5), steps, data)


def test_run_takes_steps_until_pause_and_none_after_it(training):
    visitor = training()
    running = step(visitor.press("Run"))
    assert running > 0
    assert [button.label for button in visitor.app.button if button.key == "run"] == ["Pause"]
    assert step(visitor.run()) > running
    assert float(live(visitor)["Digits a second"].replace(",", "")) > 0
    paused = step(visitor.press("Pause"))
    assert step(visitor.run()) == paused
    assert step(visitor.press("One step")) == paused + 1


def test_one_step_pauses_a_run(training):
    visitor = training().press("Run")
    taken = step(visitor.press("One step"))
    assert not player(visitor).playing
    assert step(visitor.run()) == taken


def test_reset_begins_again_and_keeps_the_run_among_the_earlier_ones(training, data):
    visitor = training().press("One epoch").press("Reset")
    assert step(visitor) == 0
    table = earlier(visitor)
    _, progress = train_steps(start(Config()), data, Config(), Knobs(), 4)
    assert table.Name.tolist() == ["Run 1"]
    assert table.Epochs.tolist() == [1]
    assert table["Validation accuracy"].tolist() == pytest.approx([max(e.valid_accuracy for e in progress.epochs)],
                                                                  abs=0.006)  # fmt: skip
    assert "Run 1" in set(curves(visitor)[0].series)
    visitor.press("One epoch")
    assert_shows(visitor, Config(), Knobs(), 4, data)  # the same seed: the same run


# What is turned


def test_turning_the_rate_keeps_what_is_learned(training):
    visitor = training().press("One epoch")
    before = player(visitor)
    visitor.set(lr=0.1).set(momentum=0.5).set(batch=32)
    assert player(visitor) is before
    assert step(visitor) == 4
    assert live(visitor)["Rate in use"] == "1"
    visitor.press("One step")
    assert (step(visitor), live(visitor)["Rate in use"]) == (5, "0.1")
    assert player(visitor).turned == [(0, Knobs()), (4, Knobs(0.1, 32, 0.5))]


def test_the_rate_can_be_turned_while_it_runs(training):
    visitor = training().press("Run").set(lr=0.501)
    assert player(visitor).playing
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
    assert (step(visitor), player(visitor).config) == (0, config)
    assert earlier(visitor).Name.tolist() == ["Run 1"]
    visitor.press("One step")
    assert step(visitor) == 1


def test_other_digits_are_a_new_run_with_cross_entropy(training):
    visitor = training().press("One step").set(digits=[2, 3, 7])
    assert player(visitor).config == Config((2, 3, 7), loss="cross-entropy")
    visitor.press("One epoch")
    assert live(visitor)["Epoch"] == "1"
    assert visitor.said("error") == []


def test_leaving_the_page_and_coming_back_keeps_the_run(training):
    visitor = training(lr="0.1").press("One epoch").press("One step")
    before, shown = player(visitor), live(visitor)
    visitor.open("pixels").open("training")
    assert player(visitor) is before
    assert live(visitor) == shown
    assert step(visitor.press("One step")) == 6


def test_every_widget_can_be_moved_and_the_run_is_what_they_say(training):
    visitor = training()
    for key, value in MOVES.items():
        visitor.set(**{key: value})
    assert {key: visitor.value(key) for key in MOVES} == MOVES
    assert player(visitor).config == Config((3, 7), 7, "binary cross-entropy", 200, "sorted", 9)
    assert player(visitor).knobs == Knobs(0.1, 64, 0.5, False, True, None, 4)
    assert step(visitor.press("One step")) == 1
    assert visitor.said("error") == visitor.said("warning") == []


def test_a_link_carries_every_widget_that_was_moved(training):
    first = training()
    for key, value in MOVES.items():
        first.set(**{key: value})
    second = training(**dict(first.app.query_params))
    assert second.said("warning") == []
    assert {key: second.value(key) for key in MOVES} == MOVES
    assert (player(second).config, player(second).knobs) == (player(first).config, player(first).knobs)


@pytest.mark.parametrize("rate", [*state.TRAINING_RATES[::10], 2.0, 0.000126], ids=str)
def test_a_link_carries_every_rate(training, rate):
    first = training().set(lr=rate)
    second = training(**dict(first.app.query_params))
    assert second.said("warning") == []
    assert second.value("lr") == rate


# How runs end


@pytest.mark.parametrize("link", [
    {"lr": "79.4", "uphill": "true"}, {"lr": "50.1", "batch": "1", "uphill": "true", "model": "Hidden layer"},
], ids=str)  # fmt: skip
def test_a_run_that_diverges_is_explained_with_its_rate(training, link):
    visitor = training(loss="binary cross-entropy", **link)
    for _ in range(5):
        if not player(visitor).state.stopped:
            visitor.press("One epoch")
    (sentence,) = visitor.said("warning")
    assert "**Diverged**" in sentence
    assert f"learning rate {float(link['lr']):g}" in sentence
    assert f"step {step(visitor):,}" in sentence
    assert "diverged" in set(curves(visitor)[0].note)
    taken = step(visitor)
    buttons = {button.key: button for button in visitor.app.button}
    assert all(buttons[key].disabled for key in ("run", "one_step", "one_epoch"))
    assert visitor.said("error") == []
    visitor.set(uphill=False, lr=0.01)
    assert (step(visitor), visitor.said("warning")) == (taken, [sentence])  # another rate does not undo it
    assert step(visitor.press("Reset").press("One step")) == 1
    assert visitor.said("warning") == []


def test_a_run_stops_after_as_many_epochs_as_asked(training):
    visitor = training(stop="After some epochs", epochs="3").press("Run")
    for _ in range(20):
        visitor.run()
    assert live(visitor)["Epoch"] == "3"
    assert "Stopped after 3 epochs, as asked" in visitor.text


def test_a_run_that_overfits_stops_with_its_best_weights(training):
    visitor = training(stop="When it overfits", patience="2", images="10", lr="1.0", loss="binary cross-entropy")
    for _ in range(200):
        if not player(visitor).state.stopped:
            player(visitor).take_epoch()
    visitor.run()
    now = player(visitor).state
    assert now.stopped
    assert f"validation loss has not fallen since epoch {now.best_epoch:,}" in visitor.text
    assert f"Stopped after {now.epoch:,} epochs" in visitor.text


def test_where_validation_loss_turned_up_is_marked(training):
    visitor = training(images="10", lr="1.0", loss="binary cross-entropy")
    for _ in range(60):
        player(visitor).take_epoch()
    visitor.run()
    now, loss = player(visitor).state, curves(visitor)[0]
    assert now.epoch - now.best_epoch > 3
    assert loss[loss.note == "lowest validation loss"].x.tolist() == [now.best_epoch]


# One step at a time


def test_the_seven_stages_show_the_numbers_of_the_very_next_step(training, data):
    visitor = training(lr="0.1", loss="binary cross-entropy").press("One epoch").press("One step")
    config, knobs = Config(loss="binary cross-entropy"), Knobs(0.1)
    now, _ = train_steps(start(config), data, config, knobs, 5)
    look = look_at_step(now, data, config, knobs)
    right = look.probs.gather(1, look.targets[:, None])[:, 0]
    place = look.gradient[0][0].abs().argmax()
    table = visitor.table("Loss before the step")["value"].str.replace(",", "").astype(float)
    length = sum((g.double() ** 2).sum().item() for g in look.gradient) ** 0.5
    assert table.tolist() == pytest.approx(
        [6, 256, look.loss, look.loss_after, right.mean().item(),
         look.probs_after.gather(1, look.targets[:, None]).mean().item(), length], abs=6e-5,
    )  # fmt: skip
    said = {}
    for stage in state.STAGES:
        visitor.set(stage=stage)
        said[stage] = visitor.text
        if stage == "2 Predict":
            captions = [one.value for one in visitor.app.caption if re.fullmatch(r"\d: \d+%", one.value)]
            images = visitor.pictures("A ")
    assert "5 steps" in said["1 Initialise"]
    shown = [(f"{(3, 7)[t]}", float(p)) for t, p in zip(look.targets[:16], right, strict=False)]
    assert [caption[0] for caption in captions] == [digit for digit, _ in shown]
    assert [numbers(caption)[-1] / 100 for caption in captions] == pytest.approx([p for _, p in shown], abs=0.0051)
    for picture, image in zip(images[-16:], look.images, strict=False):
        np.testing.assert_allclose(shrunk(picture), 255 - 255 * image.reshape(28, 28), atol=2)
    assert f"**{look.loss:.6f}**" in said["3 Loss"]
    assert f"row {place // 28}, column {place % 28}" in said["4 Gradient"]
    after = numbers(said["5 Step"].split("w − lr · gradient\n")[1].split("\n")[0])
    expected = [look.before[0][0, place], 0.1, look.gradient[0][0, place], look.after[0][0, place]]
    assert after == pytest.approx([float(number) for number in expected], abs=2e-5)
    assert "256 of 800 images" in said["6 Repeat"]
    assert "After 1 epochs" in said["7 Stop"]


def test_the_step_that_was_looked_at_is_the_one_that_is_taken(training):
    visitor = training(stage="6 Repeat").press("Take this step")
    assert step(visitor) == 1
    assert "256 of 800 images" in visitor.text


def test_while_it_runs_there_is_no_next_step_to_look_at(training):
    visitor = training().press("Run")
    assert "Pause it to look at its next step" in visitor.text
    assert "Loss before the step" in visitor.press("Pause").table("Loss before the step").index


# Earlier runs


def test_earlier_runs_are_sorted_by_their_accuracy_and_can_be_hidden_named_and_removed(training):
    visitor = training(lr="0.0001").press("One step").press("Reset")
    visitor.set(lr=1.0).press("One epoch").press("One epoch").press("Reset")
    assert earlier(visitor).Name.tolist() == ["Run 2", "Run 1"]

    def edit(**changes):
        (editor,) = visitor.app.data_editor
        rows = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **changes}
        return visitor._report(id=editor.proto.id, string_value=json.dumps(rows))

    edit(edited_rows={0: {"Name": "fast", "Show": False}})
    assert set(curves(visitor)[0].series) & {"fast", "Run 1", "Run 2"} == {"Run 1"}
    assert earlier(visitor).Name.tolist() == ["fast", "Run 1"]
    edit(edited_rows={0: {"Name": "validation"}, 1: {"Name": "fast"}})
    assert earlier(visitor).Name.tolist() == ["fast", "Run 1"]  # two lines of one name would be one
    edit(deleted_rows=[0])
    assert earlier(visitor).Name.tolist() == ["Run 1"]


# Take it away


def test_the_model_becomes_the_apps_own_on_other_pages(training):
    visitor = training().press("One epoch").press("Use it on the other pages")
    own = visitor.app.session_state[state.MODEL]
    assert own.digits == (3, 7)
    assert all(map(torch.equal, own.params, player(visitor).state.params))
    assert own.about.startswith("linear, rate 1, batch 256, 1 epochs, ")
    assert own.about in visitor.text


def test_weights_that_were_saved_are_loaded_and_the_run_goes_on_from_them(training, data):
    config, knobs = Config(), Knobs()
    trained, _ = train_steps(start(config), data, config, knobs, 40)
    file = model_file.pack(trained.params, config, knobs, trained.epoch)
    visitor = upload(training().press("One step"), file)
    assert visitor.said("error") == []
    assert all(map(torch.equal, player(visitor).state.params, trained.params))
    assert (step(visitor), player(visitor).loaded) == (0, True)
    assert earlier(visitor).Name.tolist() == ["Run 1"]
    visitor.press("One epoch")
    assert float(live(visitor)["Validation accuracy"].rstrip("%")) > 85
    assert "no seed to repeat it from" in visitor.text


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b"\0" * 5000, b"\xff" * 8 + b"{}", model_file.pack(start(Config(hidden=3)).params, Config(),
     Knobs(), 0), model_file.pack(start(Config()).params, Config((4, 9)), Knobs(), 0)],
    ids=["empty", "garbage", "zeros", "huge header", "another model", "other digits"],
)  # fmt: skip
def test_a_file_that_does_not_fit_gets_one_sentence_and_the_run_stays(training, content):
    visitor = training().press("One step")
    before = player(visitor).state
    (sentence,) = upload(visitor, content).said("error")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert player(visitor).state is before
    assert step(visitor.press("One step")) == 2


# Links


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", "nan"), ("lr", "inf"), ("lr", "-1"), ("lr", "0"), ("lr", "1e9"), ("batch", "-1"), ("batch", "0"),
        ("batch", "nan"), ("batch", "x"), ("momentum", "1"), ("momentum", "nan"), ("momentum", "-0.1"),
        ("model", "<b>"), ("units", "9999"), ("units", "0"), ("images", "0"), ("images", "nan"), ("shuffle", "maybe"),
        ("seed", "-1"), ("seed", "1e3"), ("loss", "cross-entropy"), ("stop", "now"), ("epochs", "0"),
        ("patience", "-5"), ("uphill", "2"), ("stage", "<b>"), ("stage", "8 Rest"), ("log_loss", ""),
    ],
)  # fmt: skip
def test_nonsense_in_a_link_opens_with_the_defaults_and_says_so(training, name, value):
    visitor = training(**{name: value})
    (warning,) = visitor.said("warning")
    assert f"{name}={value}" in warning
    assert visitor.value(name) == (ALL if name == "images" else state.SETTINGS[name].default)
    assert (player(visitor).config, player(visitor).knobs) == (Config(), Knobs())


@pytest.mark.parametrize(
    ("link", "config", "batch_size"),
    [
        ({"batch": "100000"}, Config(), 800), ({"batch": "100"}, Config(), 128), ({"images": "9000000"}, Config(), 256),
        ({"images": "800"}, Config(), 256), ({"images": "333"}, Config(train_size=200), 256),
    ],
    ids=str,
)  # fmt: skip
def test_a_size_that_these_digits_do_not_have_gives_way_to_the_nearest(training, link, config, batch_size):
    visitor = training(**link)
    assert (player(visitor).config, player(visitor).knobs.batch_size) == (config, batch_size)
    assert step(visitor.press("One step")) == 1


def test_all_images_stay_all_when_other_digits_come_into_play(training):
    visitor = training()
    for digits in ([0, 1, 2, 3, 4], [3, 7], list(range(10)), [4, 9]):
        visitor.set(digits=digits)
        assert player(visitor).images == 400 * len(digits)
        assert f"all {400 * len(digits):,}" in visitor.app.get_by_key("images").options
    visitor.set(images=500).set(digits=[1, 2, 3])
    assert player(visitor).images == 500


def test_a_batch_may_have_one_image_or_all(training):
    assert (batch_sizes(800)[0], batch_sizes(800)[-1]) == (1, 800)
    for size in (1, 800):
        assert step(training(batch=str(size)).press("One step")) == 1

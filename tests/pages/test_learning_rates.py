"""The Learning rates page: what it shows is what core computes, and any rate can be taken to Training."""

import math
import re

import numpy as np
import pytest
import torch
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from core.rates.lr_finder import lr_range_test
from core.rates.sweep import most_rates
from core.training.evaluation import evaluate
from core.training.optimisers import Optimiser
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import sweep_run
from live.data_source import DataSource
from tests.pages.training_page import run_of, watch
from tests.pages.visitor import numbers
from ui.kit import frames
from ui.state import keys

BCE = "binary cross-entropy"


@pytest.fixture
def lab(visit, monkeypatch):
    """Return a function that opens the page with some settings in its link."""
    monkeypatch.setattr(frames, "UNNOTICED", 30.0)  # a click on Run waits until it is over
    monkeypatch.setattr(sweep_run, "CHUNK_SECONDS", 30.0)
    return lambda **link: visit("learning_rates", **link)


@pytest.fixture
def data(shared_home):
    return DataSource(str(shared_home / "mnist-5000"), (3, 7)).load()


def sweep(visitor):
    return visitor.app.session_state[keys.SWEEP]


def shown(visitor, *fields) -> list:
    """Return the data of all charts on the page that have these columns."""
    tables = [convert_arrow_bytes_to_pandas_df(one.proto.data.data) for one in visitor.app.get("vega_lite_chart")]
    return [table for table in tables if {*fields} <= {*table}]


def run_to_the_end(visitor):
    """Run the sweep. Its first epoch is drawn, and its end: to wait for the others, the page need not be drawn."""
    visitor.press("Run")
    while sweep(visitor).playing:
        assert sweep(visitor).advance(60)
    return visitor.run()


SMALL = {"lab_count": "5", "lab_epochs": "3", "lab_rates": ["0.001", "10"]}


def test_a_sweep_ends_with_the_losses_that_each_rate_has_when_it_is_trained_alone(lab, data):
    page = run_to_the_end(lab(**SMALL))
    table = page.table("Verdict")
    assert len(table) == 5
    config = Config((3, 7), 0, BCE)
    for rate, loss, accuracy in zip(table["Rate"], table["Validation loss"], table["Accuracy"], strict=True):
        steps = 3 * math.ceil(len(data.train_x) / 64)
        after, _ = train_steps(start(config), data, config, Hyperparameters(lr=rate, batch_size=64), steps)
        expected = evaluate(after.params, data.valid_x, data.valid_y, BCE)
        assert (loss, accuracy) == pytest.approx(expected, abs=2e-3)


def test_before_anything_has_run_the_page_shows_no_empty_chart(lab):
    page = lab()
    assert page.app.get("vega_lite_chart") == []
    assert any("press Run" in info for info in page.said("info"))


def test_the_heat_map_has_a_cell_for_every_rate_and_epoch(lab):
    page = run_to_the_end(lab(**SMALL))
    (cells,) = shown(page, "exact", "until")
    assert len(cells) == 5 * (3 + 1)
    history = sweep(page).history
    np.testing.assert_allclose(cells.loss, torch.stack([epoch.valid_loss for epoch in history]).flatten(), rtol=1e-6)


def test_huge_rates_are_thrown_far_and_come_back_and_none_is_called_diverged(lab):
    page = run_to_the_end(lab(lab_count="3", lab_rates=["79.4", "100"]))
    assert sweep(page).state.diverged.tolist() == [0, 0, 0]
    assert sweep(page).column("train_accuracy")[-1].min() > 0.98
    assert set(page.table("Verdict")["Verdict"].str.split(",").str[0]) == {"thrown far"}
    assert "None diverged" in page.text


def test_a_sweep_in_which_a_rate_has_diverged_shows_all_its_verdicts(lab):
    page = run_to_the_end(lab(lab_decay="1", lab_count="3", lab_epochs="5", lab_rates=["0.1", "100"]))
    assert sweep(page).state.diverged.tolist()[-1] > 0
    accuracies = page.table("Verdict")["Accuracy"]
    assert accuracies.isna().tolist() == [False, False, True]


def test_rates_that_kill_a_hidden_layer_are_called_dead_and_too_large(lab):
    link = {"lab_model": "Hidden layer", "lab_epochs": "5", "lab_count": "3", "lab_rates": ["12.6", "100"]}
    page = run_to_the_end(lab(**link))
    assert set(page.table("Verdict")["Verdict"].str.split(":").str[0]) == {"dead"}
    assert "all of them are too large" in page.text


def test_no_sentence_promises_that_mnist_loss_diverges_at_larger_rates(lab):
    page = run_to_the_end(lab(lab_loss="mnist_loss", lab_count="3", lab_epochs="3", lab_rates=["0.01", "1"]))
    assert "None diverged." in page.text
    assert "larger rates" not in page.text


def test_the_ends_of_the_range_are_never_the_same_rate(lab):
    page = lab(lab_rates=["0.1", "10"])
    page.set(lab_rates=(1.0, 1.0))
    assert page.value("lab_rates") == (0.1, 10.0)


@pytest.mark.parametrize("link", [["10", "0.1"], ["0", "1"], ["-1", "1"], ["nan", "1"], ["1"], ["x", "y"], ["1", "1"]])
def test_a_range_upside_down_or_not_positive_in_a_link_is_left_out_with_a_sentence(lab, link):
    page = lab(lab_rates=link)
    (warning,) = page.said("warning")
    assert "made no sense" in warning
    assert page.value("lab_rates") == (0.0001, 100.0)


TOO_MUCH = [
    ("lab_count", "129"),
    ("lab_count", "2"),
    ("lab_epochs", "51"),
    ("lab_units", "101"),
    ("lab_rate", "1e9"),
    ("valley_steps", "501"),
    ("next_rate", "0"),
    ("tested", "10"),
    ("experiment", "5 Cheat"),
]


@pytest.mark.parametrize(("name", "text"), TOO_MUCH)
def test_more_than_the_page_can_do_is_left_out_of_a_link_with_a_sentence(lab, name, text):
    (warning,) = lab(**{name: text}).said("warning")
    assert f"{name}={text}" in warning


def test_large_models_are_trained_with_fewer_rates_at_once_and_the_page_says_so(lab):
    page = lab(lab_count="128", lab_model="Hidden layer", lab_units="100")
    rates = len(sweep(page).rates)
    assert rates == most_rates(784 * 100 + 100 + 100 + 1) < 128
    assert any(f"with {rates} rates at once" in caption for caption in page.said("caption"))
    assert any(f"{rates} rates are trained at once" in drawer.label for drawer in page.app.expander)
    assert "128 rates" not in page.text


@pytest.mark.parametrize("experiment", ["1 Sweep", "2 Range test", "3 The valley", "4 Batch size"])
def test_it_asks_about_rates_that_are_trained_at_once_only_beside_their_sweep(lab, experiment):
    page = lab(experiment=experiment)
    asked = any("rates are trained at once" in drawer.label for drawer in page.app.expander)
    assert asked == (experiment == "1 Sweep")


def test_a_sweep_that_is_paused_after_one_epoch_says_to_go_on_and_one_of_one_epoch_to_choose_more(lab):
    page = run_to_the_end(lab(**{**SMALL, "lab_epochs": "1"}))
    assert "by definition: choose more epochs." in page.text
    page.set(lab_epochs=20)
    sweep(page).play()
    while sweep(page).state.epoch < 1:
        assert sweep(page).advance(60)
    sweep(page).pause()
    assert (sweep(page).state.epoch, page.run().text.count("by definition: go on for more epochs.")) == (1, 1)
    assert "choose more epochs" not in page.text


def test_another_set_up_begins_another_sweep(lab):
    page = run_to_the_end(lab(**SMALL))
    page.set(lab_epochs=2)
    assert sweep(page).state.step == 0


def test_again_begins_from_the_first_weights(lab):
    page = run_to_the_end(lab(**SMALL))
    page.press("Again")
    assert sweep(page).state.step == 0
    assert not sweep(page).playing


def test_the_second_click_of_two_on_again_finds_nothing_to_end_and_says_nothing(lab):
    page = lab(**SMALL)
    del page.app.session_state[keys.SWEEP]  # as the first click has, whose page is not drawn yet
    page.press("Again")
    assert sweep(page).state.step == 0


def test_a_rate_of_the_sweep_opens_on_training_as_a_run_that_ends_with_the_same_loss(lab, data):
    page = run_to_the_end(lab(**SMALL, lab_rate="0.1"))
    loss = page.table("Verdict").set_index("Rate")["Validation loss"][0.1]
    page.follow("Open 0.1 as a run")
    assert page.app.title[0].value == "Training"
    page.set(pace="Flat out").press("Run")
    while run_of(page).playing:
        watch(page)
    run = page.app.session_state[keys.TRAINING_RUN]
    assert (run.hyper.lr, run.hyper.batch_size, run.config.loss) == (0.1, 64, BCE)
    assert run.state.epoch == 3
    assert run.history.last().valid_loss == pytest.approx(loss, rel=1e-4)


def test_the_shapes_of_the_sweep_open_on_tensors(lab):
    page = lab(lab_count="7")
    page.follow("Take these two shapes apart")
    assert page.app.title[0].value == "Tensors"
    assert (page.value("shape_a"), page.value("shape_b")) == ("784, 1, 7", "7")


def test_the_range_test_shows_the_losses_that_core_measures(lab, data):
    page = lab(experiment="2 Range test", tested="60")
    (chart,) = shown(page, "layer", "place")
    test = lr_range_test(data, Config((3, 7), 0, BCE), 64, 0.0001, 100, 60)
    batches = chart[chart.layer == "batch"]
    np.testing.assert_allclose(batches.loss, test.losses, rtol=1e-4)
    said = numbers(page.line("The loss falls **fastest**"))
    assert said[:3] == pytest.approx([test.rates[test.steepest], test.rates[test.lowest], test.tenth], rel=0.01)


def test_the_names_of_the_suggestions_stand_on_the_outer_sides_of_their_lines(lab):
    (chart,) = shown(lab(experiment="2 Range test"), "layer", "place")
    suggested = chart[chart.layer == "suggested"].sort_values("rate")
    assert suggested.place.tolist() == [0, 1]  # left, right


def test_the_words_of_a_sweep_begin_with_the_best(lab):
    page = run_to_the_end(lab(lab_count="9", lab_epochs="5"))
    table = page.table("Verdict")
    assert f"**Best: {table['Rate'][0]:g}**" in page.text
    calm = table[~table["Verdict"].str.startswith("thrown")]
    assert table["Validation loss"][0] == calm["Validation loss"].min()


def test_a_sweep_says_how_long_the_rest_takes(lab):
    page = run_to_the_end(lab(**SMALL))
    assert sweep(page).seconds_left == 0
    page.press("Again")
    assert sweep(page).seconds_left is None


def test_a_suggestion_of_the_range_test_opens_on_training(lab):
    page = lab(experiment="2 Range test")
    label = next(one.proto.label for one in page.app.page_link if "steepest" in one.proto.label)
    page.follow(label)
    assert page.app.title[0].value == "Training"
    assert page.value("lr") == pytest.approx(numbers(label)[0], rel=0.01)


def test_a_range_test_that_ends_while_the_loss_falls_asks_for_a_larger_rate(lab):
    page = lab(experiment="2 Range test", lab_rates=["0.0001", "0.01"])
    (chart,) = shown(page, "layer", "place")
    smoothed = chart[chart.layer == "smoothed"].loss
    assert smoothed.iloc[-1] == smoothed.min()
    assert "It still falls at the last rate, 0.01: end at a larger rate to see where it turns." in page.text
    assert "tenth" not in page.text
    (link,) = (one.proto.label for one in page.app.page_link if "Train with" in one.proto.label)
    assert "steepest" in link


def test_a_suggestion_below_all_rates_of_training_is_not_offered_there(lab):
    page = lab(experiment="2 Range test", lab_rates=["0.0001", "0.001"], lab_batch="2", tested="50")
    (chart,) = shown(page, "layer", "place")
    low, high = sorted(chart[chart.layer == "suggested"].rate)
    (link,) = (one.proto.label for one in page.app.page_link if "Train with" in one.proto.label)
    assert low < 0.0001 < high == pytest.approx(numbers(link)[0], rel=0.01)
    assert "Training has no rate below 0.0001." in page.text


def test_a_range_test_of_nothing_but_huge_rates_says_what_it_means(lab):
    page = lab(experiment="2 Range test", lab_rates=["79.4", "100"])
    assert "flown off" in page.text or "nothing is suggested" in page.text


def test_the_next_step_lands_where_a_real_step_on_all_images_lands(lab, data):
    page = lab(experiment="3 The valley", valley_steps="30", valley_rate="0.1", next_rate="10")
    config = Config((3, 7), 0, BCE)
    after, _ = train_steps(start(config), data, config, Hyperparameters(0.1, 64), 30)
    x, y = data.train_x / 255, data.train_y
    before = evaluate(after.params, x, y, BCE)[0]
    leaves = tuple(p.clone().requires_grad_() for p in after.params)
    logits = x @ leaves[0].T + leaves[1]
    torch.nn.functional.binary_cross_entropy_with_logits(logits[:, 0], (y == 0).float()).backward()
    Optimiser(leaves, Hyperparameters(10.0)).step()
    landing = evaluate(tuple(p.detach() for p in leaves), x, y, BCE)[0]
    said = numbers(page.line("With the rate **10**"))
    assert said[1:3] == pytest.approx([before, landing], abs=2e-4)
    assert ("higher than before" in page.text) == (landing >= before)


def test_dragging_the_rate_of_the_next_step_moves_the_landing_point_only(lab):
    page = lab(experiment="3 The valley")
    (before,) = shown(page, "length", "layer")
    page.set(next_rate=1.0)
    (after,) = shown(page, "length", "layer")
    assert after[after.layer == "curve"].equals(before[before.layer == "curve"])
    assert after.length[after.layer == "landing"].item() == 1.0


def test_the_map_tells_how_much_of_the_path_it_shows(lab):
    page = lab(experiment="3 The valley", valley_steps="100")
    first, second = numbers(page.line("principal components"))[-3:-1]
    assert 50 < first <= 100
    assert 0 <= second <= first


def test_a_path_of_less_than_two_steps_has_no_map_and_says_so(lab):
    page = lab(experiment="3 The valley", valley_steps="1")
    assert any("at least two steps" in info for info in page.said("info"))


def test_a_run_that_was_thrown_far_has_its_valley_too(lab):
    page = lab(experiment="3 The valley", valley_steps="100", valley_rate="100")
    assert not any("diverged" in info for info in page.said("info"))
    assert "With the rate **0.5**" in page.text


def test_every_batch_size_gets_its_sweep_and_its_good_rates(lab):
    page = lab(experiment="4 Batch size", lab_count="5", lab_epochs="2", lab_rates=["0.001", "10"])
    page.press("Run")
    while page.app.session_state[keys.GRID].playing:
        page.run()
    table = page.table("Best")
    grid = page.app.session_state[keys.GRID]
    assert list(table["Batch"]) == [one.batch_size for one in grid.sweeps] == [16, 64, 256, 800]
    assert "less noisy" not in page.text
    for best, one in zip(table["Best"], grid.sweeps, strict=True):
        assert best == one.rates[one.history[-1].valid_loss.argmin()]


def test_batch_sizes_that_are_paused_in_mid_epoch_have_their_steps_and_no_conclusion(lab, monkeypatch):
    link = {"lab_count": "5", "lab_epochs": "3", "lab_rates": ["0.001", "10"]}
    page = lab(experiment="4 Batch size", **link)
    grid = page.app.session_state[keys.GRID]
    grid.play()
    second = grid.sweeps[1]
    while second.state.epoch < 1:
        assert grid.advance(60)
    monkeypatch.setattr(sweep_run, "CHUNK_SECONDS", 0)
    while not second.state.tally.images:  # in mid-epoch
        assert grid.advance(60)
        assert not second.over
    grid.pause()
    page.run()
    assert page.table("Best")["Steps an epoch"].tolist() == [math.ceil(800 / 16), math.ceil(800 / 64)]
    assert "larger batch needs" not in page.text
    monkeypatch.setattr(sweep_run, "CHUNK_SECONDS", 30.0)
    page.press("Go on")
    while grid.playing:
        page.run()
    assert page.table("Best")["Steps an epoch"].tolist() == [50, 13, 4, 1]
    assert "A batch of 16 takes 50 steps an epoch" in page.text


def test_three_digits_are_swept_with_cross_entropy(lab):
    page = run_to_the_end(lab(digits=["2", "3", "7"], **SMALL))
    assert sweep(page).config.loss == "cross-entropy"
    assert sweep(page).config.digits == (2, 3, 7)
    assert re.search(r"Best: [\d.]+", page.text)


def functions_in_the_drawer(page) -> set[str]:
    """Return the names of the functions that the open code drawer shows."""
    code = "\n".join(one.value for one in page.app.code)
    return set(re.findall(r"^def (\w+)", code, re.MULTILINE))


def test_the_code_drawer_shows_what_the_experiment_ran(lab):
    page = run_to_the_end(lab(**SMALL)).open_code()
    assert {
        "spread_rates",
        "start_sweep",
        "sgd_step_runs",
        "train_epoch",
        "sweep_steps",
        "judge_rates",
    } <= functions_in_the_drawer(page)
    files = [one.value for one in page.app.caption if one.value.endswith(tuple("0123456789")) and ".py`" in one.value]
    assert files
    assert all(one.startswith("`core/") for one in files)


@pytest.mark.parametrize(
    ("link", "called", "not_called"),
    [
        ({}, {"spread_rates", "start_sweep"}, {"sweep_steps", "judge_rates"}),
        (
            {"experiment": "3 The valley", "valley_steps": "1"},
            {"slice_along_gradient"},
            {"loss_map", "principal_plane"},
        ),
        ({"experiment": "3 The valley", "valley_steps": "9"}, {"loss_map", "principal_plane"}, set()),
        ({"experiment": "4 Batch size"}, {"spread_rates", "start_sweep"}, {"sweep_steps", "sgd_step_runs"}),
    ],
    ids=["sweep before Run", "valley without a path", "valley with a path", "batch sizes before Run"],
)
def test_the_code_drawer_names_no_function_that_was_not_called(lab, link, called, not_called):
    shown = functions_in_the_drawer(lab(**link).open_code())
    assert called <= shown
    assert not not_called & shown

"""The training runs of a session: which is the current one, and what is kept of those before it."""

import io
from types import SimpleNamespace

import pandas as pd
import pytest

from core.training.run import Config, Hyperparameters
from live.data_source import DataSource
from tests import made_up
from tests.executors import InlineExecutor
from ui.frame import own_model
from ui.frame.own_model import OwnModel
from ui.frame.scene import Scene
from ui.state import keys
from ui.training import charts, runs_table
from ui.training import runs as runs_module
from ui.training.runs import MOST_EARLIER, describe
from ui.training.runs_table import _csv

DATA = made_up.digits()


@pytest.fixture
def session(monkeypatch):
    """What a session keeps; its pool trains in this process on made-up digits."""
    kept = {}
    pool = SimpleNamespace(source=lambda dataset, digits: DATA)
    monkeypatch.setattr(runs_module, "pool", lambda: pool)
    monkeypatch.setattr(runs_module, "lane", InlineExecutor)
    monkeypatch.setattr(runs_module.st, "session_state", kept)
    return kept


@pytest.fixture
def scene(session):
    train = SimpleNamespace(count=lambda digit: 45)
    return Scene(SimpleNamespace(train=train), (3, 7), None)


def earlier_names():
    return [run.name for run in runs_module.earlier_runs()]


def test_the_same_set_up_goes_on_with_the_same_run(scene):
    run = runs_module.current_run(scene, Config(), Hyperparameters())
    run.take_step()
    assert runs_module.current_run(scene, Config(), Hyperparameters()) is run
    assert run.state.step == 1


def test_other_hyperparameters_go_on_with_what_is_learned(scene):
    run = runs_module.current_run(scene, Config(), Hyperparameters())
    run.take_step()
    hyper = Hyperparameters(0.5, 7, 0.9, False, True, 3, 2)
    assert runs_module.current_run(scene, Config(), hyper) is run
    assert (run.state.step, run.hyper) == (1, hyper)
    assert runs_module.earlier_runs() == []


@pytest.mark.parametrize(
    "other",
    [
        Config(hidden=3),
        Config(seed=1),
        Config(train_size=20),
        Config(order="fixed"),
        Config(loss="binary cross-entropy"),
    ],
    ids=str,
)
def test_another_set_up_is_another_run_and_the_old_one_stays(scene, other):
    before = runs_module.current_run(scene, Config(), Hyperparameters())
    before.take_step()
    before.play()
    run = runs_module.current_run(scene, other, Hyperparameters())
    assert run is not before
    assert (run.state.step, run.config, before.playing) == (0, other, False)
    (kept,) = runs_module.earlier_runs()
    assert (kept.name, kept.config, kept.state, kept.history) == ("Run 1", Config(), before.state, before.history)
    assert runs_module.name_of() == "Run 2"


def test_digits_from_another_folder_are_another_run(scene):
    before = runs_module.current_run(scene, Config(), Hyperparameters())
    runs_module.pool().source = lambda dataset, digits: DataSource("elsewhere", digits)
    run = runs_module.current_run(scene, Config(), Hyperparameters())
    assert run is not before
    assert run.source == DataSource("elsewhere", (3, 7))


def test_a_run_that_took_no_step_is_not_kept(scene):
    runs_module.current_run(scene, Config(), Hyperparameters())
    runs_module.new_run(scene, Config(), Hyperparameters())
    assert runs_module.earlier_runs() == []
    assert runs_module.name_of() == "Run 1"


def test_the_oldest_run_goes_when_there_are_too_many(scene):
    for _ in range(MOST_EARLIER + 3):
        runs_module.new_run(scene, Config(), Hyperparameters()).take_step()
    assert earlier_names() == [f"Run {number}" for number in range(3, MOST_EARLIER + 3)]


def test_the_oldest_run_goes_when_all_take_too_much_memory(scene, monkeypatch):
    for _ in range(3):
        runs_module.new_run(scene, Config(), Hyperparameters()).take_step()
    one = runs_module.earlier_runs()[0].history
    assert one.nbytes == 8 + 2 * 40  # a step, and the results at the start and after the only batch of an epoch
    monkeypatch.setattr(runs_module, "MOST_BYTES", 2 * one.nbytes)
    runs_module.new_run(scene, Config(), Hyperparameters())
    assert earlier_names() == ["Run 2", "Run 3"]


def test_earlier_runs_can_be_named_hidden_and_removed(scene):
    for _ in range(4):
        runs_module.new_run(scene, Config(), Hyperparameters()).take_step()
    runs_module.change_earlier(1, name="best", hidden=True)
    assert earlier_names() == ["Run 1", "best", "Run 3"]
    assert [run.hidden for run in runs_module.earlier_runs()] == [False, True, False]
    runs_module.remove_earlier([0, 2])
    assert earlier_names() == ["best"]


def test_no_two_runs_have_one_name_whatever_the_learner_calls_them(scene):
    for _ in range(3):
        runs_module.new_run(scene, Config(), Hyperparameters()).take_step()
    runs_module.change_earlier(0, name="Run 3")
    runs_module.change_earlier(1, name="Run 4")
    runs_module.new_run(scene, Config(), Hyperparameters()).take_step()
    runs_module.new_run(scene, Config(), Hyperparameters())
    names = [*earlier_names(), runs_module.name_of()]
    assert len(set(names)) == len(names) == 5


def test_the_own_model_is_for_its_own_digits(session):
    assert own_model.own_model((3, 7)) is None
    model = session[keys.MODEL] = OwnModel((3, 7), (), "linear")
    assert own_model.own_model((3, 7)) is model
    assert own_model.own_model((3, 8)) is None


@pytest.mark.parametrize("every_step", [False, True])
def test_a_run_without_a_step_makes_a_table_without_a_row(scene, every_step):
    run = runs_module.current_run(scene, Config(), Hyperparameters())
    table = pd.read_csv(io.StringIO(_csv(run, every_step)))
    assert len(table) == 0
    assert {"run", "settings"} <= set(table.columns)


def test_all_runs_are_in_the_table_to_download_the_current_one_last(scene):
    first = runs_module.current_run(scene, Config(), Hyperparameters(batch_size=40))
    first.take_epoch()
    second = runs_module.current_run(scene, Config(hidden=2), Hyperparameters(batch_size=90))
    second.take_epoch()
    second.take_epoch()
    steps, epochs = (pd.read_csv(io.StringIO(_csv(second, every_step))) for every_step in (True, False))
    assert steps.run.tolist() == ["Run 1"] * 3 + ["Run 2"] * 2
    assert steps.step.tolist() == [1, 2, 3, 1, 2]
    assert steps.epochs.tolist() == pytest.approx([40 / 90, 80 / 90, 1, 1, 2])
    assert steps.loss.tolist() == pytest.approx([*first.history.losses, *second.history.losses])
    assert epochs.run.tolist() == ["Run 1"] * 2 + ["Run 2"] * 3
    assert epochs.settings.tolist()[-1] == "hidden layer of 2, rate 1, batch 90"
    assert epochs.epoch.tolist() == [0, 1, 0, 1, 2]
    for name, column in second.history.epochs.items():
        assert epochs[name].tolist()[2:] == pytest.approx(list(column))


@pytest.mark.parametrize(
    ("config", "hyper", "words"),
    [
        (Config(), Hyperparameters(), "linear, rate 1, batch 256"),
        (
            Config(hidden=30),
            Hyperparameters(lr=0.001, batch_size=12396),
            "hidden layer of 30, rate 0.001, batch 12,396",
        ),
        (
            Config(train_size=5000),
            Hyperparameters(momentum=0.9),
            "linear, rate 1, batch 256, momentum 0.9, 5,000 images",
        ),
        (
            Config(),
            Hyperparameters(lr=0.01, optimiser="Adam", weight_decay=0.001),
            "linear, rate 0.01, Adam, batch 256, weight decay 0.001",
        ),
        (
            Config(order="sorted"),
            Hyperparameters(zero_grad=False, uphill=True),
            "linear, rate 1, batch 256, gradients kept, uphill, sorted",
        ),
        (
            Config(loss="binary cross-entropy", order="fixed", seed=4),
            Hyperparameters(),
            "linear, rate 1, batch 256, binary cross-entropy, fixed order, seed 4",
        ),
        (
            Config((2, 3, 7), loss="cross-entropy"),
            Hyperparameters(),
            "linear, rate 1, batch 256, digits 2 3 7",
        ),
    ],
)
def test_a_run_is_described_in_a_few_words(config, hyper, words):
    assert describe(config, hyper) == words


@pytest.mark.parametrize(
    "other",
    [
        Config(loss="binary cross-entropy"),
        Config(seed=4),
        Config(order="fixed"),
        Config(order="sorted"),
        Config((4, 9)),
        Config(hidden=5),
        Config(train_size=20),
    ],
    ids=str,
)
def test_two_runs_of_different_set_ups_have_different_descriptions(other):
    assert describe(other, Hyperparameters()) != describe(Config(), Hyperparameters())


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (Config(loss="binary cross-entropy"), "binary cross-entropy"),
        (Config(seed=4), "seed 4"),
        (Config(order="fixed"), "fixed order"),
    ],
    ids=["loss", "seed", "order"],
)
def test_a_faint_curve_says_in_what_its_run_is_unusual(scene, config, words):
    runs_module.current_run(scene, config, Hyperparameters()).take_step()
    run = runs_module.new_run(scene, Config(), Hyperparameters())
    table = charts.curve_table(charts.LOSS, run.history, runs_module.earlier_runs(), None)
    assert f"Run 1, rate 1, {words}" in table["series"].to_pylist()


def test_no_two_curves_have_one_name_whatever_the_learner_calls_the_runs(scene):
    runs_module.current_run(scene, Config(seed=4), Hyperparameters()).take_step()
    runs_module.current_run(scene, Config(), Hyperparameters()).take_step()
    runs_module.current_run(scene, Config(seed=4), Hyperparameters()).take_step()
    runs_module.new_run(scene, Config(), Hyperparameters())
    table = pd.DataFrame([runs_table._row(run) for run in runs_module.earlier_runs()])
    table["Name"] = ["good", "good, rate 1, seed 4", "Run 4, seed 4"]
    runs_table._take_over(table, [0, 1, 2])
    assert earlier_names() == ["good", "Run 2", "Run 4, seed 4"]
    assert runs_module.name_of() == "Run 5"


def test_a_curve_is_named_by_what_tells_it_from_the_others(scene):
    for config, rate in ((Config(), 0.001), (Config(hidden=30, loss="binary cross-entropy"), 2.0)):
        runs_module.new_run(scene, config, Hyperparameters(rate)).take_step()
    runs_module.new_run(scene, Config(), Hyperparameters())
    names = [run.curve_name for run in runs_module.earlier_runs()]
    assert names == ["Run 1, rate 0.001", "Run 2, 30 units, rate 2, binary cross-entropy"]


def test_a_file_of_steps_stays_small_however_many_steps_were_taken(scene):
    short = runs_module.current_run(scene, Config(), Hyperparameters(batch_size=40))
    short.take_epoch()
    long = runs_module.current_run(scene, Config(hidden=2), Hyperparameters())
    long.take_step()
    long.history.losses.extend(range(2, 1_000_002))
    long.history.positions.extend(range(2, 1_000_002))
    text = _csv(long, every_step=True)
    assert len(text) < 20_000_000
    steps = pd.read_csv(io.StringIO(text))
    assert 50_000 < len(steps) <= runs_table.MOST_ROWS
    kept = steps[steps.run == "Run 2"]
    assert steps[steps.run == "Run 1"].step.tolist() == [1, 2, 3]
    assert kept.step.iloc[[0, -1]].tolist() == [1, 1_000_001]
    assert kept.step.diff().iloc[1:-1].nunique() == 1
    assert kept.loss[1:].tolist() == kept.epochs[1:].tolist() == kept.step[1:].tolist()


def test_a_run_is_called_by_the_rates_with_which_it_took_its_steps(scene):
    run = runs_module.new_run(scene, Config(), Hyperparameters(1.0))
    said = []
    for rate in (0.001, 0.1, 10.0):
        for _ in range(5):
            run.take_step()
        run.change(Hyperparameters(rate))  # no step is taken with it yet
        (now,) = runs_module.all_runs(run)
        said.append((now.curve_name, now.settings))
    assert said == [
        ("Run 1, rate 1", "linear, rate 1, batch 256"),
        ("Run 1, rate 1, then 0.001", "linear, rate 1, then 0.001, batch 256"),
        ("Run 1, rate 1, …, 0.1", "linear, rate 1, …, 0.1, batch 256"),
    ]
    runs_module.new_run(scene, Config(), Hyperparameters(10.0))
    (kept,) = runs_module.earlier_runs()
    assert (kept.curve_name, kept.settings) == said[-1]
    assert runs_table._row(kept)["Settings"] == said[-1][1]


def test_a_rate_that_changes_with_something_else_or_not_at_all_is_named_once(scene):
    run = runs_module.new_run(scene, Config(), Hyperparameters(1.0))
    run.take_step()
    run.change(Hyperparameters(1.0, batch_size=30))
    run.take_step()
    assert runs_module.as_it_is(run).settings == "linear, rate 1, batch 30"

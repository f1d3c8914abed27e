"""The classifiers of a dataset are trained in the background, once; what is saved is read again, but not blindly."""

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from core.classifiers import training
from core.classifiers.training import KINDS, Plan
from live import classifiers as classifiers_module
from live import weights_file
from live.classifiers import Classifiers, ClassifierSets
from live.workers.worker_pool import WorkerDied
from tests import made_up
from tests.executors import InlineExecutor, ManualExecutor, ThreadExecutor, one_step

DIGITS = (2, 5, 9)
PLANS = {kind: Plan(steps=6, batch_size=8, lr=0.01, hidden=4 * (kind == "hidden")) for kind in KINDS}


@pytest.fixture(scope="module")
def data():
    return made_up.digits(classes=3)


def trained(data, folder, executor=None, plans=PLANS) -> tuple[Classifiers, InlineExecutor]:
    """Make classifiers and train them until they are ready or have failed, one step in each call."""
    executor = executor or InlineExecutor(one_step)
    classifiers = Classifiers(data, DIGITS, executor, data, folder, plans)
    classifiers.train()
    assert classifiers.problem or all(classifiers.params(kind) for kind in KINDS)
    return classifiers, executor


def weights(folder):
    return sorted((folder / weights_file.FOLDER).glob("*.safetensors"))


def test_every_classifier_is_trained_by_its_plan_step_by_step(data, tmp_path):
    first, executor = trained(data, tmp_path)
    assert len(executor.calls) == 18  # six of each
    for kind in KINDS:
        expected = training.train_steps(training.start(kind, DIGITS, PLANS[kind]), data, 6).params
        assert all(map(torch.equal, first.params(kind), expected))
        assert first.progress(kind) == 1
    assert first.problem is None


def test_a_kind_that_is_added_to_the_plans_is_trained_too(data, tmp_path):
    plans = {**PLANS, "wide": Plan(steps=6, batch_size=8, lr=0.01, hidden=9)}
    executor = InlineExecutor(one_step)
    classifiers = Classifiers(data, DIGITS, executor, data, tmp_path, plans)
    classifiers.train()
    expected = training.train_steps(training.start("wide", DIGITS, plans["wide"]), data, 6).params
    assert all(map(torch.equal, classifiers.params("wide"), expected))
    assert classifiers.progress("wide") == 1
    assert not classifiers.is_training


def test_chains_are_trained_side_by_side(data, tmp_path):
    expected, _ = trained(data, tmp_path / "expected")
    with ThreadExecutor(one_step) as executor:
        classifiers = Classifiers(data, DIGITS, executor, data, tmp_path, PLANS)
        classifiers.train()
        waiting = threading.Event()
        while not all(classifiers.params(kind) for kind in KINDS):
            assert not waiting.wait(0.01)
    for kind in KINDS:
        assert all(map(torch.equal, classifiers.params(kind), expected.params(kind)))


def test_progress_grows_during_training_and_until_its_end_there_are_no_parameters(data, tmp_path):
    executor = ManualExecutor(one_step)
    classifiers = Classifiers(data, DIGITS, executor, data, tmp_path, PLANS)
    assert executor.calls == []
    classifiers.train()
    assert len(executor.calls) == 2  # one a core, so that learners' calls come in between
    seen = []
    for _ in range(12):
        seen.append(classifiers.progress("conv"))
        assert (classifiers.params("conv") is None) == (seen[-1] < 1)
        classifiers.train()  # as often as pages like: it is under way
        executor.answer()
    assert seen[:7] == [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]
    assert all(classifiers.params(kind) for kind in KINDS)
    assert len(executor.calls) == 18


def test_what_was_trained_is_ready_at_the_next_start_without_a_call(data, tmp_path):
    first, _ = trained(data, tmp_path)
    again, executor = trained(data, tmp_path)
    assert executor.calls == []
    for kind in KINDS:
        assert all(map(torch.equal, again.params(kind), first.params(kind)))
        assert again.progress(kind) == 1
    assert len(weights(tmp_path)) == 3


def test_other_data_or_another_plan_are_trained_anew(data, tmp_path):
    trained(data, tmp_path)
    _, executor = trained(replace(data, train_x=data.train_x.flip(0)), tmp_path)
    assert len(executor.calls) == 18
    _, executor = trained(data, tmp_path, plans={**PLANS, "linear": replace(PLANS["linear"], lr=0.02)})
    assert len(executor.calls) == 6


def spoil(path, how):
    if how == "not a number":
        tensors = load_file(path)
        tensors["0"][0] = torch.nan
        save_file(tensors, path)
    elif how == "another model's":
        save_file({"0": torch.zeros(2, 2)}, path)
    elif how == "other names":
        save_file({f"x{name}": tensor for name, tensor in load_file(path).items()}, path)
    elif how == "cut off":
        path.write_bytes(path.read_bytes()[:-10])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "too large":
        path.write_bytes(bytes(weights_file.LARGEST + 1))
    else:
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize(
    "how", ["not a number", "another model's", "other names", "cut off", "empty", "too large", "a folder"]
)
def test_a_damaged_file_is_ignored_and_its_classifier_trained_anew(data, tmp_path, how):
    first, _ = trained(data, tmp_path)
    for path in weights(tmp_path):
        spoil(path, how)
    again, executor = trained(data, tmp_path)
    assert len(executor.calls) == 18
    assert again.problem is None
    assert all(map(torch.equal, again.params("conv"), first.params("conv")))
    if how != "a folder":
        assert trained(data, tmp_path)[1].calls == []  # whole files have replaced them
    assert not list((tmp_path / weights_file.FOLDER).glob("*.tmp"))


def test_they_are_trained_though_nothing_can_be_saved(data, tmp_path):
    (tmp_path / "file").write_text("in the way")
    first, _ = trained(data, tmp_path / "file")
    assert first.problem is None


DEAD = WorkerDied("The computation ended every process that tried it.")
SHUT_DOWN = RuntimeError("The workers have been shut down.")


@pytest.mark.parametrize(
    "failure", [{"error": DEAD}, {"error": SHUT_DOWN, "refuses": True}, {"error": DEAD, "after": 3}], ids=str
)
def test_workers_that_fail_are_a_problem_in_one_sentence_so_no_page_waits_for_ever(data, tmp_path, failure):
    executor = InlineExecutor(one_step, **failure)
    classifiers, _ = trained(data, tmp_path, executor)
    assert classifiers.problem.startswith("The models could not be trained (The ")
    assert classifiers.problem.endswith("the nearest ideals still answer.")
    assert "\n" not in classifiers.problem
    calls = len(executor.calls)
    classifiers.train()
    assert len(executor.calls) == calls  # it is not tried again and again


@pytest.mark.parametrize("refuses", [False, True])
def test_what_has_failed_is_tried_again_a_minute_later_and_goes_on_where_it_was(data, tmp_path, refuses):
    now, executor = [0.0], InlineExecutor(one_step, DEAD, after=3, refuses=refuses)
    classifiers = Classifiers(data, DIGITS, executor, data, tmp_path, PLANS, clock=lambda: now[0])
    classifiers.train()
    assert classifiers.problem
    executor.error = None
    now[0] = 59.0
    classifiers.train()
    assert classifiers.problem
    assert not classifiers.is_training
    now[0] = 61.0
    classifiers.train()
    assert classifiers.problem is None
    assert all(classifiers.params(kind) for kind in KINDS)
    assert len(executor.calls) == 18 + 2  # each chain has failed once, and no step is taken twice


def test_what_fails_again_is_tried_once_a_minute(data, tmp_path):
    now, executor = [0.0], InlineExecutor(one_step, DEAD)
    classifiers = Classifiers(data, DIGITS, executor, data, tmp_path, PLANS, clock=lambda: now[0])
    for second in range(150):
        now[0] = float(second)
        classifiers.train()
        assert classifiers.problem
    assert len(executor.calls) == 3 * 2  # two chains, at seconds 0, 60 and 120


@pytest.mark.parametrize("error", [SafetensorError("no"), OSError(28, "No space left on device")], ids=repr)
def test_an_error_while_one_is_saved_is_logged_and_all_are_trained(data, tmp_path, monkeypatch, caplog, error):
    def fail(*args):
        raise error

    monkeypatch.setattr(weights_file, "write_cached", fail)
    classifiers, _ = trained(data, tmp_path)
    assert classifiers.problem is None
    for kind in KINDS:
        assert classifiers.progress(kind) == 1
        assert f"{kind} is trained, but could not be saved" in caplog.text


# The classifiers of a server


@pytest.fixture
def server(data, tmp_path):
    """The sets of a server with an executor that waits, the datasets they were made for, and a clock that is set."""
    now, made, executor = [0.0], [], ManualExecutor(one_step)

    def make(dataset):
        made.append(dataset)
        return Classifiers(data, DIGITS, executor, data, tmp_path / dataset.folder, PLANS, clock=lambda: now[0])

    return SimpleNamespace(sets=ClassifierSets(make), executor=executor, made=made, now=now)


def dataset(number: int):
    return SimpleNamespace(folder=Path(f"dataset-{number}"))


def test_five_datasets_asked_for_in_turn_are_each_trained_once_and_one_after_the_other(server):
    datasets = [dataset(number) for number in range(5)]
    for _ in range(5 * 13):
        for one in datasets:
            server.sets.of(one)
        assert sum(not future.done() for future, *_ in server.executor.calls) <= 2  # one for each chain
        server.executor.answer()
    assert server.made == datasets
    assert len(server.executor.calls) == 5 * 18
    assert all(server.sets.of(one).params(kind) for one in datasets for kind in KINDS)


def test_training_that_no_page_asks_for_pauses_and_resumes_where_it_was(server):
    classifiers = server.sets.of(dataset(0))
    server.executor.answer()
    server.executor.answer()
    server.now[0] = classifiers_module.IDLE_SECONDS
    server.executor.answer()
    assert len(server.executor.calls) == 3 * 2
    server.executor.answer()
    assert len(server.executor.calls) == 3 * 2
    assert classifiers.progress("conv") == 3 / 6
    assert server.sets.of(dataset(0)) is classifiers
    assert len(server.executor.calls) == 4 * 2
    for _ in range(12):
        server.executor.answer()
    assert len(server.executor.calls) == 18
    assert all(classifiers.params(kind) for kind in KINDS)


def test_a_dataset_that_no_page_asks_for_any_more_makes_way_for_another(server):
    first, second = server.sets.of(dataset(0)), server.sets.of(dataset(1))
    server.executor.answer()
    assert (first.progress("conv"), second.progress("conv")) == (1 / 6, 0)
    server.now[0] = classifiers_module.IDLE_SECONDS
    server.sets.of(dataset(1))
    server.executor.answer()
    server.executor.answer()
    assert first.progress("conv") <= 2 / 6
    assert second.progress("conv") >= 1 / 6


def test_the_dataset_asked_for_least_recently_is_dropped_and_its_training_ends(server, monkeypatch):
    monkeypatch.setattr(classifiers_module, "MAX_SETS", 2)
    server.sets.of(dataset(0))
    kept = server.sets.of(dataset(1))
    server.sets.of(dataset(2))  # the first is dropped, and this one is trained in its place
    server.executor.answer()
    assert len(server.executor.calls) == 2 * 2 + 2
    assert server.sets.of(dataset(1)) is kept
    assert len(server.made) == 3
    server.sets.of(dataset(0))
    assert len(server.made) == 4


def test_all_training_ends_when_the_server_does(server):
    server.sets.of(dataset(0))
    server.sets.close()
    server.executor.answer()
    assert len(server.executor.calls) == 2

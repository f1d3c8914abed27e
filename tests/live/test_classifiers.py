"""The judges of a dataset learn in the background, once; what they have learned is kept and never trusted blindly."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.classifiers import training
from core.classifiers.training import KINDS, Plan
from live import classifiers, weights_file
from live.classifiers import Classifiers
from live.workers import WorkerDied
from tests import made_up

DIGITS = (2, 5, 9)
PLANS = {kind: Plan(steps=6, batch_size=8, lr=0.01, hidden=4 * (kind == "hidden")) for kind in KINDS}
PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def data():
    return made_up.digits(classes=3)


class Counting(ThreadPoolExecutor):
    """An executor of this process that counts its calls; from the call `stop` on, it fails or refuses them."""

    def __init__(self, fail_at: int | None = None, refuse_at: int | None = None):
        super().__init__(2)
        self.calls, self.fail_at, self.refuse_at = 0, fail_at, refuse_at
        self.lock = threading.Lock()

    def submit(self, function, /, *args):
        with self.lock:
            self.calls += 1
            calls = self.calls
        if self.refuse_at and calls >= self.refuse_at:
            raise RuntimeError("The workers have been shut down.")
        if self.fail_at and calls >= self.fail_at:
            failed = Future()
            failed.set_exception(WorkerDied("The computation ended every process that tried it."))
            return failed
        return super().submit(function, *args)


@pytest.fixture(autouse=True)
def _one_step_at_a_time(monkeypatch):
    monkeypatch.setattr(classifiers, "CHUNK", 0)


def made(data, folder, executor=None, plans=PLANS) -> tuple[Classifiers, Counting]:
    """Make judges and wait until they have learned, or given up."""
    executor = executor or Counting()
    learning = Classifiers(data, DIGITS, executor, data, folder, plans)
    waiting = threading.Event()
    while not learning.problem and not all(learning.params(kind) for kind in KINDS):
        assert not waiting.wait(0.01)
    return learning, executor


def weights(folder):
    return sorted((folder / weights_file.FOLDER).glob("*.safetensors"))


def test_every_judge_learns_what_its_plan_teaches_step_by_step(data, tmp_path):
    learned, executor = made(data, tmp_path)
    assert executor.calls == 18  # six of each
    for kind in KINDS:
        expected = training.train_steps(training.start(kind, DIGITS, PLANS[kind]), data, 6).params
        assert all(map(torch.equal, learned.params(kind), expected))
        assert learned.progress(kind) == 1
    assert learned.problem is None


def test_progress_grows_while_a_judge_learns_and_until_then_it_has_no_parameters(data, tmp_path):
    class Manual(Counting):
        """Keeps calls until they are asked for."""

        def __init__(self):
            super().__init__()
            self.kept = []

        def submit(self, function, /, *args):
            future = Future()
            self.kept.append((future, function, args))
            return future

        def advance(self):
            kept, self.kept = self.kept, []
            for future, function, args in kept:
                future.set_result(function(*args))

    executor = Manual()
    learning = Classifiers(data, DIGITS, executor, data, tmp_path, PLANS)
    assert len(executor.kept) == 2  # one a core, so that learners' calls come in between
    seen = []
    for _ in range(12):
        seen.append(learning.progress("conv"))
        assert (learning.params("conv") is None) == (seen[-1] < 1)
        executor.advance()
    assert seen[:7] == [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]
    assert all(learning.params(kind) for kind in KINDS)
    assert executor.kept == []


def test_what_was_learned_is_ready_at_the_next_start_without_a_call(data, tmp_path):
    learned, _ = made(data, tmp_path)
    again, executor = made(data, tmp_path)
    assert executor.calls == 0
    for kind in KINDS:
        assert all(map(torch.equal, again.params(kind), learned.params(kind)))
        assert again.progress(kind) == 1
    assert len(weights(tmp_path)) == 3


def test_other_data_or_another_plan_is_learned_anew(data, tmp_path):
    made(data, tmp_path)
    _, executor = made(replace(data, train_x=data.train_x.flip(0)), tmp_path)
    assert executor.calls == 18
    _, executor = made(data, tmp_path, plans={**PLANS, "linear": replace(PLANS["linear"], lr=0.02)})
    assert executor.calls == 6


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
def test_a_damaged_file_is_left_aside_and_its_judge_learns_anew(data, tmp_path, how):
    learned, _ = made(data, tmp_path)
    for path in weights(tmp_path):
        spoil(path, how)
    again, executor = made(data, tmp_path)
    assert executor.calls == 18
    assert again.problem is None
    assert all(map(torch.equal, again.params("conv"), learned.params("conv")))
    if how != "a folder":
        assert made(data, tmp_path)[1].calls == 0  # whole files are in their place
    assert not list((tmp_path / weights_file.FOLDER).glob("*.tmp"))


def test_where_nothing_can_be_kept_they_learn_all_the_same(data, tmp_path):
    (tmp_path / "file").write_text("in the way")
    learned, _ = made(data, tmp_path / "file")
    assert learned.problem is None


@pytest.mark.parametrize("executor", [Counting(fail_at=1), Counting(refuse_at=1), Counting(fail_at=4)])
def test_workers_that_fail_are_said_in_one_sentence_and_no_page_waits_for_ever(data, tmp_path, executor):
    learning, _ = made(data, tmp_path, executor)
    assert learning.problem.startswith("The models could not be trained (The ")
    assert learning.problem.endswith("the nearest ideals still answer.")
    assert "\n" not in learning.problem

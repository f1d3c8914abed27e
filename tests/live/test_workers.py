"""Worker processes: they give what a call in this process gives, survive their own death, and outlive no owner."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core.dataset import DatasetError
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import jobs
from live.data_source import Source
from live.workers import WorkerDied, Workers
from tests.live import calls

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds; a worker needs some to import PyTorch on a busy machine


@pytest.fixture(scope="module")
def shared():
    """One worker for all tests that leave it in order."""
    with Workers(1) as workers:
        yield workers


def ask(workers, function, *args):
    return workers.submit(function, *args).result(PATIENCE)


def is_running(pid: int) -> bool:
    """Return whether there is a process of this number that is more than an entry in a table."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state) and not state.startswith("Z")


def wait_until(true) -> bool:
    end = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


# Answers


def test_a_call_gives_its_result(shared):
    assert ask(shared, calls.add, 2, 3) == 5
    assert ask(shared, os.getpid) != os.getpid()


def test_large_values_go_there_and_back(shared):
    rows = torch.arange(2_000_000)
    assert torch.equal(ask(shared, torch.neg, rows), -rows)


def test_training_in_a_worker_is_training_here(shared, built_in_folder):
    source, config = Source(str(built_in_folder), (3, 7)), Config(hidden=5, loss="binary cross-entropy")
    hyper = Hyperparameters(lr=0.05, batch_size=64, momentum=0.5)
    state, progress = ask(shared, jobs.train, start(config), source, config, hyper, 30)
    here, expected = train_steps(start(config), source.load(), config, hyper, 30)
    np.testing.assert_allclose(progress.losses, expected.losses, rtol=1e-4)
    assert progress.positions == expected.positions
    torch.testing.assert_close(state.params, here.params, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("error", [ValueError("no", 7), KeyError("x"), DatasetError("No digits.", Path("here"))])
def test_an_exception_comes_back_to_who_asked(shared, error):
    with pytest.raises(type(error)) as caught:
        ask(shared, calls.fail, error)
    assert caught.value.args == error.args
    assert vars(caught.value) == vars(error)


def test_what_a_call_prints_does_not_get_among_the_answers(capfd):
    with Workers(1) as workers:
        assert ask(workers, calls.talk, "word") == "word"
        assert ask(workers, calls.add, 1, 1) == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("word")) == ("", 2)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (lambda: None, ()),
        (calls.add, (1, lambda: None)),
        (calls.give_a_function, ()),
        (calls.fail_stubbornly, ()),
    ],
    ids=["function", "argument", "result", "exception"],
)
def test_what_cannot_be_sent_is_an_error_of_this_call_alone(shared, function, args):
    worker = ask(shared, os.getpid)
    with pytest.raises(Exception) as caught:  # noqa: PT011, Python names it in many ways
        ask(shared, function, *args)
    assert not isinstance(caught.value, WorkerDied)
    assert ask(shared, os.getpid) == worker


def test_a_call_that_was_cancelled_before_its_turn_is_never_made(shared, tmp_path):
    gate, never = tmp_path / "gate", tmp_path / "never"
    gate.mkdir()
    first = shared.submit(calls.meet, gate, 2)
    second = shared.submit(os.mkdir, never)
    assert second.cancel()
    (gate / "here").touch()
    first.result(PATIENCE)
    assert ask(shared, calls.add, 1, 1) == 2
    assert not never.exists()


# Shares


def test_calls_are_answered_in_the_order_in_which_they_were_made(shared):
    order, futures = [], []
    for number in range(50):
        futures.append(shared.submit(calls.add, number, 0))
        futures[-1].add_done_callback(lambda future: order.append(future.result()))
    [future.result(PATIENCE) for future in futures]
    assert order == list(range(50))


def test_learners_with_one_call_at_a_time_each_get_the_same_share(shared, tmp_path):
    counts, turns, done = dict.fromkeys("abcde", 0), [], threading.Event()

    def ask_again(name):
        if sum(counts.values()) >= 203:
            done.set()
            return
        counts[name] += 1
        turns.append(max(counts.values()) - min(counts.values()))
        shared.submit(calls.add, 1, 1).add_done_callback(lambda _: ask_again(name))

    busy = shared.submit(calls.meet, tmp_path, 2)  # until all have asked
    for name in counts:
        ask_again(name)
    (tmp_path / "here").touch()
    busy.result(PATIENCE)
    assert done.wait(PATIENCE)
    assert sum(counts.values()) == 203
    assert max(turns) <= 1


def test_two_workers_work_at_the_same_time(tmp_path):
    with Workers(2) as workers:
        calls = [workers.submit(calls.meet, tmp_path, 2) for _ in range(2)]  # each waits for the other
        assert len({call.result(PATIENCE) for call in calls}) == 2


# Death


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_call_whose_worker_is_killed_is_made_again_by_another(shared, tmp_path, how):
    call = shared.submit(calls.meet, tmp_path, 3)  # the killed one, the next one, and "here"
    assert wait_until(lambda: list(tmp_path.iterdir()))
    (killed,) = (int(path.name) for path in tmp_path.iterdir())
    os.kill(killed, how)
    (tmp_path / "here").touch()
    assert call.result(PATIENCE) not in (killed, os.getpid())
    assert not is_running(killed)


def test_a_worker_that_dies_between_two_calls_is_replaced(shared):
    before = ask(shared, os.getpid)
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: not is_running(before))
    assert ask(shared, os.getpid) != before


def test_a_call_that_ends_every_worker_fails_and_the_others_go_on(shared):
    fatal, next_one = shared.submit(calls.leave), shared.submit(calls.add, 2, 2)
    with pytest.raises(WorkerDied):
        fatal.result(PATIENCE)
    assert next_one.result(PATIENCE) == 4


def test_where_no_worker_can_be_started_the_call_fails_and_the_next_one_tries_again(monkeypatch):
    start, refused = subprocess.Popen, []

    def refuse_twice(*args, **more):
        if len(refused) < 2:  # once as the pool begins, once for the first call
            refused.append(args)
            raise BlockingIOError("Resource temporarily unavailable")
        return start(*args, **more)

    monkeypatch.setattr(subprocess, "Popen", refuse_twice)
    with Workers(1) as workers:
        with pytest.raises(WorkerDied, match="could be started"):
            ask(workers, calls.add, 2, 3)
        assert ask(workers, calls.add, 2, 3) == 5


def test_training_goes_on_to_the_same_history_though_its_worker_is_killed_now_and_then(shared, built_in_folder):
    source, config, hyper = Source(str(built_in_folder), (3, 7)), Config(), Hyperparameters(batch_size=100)
    whole, expected = ask(shared, jobs.train, start(config), source, config, hyper, 40)
    state, losses = start(config), []
    for number in range(8):
        if number in (2, 5):
            os.kill(ask(shared, os.getpid), signal.SIGKILL)
        state, progress = ask(shared, jobs.train, state, source, config, hyper, 5)
        losses += progress.losses
    assert losses == expected.losses
    assert torch.equal(state.params[0], whole.params[0])


# The end


def test_a_shutdown_ends_the_workers_and_every_call_and_takes_no_more(tmp_path):
    workers = Workers(2)
    calls = [workers.submit(calls.meet, tmp_path, 10**6) for _ in range(6)]  # two under way, four that wait
    assert wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    workers.shutdown()
    for call in calls:
        assert isinstance(call.exception(PATIENCE), WorkerDied)
    assert not any(is_running(int(path.name)) for path in tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 2  # none was sent again
    with pytest.raises(RuntimeError):
        workers.submit(calls.add, 1, 1)
    workers.shutdown()  # once more does no harm


OWNER = """
import sys, time
from pathlib import Path
from live.workers import Workers
from tests.live import calls

try:
    with Workers(2) as workers:
        calls = [workers.submit(calls.meet, Path(sys.argv[1]), 2) for _ in range(2)]
        print(*(call.result() for call in calls), flush=True)
        time.sleep(600)
except KeyboardInterrupt:
    pass
"""


@pytest.mark.parametrize("how", ["killed", "Ctrl-C", "interrupted alone"])
def test_no_worker_is_left_when_its_owner_has_gone(tmp_path, how):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        cwd=ROOT,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    workers = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(workers) == 2
    assert all(map(is_running, workers))
    if how == "Ctrl-C":
        os.killpg(owner.pid, signal.SIGINT)  # a terminal sends it to the owner and to its workers
    else:
        owner.send_signal(signal.SIGKILL if how == "killed" else signal.SIGINT)
    _, errors = owner.communicate(timeout=PATIENCE)
    assert errors == ""
    assert wait_until(lambda: not any(map(is_running, workers)))

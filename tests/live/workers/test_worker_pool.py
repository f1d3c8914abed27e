"""Worker processes compute what this process would, are replaced when they die, and end with their owner."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import psutil
import pytest
import torch

from core.dataset import DatasetError
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.data_source import DataSource
from live.workers import worker_pool
from live.workers.worker_pool import COUNT_VARIABLE, WorkerDied, Workers, default_count
from tests.live import calls

ROOT = Path(__file__).parents[3]
TIMEOUT = 60  # seconds; on a busy machine, a worker needs some to import PyTorch


def ask(workers, function, *args):
    return workers.submit(function, *args).result(TIMEOUT)


def is_running(pid: int) -> bool:
    """Return whether there is a process of this number that is more than an entry in a table."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state) and not state.startswith("Z")


def wait_until(true) -> bool:
    end = time.monotonic() + TIMEOUT
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


# Results


def test_a_call_gives_its_result(shared_worker):
    assert ask(shared_worker, calls.add, 2, 3) == 5
    assert ask(shared_worker, os.getpid) != os.getpid()


def test_large_values_go_there_and_back(shared_worker):
    rows = torch.arange(2_000_000)
    assert torch.equal(ask(shared_worker, torch.neg, rows), -rows)


def test_a_worker_computes_with_one_thread(shared_worker):
    assert ask(shared_worker, torch.get_num_threads) == 1


def test_training_in_a_worker_is_training_here(shared_worker, built_in_folder):
    source, config = DataSource(str(built_in_folder), (3, 7)), Config(hidden=5, loss="binary cross-entropy")
    hyper = Hyperparameters(lr=0.05, batch_size=64, momentum=0.5)
    state, progress = ask(shared_worker, train_steps, start(config), source, config, hyper, 30)
    here, expected = train_steps(start(config), source.load(), config, hyper, 30)
    np.testing.assert_allclose(progress.losses, expected.losses, rtol=1e-4)
    assert progress.positions == expected.positions
    torch.testing.assert_close(state.params, here.params, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("error", [ValueError("no", 7), KeyError("x"), DatasetError("No digits.", Path("here"))])
def test_an_exception_comes_back_to_the_caller(shared_worker, error):
    with pytest.raises(type(error)) as caught:
        ask(shared_worker, calls.fail, error)
    assert caught.value.args == error.args
    assert vars(caught.value) == vars(error)


def test_what_a_call_prints_does_not_get_among_the_results(capfd):
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
def test_what_cannot_be_pickled_is_an_error_of_this_call_alone(shared_worker, function, args):
    worker = ask(shared_worker, os.getpid)
    with pytest.raises(Exception) as caught:  # noqa: PT011, Python names it in many ways
        ask(shared_worker, function, *args)
    assert not isinstance(caught.value, WorkerDied)
    assert ask(shared_worker, os.getpid) == worker


def test_a_call_that_is_cancelled_before_a_worker_takes_it_is_never_made(shared_worker, tmp_path):
    gate, never = tmp_path / "gate", tmp_path / "never"
    gate.mkdir()
    first = shared_worker.submit(calls.meet, gate, 2)
    second = shared_worker.submit(os.mkdir, never)
    assert second.cancel()
    (gate / "here").touch()
    first.result(TIMEOUT)
    assert ask(shared_worker, calls.add, 1, 1) == 2
    assert not never.exists()


# Shares


def test_learners_get_the_same_share_of_a_worker_and_the_background_what_is_left(shared_worker, tmp_path):
    order, futures = [], []
    busy = shared_worker.submit(calls.meet, tmp_path, 2)  # until all have asked
    for name, background, count in (("models", True, 1), ("greedy", False, 5), ("modest", False, 1)):
        lane = shared_worker.lane(background)
        for _ in range(count):
            futures.append(lane.submit(calls.add, 1, 1))
            futures[-1].add_done_callback(lambda _, name=name: order.append(name))
    (tmp_path / "here").touch()
    busy.result(TIMEOUT)
    assert {future.result(TIMEOUT) for future in futures} == {2}
    assert order[-1] == "models"
    assert order.index("modest") <= 1


def test_a_learner_is_charged_for_what_a_worker_computed_and_not_for_how_long_it_took(shared_worker):
    charged = []
    for call in ((time.sleep, 0.5), (calls.compute, 0.2)):
        lane = shared_worker.lane()
        lane.submit(calls.add, 1, 1).result(TIMEOUT)  # a lane begins where the others are
        before = lane.used
        lane.submit(*call).result(TIMEOUT)
        charged.append(lane.used - before)
    assert charged[0] < 0.1
    assert 0.2 <= charged[1] < 0.3


def test_two_workers_compute_at_the_same_time(tmp_path):
    with Workers(2) as workers:
        futures = [workers.submit(calls.meet, tmp_path, 2) for _ in range(2)]  # each waits until both have begun
        assert len({future.result(TIMEOUT) for future in futures}) == 2


def test_the_longest_call_of_each_function_is_logged(caplog):
    with Workers(1) as workers:
        ask(workers, time.sleep, 0.7)
        ask(workers, select.select, [], [], [], 0.3)  # shorter, but of another function
    assert [record.args[0] for record in caplog.records if "held a worker" in record.message] == ["sleep", "select"]


@pytest.mark.skipif(sys.platform != "linux", reason="other allocators give memory back by themselves")
def test_a_worker_gives_back_what_it_has_freed_when_it_has_nothing_to_do(tmp_path):
    with Workers(1) as workers:
        used = ask(workers, calls.use_memory, 100)
        process = psutil.Process(ask(workers, os.getpid))
        assert wait_until(lambda: process.memory_info().rss < used - 50e6)


# Death


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_call_whose_worker_is_killed_is_computed_by_another(shared_worker, tmp_path, how):
    call = shared_worker.submit(calls.meet, tmp_path, 3)  # the killed one, the next one, and "here"
    assert wait_until(lambda: list(tmp_path.iterdir()))
    (killed,) = (int(path.name) for path in tmp_path.iterdir())
    os.kill(killed, how)
    (tmp_path / "here").touch()
    assert call.result(TIMEOUT) not in (killed, os.getpid())
    assert not is_running(killed)


def test_a_worker_that_dies_between_two_calls_is_replaced(shared_worker):
    before = ask(shared_worker, os.getpid)
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: not is_running(before))
    assert ask(shared_worker, os.getpid) != before


def test_a_call_that_ends_every_worker_fails_and_other_calls_do_not(shared_worker):
    fatal, next_one = shared_worker.submit(calls.leave), shared_worker.submit(calls.add, 2, 2)
    with pytest.raises(WorkerDied):
        fatal.result(TIMEOUT)
    assert next_one.result(TIMEOUT) == 4


def test_a_result_that_there_is_no_memory_to_read_is_an_error_of_its_call_alone(monkeypatch):
    read, refused = worker_pool.read_message, []

    def refuse_once(stream):
        if not refused:
            refused.append(stream.read(8))  # the length of the result
            raise MemoryError
        return read(stream)

    monkeypatch.setattr(worker_pool, "read_message", refuse_once)
    with Workers(1) as workers:
        with pytest.raises(MemoryError):
            ask(workers, calls.add, 1, 1)
        assert ask(workers, calls.add, 2, 2) == 4
        assert ask(workers, calls.add, 3, 3) == 6


def test_when_no_worker_can_be_started_the_call_fails_and_the_next_one_tries_again(monkeypatch):
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


def test_training_has_the_same_history_though_its_worker_is_killed(shared_worker, built_in_folder):
    source, config, hyper = DataSource(str(built_in_folder), (3, 7)), Config(), Hyperparameters(batch_size=100)
    whole, expected = ask(shared_worker, train_steps, start(config), source, config, hyper, 40)
    state, losses = start(config), []
    for number in range(8):
        if number == 3:
            os.kill(ask(shared_worker, os.getpid), signal.SIGKILL)
        state, progress = ask(shared_worker, train_steps, state, source, config, hyper, 5)
        losses += progress.losses
    assert losses == expected.losses
    assert torch.equal(state.params[0], whole.params[0])


# Shutdown


def test_a_shutdown_ends_all_workers_and_calls_and_accepts_no_more(tmp_path):
    workers = Workers(2)
    futures = [workers.submit(calls.meet, tmp_path, 10**6) for _ in range(6)]  # two under way, four that wait
    assert wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    workers.shutdown()
    for future in futures:
        assert isinstance(future.exception(TIMEOUT), WorkerDied)
    assert not any(is_running(int(path.name)) for path in tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 2  # no call was made again
    with pytest.raises(RuntimeError):
        workers.submit(calls.add, 1, 1)
    workers.shutdown()  # a second time does nothing


OWNER = """
import sys, time
from pathlib import Path
from live.workers.worker_pool import Workers
from tests.live import calls

try:
    with Workers(2) as workers:
        futures = [workers.submit(calls.meet, Path(sys.argv[1]), 2) for _ in range(2)]
        print(*(future.result() for future in futures), flush=True)
        time.sleep(600)
except KeyboardInterrupt:
    pass
"""


@pytest.mark.parametrize("how", ["killed", "Ctrl-C", "interrupted alone"])
def test_no_worker_outlives_its_owner(tmp_path, how):
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
    _, errors = owner.communicate(timeout=TIMEOUT)
    assert [line for line in errors.splitlines() if "held a worker" not in line] == []  # as on a busy machine
    assert wait_until(lambda: not any(map(is_running, workers)))


# How many


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or os.cpu_count() < 2, reason="it can't be limited here")
def test_there_is_one_worker_for_each_core_that_the_process_may_use():
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nfrom live.workers import worker_pool; "
    code += "print(os.cpu_count(), worker_pool.default_count())"
    counts = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert counts == f"{os.cpu_count()} 1\n"


def test_the_environment_may_say_how_many_workers_there_are(monkeypatch, caplog):
    monkeypatch.setenv(COUNT_VARIABLE, "7")
    assert default_count() == 7
    assert caplog.text == ""


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "1000000", "²", "1" * 5000])
def test_a_count_that_makes_no_sense_is_ignored_with_a_line_in_the_log(monkeypatch, caplog, value):
    monkeypatch.setenv(COUNT_VARIABLE, value)
    assert default_count() == joblib.cpu_count()
    assert f"{COUNT_VARIABLE}={value} is ignored" in caplog.text

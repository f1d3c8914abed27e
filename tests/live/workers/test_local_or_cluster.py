"""The pool of the server: the Dask cluster that the environment names if it can be reached, else this machine."""

import gc
import os
import socket
import subprocess
import sys
import time
import weakref
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from distributed import Client

from core.dataset import read_dataset
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.data_source import DataSource
from live.training_run import TrainingRun
from live.workers import local_or_cluster
from live.workers.local_or_cluster import SCHEDULER_VARIABLE, Cluster
from ui import server

ROOT = Path(__file__).parents[3]
DIGITS, HYPER = (3, 7), Hyperparameters(lr=0.5, batch_size=100)


@pytest.fixture
def pool():
    """The function that returns the server's pool, made anew for each test; to be its last argument."""
    server.pool.clear()
    yield server.pool
    server.pool.clear()


def dask(*args) -> subprocess.Popen:
    """Start a part of a Dask cluster as a person would, in the app's folder, with one thread for the sums."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "dask", *args], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The address of a Dask scheduler on loopback, with two workers."""
    file = tmp_path_factory.mktemp("cluster") / "scheduler.json"
    place = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard"]
    parts = [dask("scheduler", "--port", "0", *place)]
    try:
        while not file.exists():
            assert parts[0].poll() is None
            time.sleep(0.1)
        parts += [dask("worker", "--no-nanny", "--nthreads", "1", *place) for _ in range(2)]
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2)
            address = client.scheduler.address
        yield address
    finally:
        for part in reversed(parts):
            part.kill()
            part.wait()


@pytest.fixture
def scheduler(cluster, monkeypatch):
    """The address of the Dask scheduler, which the environment names."""
    monkeypatch.setenv(SCHEDULER_VARIABLE, cluster)
    return cluster


@pytest.fixture
def closed_address(monkeypatch):
    """An address where no process listens, which the environment names."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv(SCHEDULER_VARIABLE, address)
    monkeypatch.setattr(local_or_cluster, "CONNECT_SECONDS", 1)
    return address


@pytest.fixture
def dataset(built_in_folder):
    return read_dataset(built_in_folder, DIGITS)


def play(pool, dataset, config=None, chunks=4) -> TrainingRun:
    """Train on the server's pool: some chunks, one step and the rest of the epoch."""
    config = config or Config(hidden=4)
    run = TrainingRun(pool().executor, pool().source(dataset, DIGITS), 800, config, HYPER)
    run.play()
    for _ in range(chunks):
        run.advance(timeout=60)
    run.take_step()
    run.take_epoch()
    assert run.problem is None
    assert run.state.step > chunks
    return run


def assert_same_here(run: TrainingRun, dataset) -> None:
    """Check that this process computes the same history from the same steps."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as a worker has
    data = DataSource(str(dataset.folder), DIGITS).load()
    state, progress = train_steps(start(run.config), data, run.config, HYPER, run.state.step)
    torch.set_num_threads(threads)
    np.testing.assert_array_equal(run.history.losses, np.float32(progress.losses))
    np.testing.assert_array_equal(run.history.epochs["valid_loss"], np.float32([e[4] for e in progress.epochs]))
    assert all(map(torch.equal, run.state.params, state.params))


def test_without_a_cluster_this_machine_trains_and_there_is_no_note(monkeypatch, dataset, pool):
    monkeypatch.delenv(SCHEDULER_VARIABLE, raising=False)
    assert pool().note is None
    assert pool() is pool()
    assert_same_here(play(pool, dataset), dataset)


def test_a_dask_cluster_trains_to_the_same_history(scheduler, dataset, pool):
    assert pool().note == f"Training runs on the Dask cluster {scheduler}."
    assert_same_here(play(pool, dataset), dataset)


def test_each_worker_of_a_cluster_is_sent_the_digits_once_and_keeps_them(scheduler, dataset, pool):
    source = pool().source(dataset, DIGITS)
    play(pool, dataset)
    assert pool().source(dataset, DIGITS) is source
    time.sleep(5)  # twice the time in which Dask looks for copies that it could drop
    with Client(scheduler, set_as_default=False) as client:
        held = client.has_what()
    assert len(held) == 2
    assert all(source.key in keys for keys in held.values())


class Sent:
    """What a fake client has sent: two of them are never equal."""


def cluster_that_counts() -> tuple[Cluster, list]:
    """Return a cluster whose client sends nothing, and weak references to what it was asked to send."""
    sent = []

    def scatter(data, **_):
        future = Sent()
        sent.append(weakref.ref(future))
        return future

    return Cluster(None, None, SimpleNamespace(scatter=scatter)), sent


def test_a_run_keeps_its_digits_however_many_others_learners_choose(built_in_folder):
    cluster, sent = cluster_that_counts()
    dataset, pairs = read_dataset(built_in_folder, tuple(range(10))), list(combinations(range(10), 2))
    of_a_run = cluster.source(dataset, (3, 7))
    for pair in pairs:
        cluster.source(dataset, pair)
    assert cluster.source(dataset, (3, 7)) is of_a_run
    assert len(sent) == len(pairs)
    gc.collect()
    assert sum(one() is not None for one in sent) <= local_or_cluster.MAX_SCATTERED + 1  # Dask frees the others


def test_digits_in_use_by_many_are_sent_once_though_no_run_has_them_at_the_moment(built_in_folder):
    cluster, sent = cluster_that_counts()
    dataset, pairs = read_dataset(built_in_folder, tuple(range(10))), list(combinations(range(10), 2))
    for pair in pairs:
        cluster.source(dataset, pair)
        cluster.source(dataset, (0, 1))
    assert len(sent) == len(pairs)


def test_a_cluster_that_goes_away_pauses_the_run_with_a_problem(scheduler, dataset, pool):
    run = play(pool, dataset, chunks=1)
    pool().client.close()
    run.play()
    run.advance(timeout=60)
    assert not run.playing
    assert run.problem


def test_a_scheduler_that_cannot_be_reached_is_noted_and_this_machine_trains(closed_address, dataset, pool):
    note = pool().note
    assert f"The Dask scheduler {closed_address} can't be reached" in note
    assert note.endswith("this machine does the work.")
    assert "\n" not in note
    assert_same_here(play(pool, dataset), dataset)


@pytest.mark.parametrize("address", ["nonsense", "http://["])
def test_an_address_that_makes_no_sense_is_noted_too(monkeypatch, address, pool):
    monkeypatch.setenv(SCHEDULER_VARIABLE, address)
    monkeypatch.setattr(local_or_cluster, "CONNECT_SECONDS", 1)
    assert f"The Dask scheduler {address} can't be reached" in pool().note

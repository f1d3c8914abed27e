"""The pool of the server: a Dask cluster where one is named, this machine where there is none or it is not there."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from distributed import Client

from core.dataset import read_dataset
from core.training.sgd import Config, Hyperparameters, start, train_steps
from live import pool as live_pool
from live.data_source import DataSource
from live.pool import SCHEDULER_VARIABLE
from live.training_run import TrainingRun
from ui import server

ROOT = Path(__file__).parents[2]
DIGITS, HYPER = (3, 7), Hyperparameters(lr=0.5, batch_size=100)


@pytest.fixture
def pool():
    """What gives the pool of the server, which is made anew. To be asked for last, so that it goes first."""
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
    """The address of the Dask scheduler, which the app is told of."""
    monkeypatch.setenv(SCHEDULER_VARIABLE, cluster)
    return cluster


@pytest.fixture
def closed_address(monkeypatch):
    """An address where nobody listens, which the app is told of."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv(SCHEDULER_VARIABLE, address)
    monkeypatch.setattr(live_pool, "CONNECT_SECONDS", 1)
    return address


@pytest.fixture
def dataset(built_in_folder):
    return read_dataset(built_in_folder, DIGITS)


def play(pool, dataset, config=None, chunks=4) -> TrainingRun:
    """Train on the server's pool: some chunks, one step and the rest of the epoch."""
    config = config or Config(hidden=4)
    player = TrainingRun(pool().executor, pool().source(dataset, DIGITS), 800, config, HYPER)
    player.play()
    for _ in range(chunks):
        player.advance(timeout=60)
    player.take_step()
    player.take_epoch()
    assert player.problem is None
    assert player.state.step > chunks
    return player


def assert_as_here(player: TrainingRun, dataset) -> None:
    """See that the history is the one that this process makes of the same steps."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as a worker has
    data = DataSource(str(dataset.folder), DIGITS).load()
    state, progress = train_steps(start(player.config), data, player.config, HYPER, player.state.step)
    torch.set_num_threads(threads)
    np.testing.assert_array_equal(player.history.losses, np.float32(progress.losses))
    np.testing.assert_array_equal(player.history.epochs["valid_loss"], np.float32([e[4] for e in progress.epochs]))
    assert all(map(torch.equal, player.state.params, state.params))


def test_without_a_cluster_this_machine_trains_and_nothing_is_said(monkeypatch, dataset, pool):
    monkeypatch.delenv(SCHEDULER_VARIABLE, raising=False)
    assert pool().note is None
    assert pool() is pool()
    assert_as_here(play(pool, dataset), dataset)


def test_a_dask_cluster_trains_to_the_same_history(scheduler, dataset, pool):
    assert pool().note == f"Training runs on the Dask cluster {scheduler}."
    assert_as_here(play(pool, dataset), dataset)


def test_each_worker_of_a_cluster_is_sent_the_digits_once_and_keeps_them(scheduler, dataset, pool):
    source = pool().source(dataset, DIGITS)
    play(pool, dataset)
    assert pool().source(dataset, DIGITS) is source
    time.sleep(5)  # twice the time in which Dask looks for copies that it could drop
    with Client(scheduler, set_as_default=False) as client:
        held = client.has_what()
    assert len(held) == 2
    assert all(source.key in keys for keys in held.values())


def test_a_cluster_that_goes_away_pauses_the_run_with_a_sentence(scheduler, dataset, pool):
    player = play(pool, dataset, chunks=1)
    pool().client.close()
    player.play()
    player.advance(timeout=60)
    assert not player.playing
    assert player.problem


def test_a_scheduler_that_cannot_be_reached_gets_a_sentence_and_this_machine_trains(closed_address, dataset, pool):
    note = pool().note
    assert f"The Dask scheduler {closed_address} can't be reached" in note
    assert note.endswith("this machine does the work.")
    assert "\n" not in note
    assert_as_here(play(pool, dataset), dataset)


@pytest.mark.parametrize("address", ["nonsense", "http://["])
def test_an_address_that_is_none_gets_a_sentence_too(monkeypatch, address, pool):
    monkeypatch.setenv(SCHEDULER_VARIABLE, address)
    monkeypatch.setattr(live_pool, "CONNECT_SECONDS", 1)
    assert f"The Dask scheduler {address} can't be reached" in pool().note

"""The player of a sweep: whole chunks count, and its curve is the mean of steps whatever way they came."""

import pickle
import threading
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.rates.sweep import start_sweep, sweep_steps
from core.training.run import Config
from live.curves import POINTS, MeanCurve
from live.data_source import Source
from live.sweep_run import SweepRun
from live.workers import Workers
from tests import made_up

pytestmark = pytest.mark.usefixtures("one_thread")
DATA = made_up.digits(2, 40, 20)
CONFIG = Config(loss="binary cross-entropy", order="sorted")  # a huge step is right about its class, then all wrong
RATES = [0.01, 0.1, 1e38]
COLUMNS = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy")


class Here(Executor):
    """Does at once, in this process, what it is asked to do. A chunk is of one step, not of some milliseconds."""

    broken: Exception | None = None  # what comes of a call, if not its result

    def submit(self, function, /, *args):
        future = Future()
        if self.broken:
            future.set_exception(self.broken)
        else:
            future.set_result(function(*args[:-1], 0))
        return future


class Awaited(Future):
    """Tells when somebody has begun to wait for it."""

    def __init__(self):
        super().__init__()
        self.awaited = threading.Event()

    def exception(self, timeout=None):
        self.awaited.set()
        return super().exception(timeout)


class Later(Executor):
    """Does nothing of what it is asked to do; it keeps the calls for the test to answer."""

    def __init__(self):
        self.calls: list[tuple[Awaited, object, tuple]] = []

    def submit(self, function, /, *args):
        self.calls.append((Awaited(), function, args))
        return self.calls[-1][0]

    def answer(self) -> None:
        future, function, args = self.calls[-1]
        future.set_result(function(*args[:-1], 0))


def new_player(executor, rates=RATES, epochs=3, batch_size=8, data=DATA):
    return SweepRun(executor, data, CONFIG, rates, batch_size, epochs)


def whole(player: SweepRun, data=DATA):
    """Take all steps of a player's sweep in one go."""
    state = start_sweep(player.config, len(player.rates))
    return sweep_steps(state, data, player.config, player.lr, player.batch_size, player.epochs)


def assert_whole(player: SweepRun, data=DATA) -> None:
    """See that a sweep that is over has all that its steps in one go have."""
    state, progress = whole(player, data)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(state.params, player.state.params, strict=True))
    assert (state.step, state.epoch) == (player.state.step, player.state.epoch)
    assert torch.equal(state.diverged, player.state.diverged)
    for name in COLUMNS:
        expected = torch.stack([getattr(epoch, name) for epoch in progress.epochs])
        np.testing.assert_array_equal(player.column(name), expected)
    curve = MeanCurve(len(player.rates))
    curve.extend(progress.positions, progress.losses)
    torch.testing.assert_close(player.curve.positions, curve.positions)
    torch.testing.assert_close(player.curve.losses, curve.losses, equal_nan=True)


# Play and pause


def test_a_sweep_plays_to_its_end_step_by_step():
    player = new_player(Here())
    player.play()
    news = 0
    while player.playing:
        assert not player.over
        news += player.advance()
    assert player.over
    assert news == player.state.step == 3 * 5
    assert_whole(player)
    player.play()
    assert not player.playing
    assert not player.advance()


def test_nothing_happens_before_play():
    player = new_player(Here())
    assert not player.advance()
    assert player.state.step == 0
    assert player.history == []
    assert [player.column(name).shape for name in COLUMNS] == [(0, 3)] * 4
    assert player.curve.losses.shape == (0, 3)


def test_a_column_has_a_row_for_each_epoch_and_the_look_before_the_first_step():
    player = new_player(Here(), epochs=2)
    player.play()
    for step in range(1, 11):
        player.advance()
        assert player.column("valid_loss").shape == (1 + step // 5, 3)
    first, *_ = player.column("valid_accuracy")
    assert len(set(first.tolist())) == 1  # all have the same start
    assert player.column("train_loss")[1:, 2].isnan().all()  # the third has diverged


@pytest.mark.parametrize("begun", [False, True], ids=["waiting", "under way"])
def test_to_pause_drops_the_chunk_under_way(begun):
    executor = Later()
    player = new_player(executor)
    player.play()
    player.advance(0)
    executor.answer()
    player.advance()
    state = player.state
    assert state.step == 1
    dropped, _, args = executor.calls[-1]
    if begun:
        dropped.set_running_or_notify_cancel()
    player.pause()
    assert not player.playing
    assert dropped.cancelled() is not begun
    if begun:
        executor.answer()  # too late
    assert not player.advance(0)
    assert player.state is state
    assert len(player.curve.losses) == 1
    player.play()
    assert not player.advance(0)  # nothing yet
    again = executor.calls[-1]
    assert again[0] is not dropped
    assert pickle.dumps(again[2][0]) == pickle.dumps(args[0])  # the same steps are asked for once more
    executor.answer()
    assert player.advance()
    assert player.state.step == 2


def test_a_chunk_that_comes_after_a_pause_is_not_taken_over():
    executor = Later()
    player = new_player(executor)
    player.play()
    player.advance(0)
    executor.calls[-1][0].set_running_or_notify_cancel()
    executor.calls[-1][0].awaited.clear()
    with ThreadPoolExecutor(1) as threads:
        news = threads.submit(player.advance, 60)  # as a page waits while its button is pressed
        assert executor.calls[-1][0].awaited.wait(60)
        player.pause()
        executor.answer()
        assert news.result() is False
    assert player.state.step == 0
    assert player.history == []


def test_a_chunk_that_is_not_done_in_time_is_waited_for_the_next_time():
    executor = Later()
    player = new_player(executor)
    player.play()
    assert not player.advance(0)
    assert not player.advance(0)
    assert len(executor.calls) == 1
    executor.answer()
    assert player.advance(0)


def test_pausing_and_playing_leaves_no_trace():
    player = new_player(Here())
    while not player.over:
        player.play()
        player.advance()
        player.pause()
    assert_whole(player)


def test_a_sweep_is_over_when_all_runs_have_diverged():
    player = new_player(Here(), [1e37, 1e38], epochs=100)
    player.play()
    while player.playing:
        player.advance()
    assert player.over
    assert player.state.step < 10
    assert (player.state.diverged > 0).all()
    assert player.problem is None
    assert player.column("valid_loss").shape == (2, 2)
    assert player.column("valid_loss")[1].isnan().all()  # the epoch that nobody ended
    player.play()
    assert not player.playing


# Trouble


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("The folder has gone."), "The folder has gone."),
        (RuntimeError(), "RuntimeError"),
        (CancelledError(), "The computation was cancelled: what was to do it has gone."),
    ],
)
def test_what_fails_is_told_and_loses_nothing(error, words):
    executor = Here()
    player = new_player(executor)
    player.play()
    player.advance()
    player.pause()
    state, executor.broken = player.state, error
    player.play()
    assert player.advance()
    assert player.problem == words
    assert not player.playing
    assert player.state is state
    executor.broken = None
    player.play()
    assert player.problem is None
    while player.playing:
        player.advance()
    assert_whole(player)


def test_an_executor_that_takes_no_calls_any_more_is_told_too():
    workers = Workers(1)
    workers.shutdown()
    player = new_player(workers)
    player.play()
    assert player.advance()
    assert player.problem == "The workers have been shut down."
    assert not player.playing


# In worker processes


@pytest.fixture(scope="module")
def workers():
    pool = Workers(1)
    yield pool
    pool.shutdown()


def test_worker_processes_come_to_the_same(workers, built_in_folder):
    source = Source(str(built_in_folder), (3, 7))
    player = new_player(workers, [0.01, 0.1, 1e5], epochs=3, batch_size=100, data=source)
    player.play()
    while player.playing:
        player.advance(60)
    assert player.problem is None
    assert player.state.diverged[2] > 0
    assert_whole(player, source.load())


def test_data_that_cannot_be_read_are_a_sentence(workers, tmp_path):
    player = new_player(workers, data=Source(str(tmp_path / "nowhere"), (3, 7)))
    player.play()
    while player.playing:
        player.advance(60)
    assert "nowhere" in player.problem
    assert player.problem.endswith(".")
    assert player.state.step == 0


# The curve


def mean_of_steps(losses, width):
    """Return the mean of each `width` steps, of those that are numbers, by NumPy: (m, R)."""
    full = len(losses) // width * width
    steps = np.asarray(losses[:full], dtype=np.float64).reshape(-1, width, losses.shape[1])
    counts = (~np.isnan(steps)).sum(1)
    return np.where(counts, np.nansum(steps, 1) / np.maximum(counts, 1), np.nan)


@given(
    steps=st.integers(0, 700),
    ends=st.lists(st.integers(0, 700), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 700), max_size=12),
    seed=st.integers(0, 999),
)
def test_each_point_of_a_curve_is_the_mean_of_its_steps_whatever_way_they_came(steps, ends, cuts, seed):
    rng = np.random.default_rng(seed)
    losses = rng.uniform(0, 100, (steps, len(ends))).astype(np.float32)
    for run, end in enumerate(ends):
        losses[end:, run] = np.nan  # where this run has diverged
    positions = np.arange(1, steps + 1, dtype=np.float32) / 7
    curve = MeanCurve(len(ends))
    bounds = sorted({0, steps, *(min(cut, steps) for cut in cuts)})
    for begin, end in pairwise(bounds):
        curve.extend(torch.from_numpy(positions[begin:end]), torch.from_numpy(losses[begin:end]))
        assert len(curve.positions) == len(curve.losses) <= POINTS
    width = 1
    while steps // width > POINTS:
        width *= 2
    np.testing.assert_array_equal(curve.positions, positions[width - 1 :: width])  # where the last of them ended
    np.testing.assert_allclose(curve.losses, mean_of_steps(losses, width), rtol=1e-5)


@given(st.integers(1, 3000))
def test_a_curve_is_at_least_half_full_once_there_are_steps_enough(steps):
    curve = MeanCurve(1)
    curve.extend(torch.arange(float(steps)), torch.ones(steps, 1))
    assert min(steps, POINTS // 2) <= len(curve.losses) <= POINTS
    assert (curve.losses == 1).all()


def test_a_loss_without_end_stays_one_and_one_that_is_no_number_counts_for_nothing():
    curve = MeanCurve(2)
    losses = torch.ones(2 * POINTS, 2)
    losses[0, 0], losses[1, 1] = torch.inf, torch.nan
    curve.extend(torch.arange(2.0 * POINTS), losses)
    assert curve.losses[0].tolist() == [torch.inf, 1]
    assert (curve.losses[1:] == 1).all()

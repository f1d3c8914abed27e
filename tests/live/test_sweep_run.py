"""Sweeps over learning rates that play and pause: only whole chunks count, and each is computed once."""

import pickle
from concurrent.futures import CancelledError, ThreadPoolExecutor

import numpy as np
import pytest
import torch

from core.rates.sweep import start_sweep, sweep_steps
from core.training.run import Config
from live.curves import MeanCurve
from live.data_source import DataSource
from live.sweep_run import SweepRun
from live.workers.worker_pool import Workers
from tests import made_up
from tests.executors import InlineExecutor, ManualExecutor, one_step

pytestmark = pytest.mark.usefixtures("one_thread")
DATA = made_up.digits(2, 40, 20)
CONFIG = Config(loss="binary cross-entropy", order="sorted")  # a huge step is right about its class, then all wrong
RATES = [0.01, 0.1, 1e38]
COLUMNS = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy")


def new_sweep(executor, rates=RATES, epochs=3, batch_size=8, data=DATA):
    return SweepRun(executor, data, CONFIG, rates, batch_size, epochs)


def whole(sweep: SweepRun, data=DATA):
    """Take all steps of a sweep in one go."""
    state = start_sweep(len(sweep.rates))
    return sweep_steps(state, data, sweep.config, sweep.lr, sweep.batch_size, sweep.epochs)


def assert_whole(sweep: SweepRun, data=DATA) -> None:
    """See that a sweep that is over has all that its steps in one go have."""
    state, progress = whole(sweep, data)
    assert (state.step, state.epoch) == (sweep.state.step, sweep.state.epoch)
    assert torch.equal(state.diverged, sweep.state.diverged)
    for name in COLUMNS:
        expected = torch.stack([getattr(epoch, name) for epoch in progress.epochs])
        np.testing.assert_array_equal(sweep.column(name), expected)
    curve = MeanCurve(len(sweep.rates))
    curve.extend(progress.positions, progress.losses)
    torch.testing.assert_close(sweep.curve.positions, curve.positions)
    torch.testing.assert_close(sweep.curve.losses, curve.losses, equal_nan=True)


# Memory


def test_a_sweep_has_no_parameters_before_it_plays_nor_after_its_end():
    sweep = new_sweep(InlineExecutor(one_step))
    assert sweep.state.params == ()
    sweep.play()
    sweep.advance()
    assert len(sweep.state.params) == 2
    while sweep.playing:
        sweep.advance()
    assert (sweep.over, sweep.state.params, sweep.state.partial) == (True, (), None)


# Play and pause


def test_a_sweep_plays_to_its_end_step_by_step():
    sweep = new_sweep(InlineExecutor(one_step))
    sweep.play()
    news = 0
    while sweep.playing:
        assert not sweep.over
        news += sweep.advance()
    assert sweep.over
    assert news == sweep.state.step == 3 * 5
    assert_whole(sweep)
    sweep.play()
    assert not sweep.playing
    assert not sweep.advance()


def test_nothing_happens_before_play():
    sweep = new_sweep(InlineExecutor(one_step))
    assert not sweep.advance()
    assert sweep.state.step == 0
    assert sweep.history == []
    assert [sweep.column(name).shape for name in COLUMNS] == [(0, 3)] * 4
    assert sweep.curve.losses.shape == (0, 3)


def test_a_column_has_a_row_for_each_epoch_and_the_look_before_the_first_step():
    sweep = new_sweep(InlineExecutor(one_step), epochs=2)
    sweep.play()
    for step in range(1, 11):
        sweep.advance()
        assert sweep.column("valid_loss").shape == (1 + step // 5, 3)
    first, *_ = sweep.column("valid_accuracy")
    assert len(set(first.tolist())) == 1  # all have the same start
    assert sweep.column("train_loss")[1:, 2].isnan().all()  # the third has diverged


@pytest.mark.parametrize("begun", [False, True], ids=["waiting", "under way"])
def test_a_pause_cancels_the_chunk_under_way(begun):
    executor = ManualExecutor(one_step)
    sweep = new_sweep(executor)
    sweep.play()
    sweep.advance(0)
    executor.answer()
    sweep.advance()
    state = sweep.state
    assert state.step == 1
    dropped, _, args = executor.calls[-1]
    if begun:
        dropped.set_running_or_notify_cancel()
    sweep.pause()
    assert not sweep.playing
    assert dropped.cancelled() is not begun
    if begun:
        executor.answer()  # too late
    assert not sweep.advance(0)
    assert sweep.state is state
    assert len(sweep.curve.losses) == 1
    sweep.play()
    assert not sweep.advance(0)  # nothing yet
    again = executor.calls[-1]
    assert again[0] is not dropped
    assert pickle.dumps(again[2][0]) == pickle.dumps(args[0])  # the same steps are asked for once more
    executor.answer()
    assert sweep.advance()
    assert sweep.state.step == 2


def test_a_chunk_that_is_done_after_a_pause_does_not_count():
    executor = ManualExecutor(one_step)
    sweep = new_sweep(executor)
    sweep.play()
    sweep.advance(0)
    executor.calls[-1][0].set_running_or_notify_cancel()
    executor.calls[-1][0].awaited.clear()
    with ThreadPoolExecutor(1) as threads:
        news = threads.submit(sweep.advance, 60)  # as a page waits while its button is pressed
        assert executor.calls[-1][0].awaited.wait(60)
        sweep.pause()
        executor.answer()
        assert news.result() is False
    assert sweep.state.step == 0
    assert sweep.history == []


def test_a_chunk_that_times_out_is_collected_by_a_later_call():
    executor = ManualExecutor(one_step)
    sweep = new_sweep(executor)
    sweep.play()
    assert not sweep.advance(0)
    assert not sweep.advance(0)
    assert len(executor.calls) == 1
    executor.answer()
    assert sweep.advance(0)


def test_pausing_and_playing_leaves_no_trace():
    sweep = new_sweep(InlineExecutor(one_step))
    while not sweep.over:
        sweep.play()
        sweep.advance()
        sweep.pause()
    assert_whole(sweep)


def test_a_sweep_is_over_when_all_runs_have_diverged():
    sweep = new_sweep(InlineExecutor(one_step), [1e38, 3e38], epochs=100)
    sweep.play()
    while sweep.playing:
        sweep.advance()
    assert sweep.over
    assert sweep.state.step < 10
    assert (sweep.state.diverged > 0).all()
    assert sweep.problem is None
    assert sweep.column("valid_loss").shape == (2, 2)
    assert sweep.column("valid_loss")[1].isnan().all()  # the epoch that no run completed
    sweep.play()
    assert not sweep.playing


# Problems


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("The folder has gone."), "The folder has gone."),
        (RuntimeError(), "RuntimeError"),
        (CancelledError(), "The computation was cancelled: what was to do it has gone."),
    ],
)
def test_an_error_becomes_the_problem_and_loses_nothing(error, words):
    executor = InlineExecutor(one_step)
    sweep = new_sweep(executor)
    sweep.play()
    sweep.advance()
    sweep.pause()
    state, executor.error = sweep.state, error
    sweep.play()
    assert sweep.advance()
    assert sweep.problem == words
    assert not sweep.playing
    assert sweep.state is state
    executor.error = None
    sweep.play()
    assert sweep.problem is None
    while sweep.playing:
        sweep.advance()
    assert_whole(sweep)


def test_an_executor_that_has_been_shut_down_is_a_problem_too():
    workers = Workers(1)
    workers.shutdown()
    sweep = new_sweep(workers)
    sweep.play()
    assert sweep.advance()
    assert sweep.problem == "The workers have been shut down."
    assert not sweep.playing


# In worker processes


def test_a_worker_process_computes_the_same_sweep(shared_worker, built_in_folder):
    source = DataSource(str(built_in_folder), (3, 7))
    sweep = new_sweep(shared_worker, [0.01, 0.1, 1e38], epochs=3, batch_size=100, data=source)
    sweep.play()
    while sweep.playing:
        sweep.advance(60)
    assert sweep.problem is None
    assert sweep.state.diverged[2] > 0
    assert_whole(sweep, source.load())


def test_data_that_cannot_be_read_are_a_problem_in_one_sentence(shared_worker, tmp_path):
    sweep = new_sweep(shared_worker, data=DataSource(str(tmp_path / "nowhere"), (3, 7)))
    sweep.play()
    while sweep.playing:
        sweep.advance(60)
    assert "nowhere" in sweep.problem
    assert sweep.problem.endswith(".")
    assert sweep.state.step == 0

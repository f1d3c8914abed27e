"""Sweeps for several batch sizes: one after the other, each as it would be alone."""

import pytest
import torch

from live.sweep_run import BatchSweeps
from tests.executors import InlineExecutor, one_step
from tests.live.test_sweep_run import new_sweep

pytestmark = pytest.mark.usefixtures("one_thread")
SIZES = (8, 20, 40)


def grid(executor) -> BatchSweeps:
    return BatchSweeps([new_sweep(executor, rates=[0.01, 0.1], batch_size=size) for size in SIZES])


def play_to_its_end(something) -> None:
    something.play()
    while not something.over:
        assert something.advance()


def test_each_batch_size_gets_the_losses_that_it_gets_alone():
    together = grid(InlineExecutor(one_step))
    play_to_its_end(together)
    for sweep, size in zip(together.sweeps, SIZES, strict=True):
        alone = new_sweep(InlineExecutor(one_step), rates=[0.01, 0.1], batch_size=size)
        play_to_its_end(alone)
        assert torch.equal(sweep.column("valid_loss"), alone.column("valid_loss"))
    assert not together.playing
    together.play()  # which has no effect
    assert not together.playing
    assert together.advance() is False


def test_progress_counts_the_epochs_of_all():
    together = grid(InlineExecutor(one_step))
    assert together.progress == 0
    together.sweeps[0].play()
    while together.sweeps[0].playing:
        together.sweeps[0].advance()
    assert together.progress == 1 / 3
    play_to_its_end(together)
    assert together.progress == 1


def test_only_one_is_computed_at_a_time_and_a_pause_stops_them_all():
    several = grid(InlineExecutor(one_step))
    several.play()
    while not several.over:
        begun = [sweep.state.step > 0 for sweep in several.sweeps]
        assert begun == sorted(begun, reverse=True)
        assert sum(sweep.playing for sweep in several.sweeps) == 1
        several.pause()
        assert not several.playing
        several.play()
        several.advance()


def test_after_a_pause_at_the_moment_when_one_is_done_no_other_begins(monkeypatch):
    several = grid(InlineExecutor(one_step))
    first = several.sweeps[0]
    advance = first.advance

    def advance_and_pause(timeout):
        seen = advance(timeout)
        if first.over:
            several.pause()
        return seen

    monkeypatch.setattr(first, "advance", advance_and_pause)
    several.play()
    while several.playing:
        several.advance()
    assert [sweep.over for sweep in several.sweeps] == [True, False, False]
    assert several.sweeps[1].state.step == 0
    several.play()
    assert several.playing


def test_an_error_in_one_sweep_is_the_problem_of_all_until_they_play_again():
    executor = InlineExecutor(one_step)
    several = grid(executor)
    executor.error = RuntimeError("no memory")
    several.play()
    several.advance()
    assert "no memory" in several.problem
    assert not several.playing
    executor.error = None
    play_to_its_end(several)
    assert several.problem is None

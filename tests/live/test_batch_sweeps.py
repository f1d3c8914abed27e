"""Sweeps for several batch sizes: one after the other, each as it would be alone."""

import pytest
import torch

from live.batch_sweeps import BatchSweeps
from tests.live.test_sweep_run import Here, new_player

pytestmark = pytest.mark.usefixtures("one_thread")
SIZES = (8, 20, 40)


def grid(executor) -> BatchSweeps:
    return BatchSweeps([new_player(executor, rates=[0.01, 0.1], batch_size=size) for size in SIZES])


def play_to_its_end(something) -> None:
    something.play()
    while not something.over:
        assert something.advance()


def test_each_batch_size_gets_the_losses_that_it_gets_alone():
    together = grid(Here())
    play_to_its_end(together)
    for sweep, size in zip(together.sweeps, SIZES, strict=True):
        alone = new_player(Here(), rates=[0.01, 0.1], batch_size=size)
        play_to_its_end(alone)
        assert torch.equal(sweep.column("valid_loss"), alone.column("valid_loss"))
    assert not together.playing
    together.play()  # there is nothing left to do
    assert not together.playing
    assert together.advance() is False


def test_only_one_is_computed_at_a_time_and_a_pause_stops_them_all():
    several = grid(Here())
    several.play()
    while not several.over:
        begun = [sweep.state.step > 0 for sweep in several.sweeps]
        assert begun == sorted(begun, reverse=True)
        assert sum(sweep.playing for sweep in several.sweeps) == 1
        several.pause()
        assert not several.playing
        several.play()
        several.advance()


def test_a_pause_at_the_moment_when_one_is_done_lets_no_other_begin(monkeypatch):
    several = grid(Here())
    first = several.sweeps[0]
    advance = first.advance

    def advance_while_somebody_pauses(patience):
        seen = advance(patience)
        if first.over:
            several.pause()
        return seen

    monkeypatch.setattr(first, "advance", advance_while_somebody_pauses)
    several.play()
    while several.playing:
        several.advance()
    assert [sweep.over for sweep in several.sweeps] == [True, False, False]
    assert several.sweeps[1].state.step == 0
    several.play()
    assert several.playing


def test_what_went_wrong_with_one_is_said_and_the_next_try_goes_on():
    executor = Here()
    several = grid(executor)
    executor.broken = RuntimeError("no memory")
    several.play()
    several.advance()
    assert "no memory" in several.problem
    assert not several.playing
    executor.broken = None
    play_to_its_end(several)
    assert several.problem is None

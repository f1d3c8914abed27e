"""What the state of work takes can be put on the disk, and the work goes on as if it had not been."""

import errno
import os

import pytest
import torch

from live.chunked_work import Shelf
from tests.executors import InlineExecutor, ManualExecutor, one_step
from tests.live.test_sweep_run import assert_whole, new_sweep

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_sweep_that_is_put_away_after_each_chunk_has_the_same_history(tmp_path):
    shelf, sweep = Shelf(tmp_path), new_sweep(InlineExecutor(one_step))
    sweep.play()
    while sweep.playing:
        sweep.advance()
        sweep.put_away(shelf)
        sweep.put_away(shelf)  # a second time does nothing
    assert sweep.over
    assert_whole(sweep)


def test_what_is_put_away_is_in_no_memory_and_under_no_name(tmp_path):
    shelf, sweeps = Shelf(tmp_path), [new_sweep(InlineExecutor(one_step)) for _ in range(2)]
    for sweep in sweeps:
        sweep.play()
        sweep.advance()
    params = [sweep.state.params for sweep in sweeps]
    for sweep in sweeps:
        sweep.put_away(shelf)
        assert not any(isinstance(value, torch.Tensor) for value in vars(sweep)["_state"])
    assert list(tmp_path.iterdir()) == []
    for sweep, expected in zip(reversed(sweeps), reversed(params), strict=True):
        assert all(map(torch.equal, sweep.state.params, expected))


def test_a_chunk_that_is_under_way_is_computed_again_and_playing_goes_on(tmp_path):
    executor = ManualExecutor(one_step)
    sweep = new_sweep(executor)
    sweep.play()
    sweep.put_away(Shelf(tmp_path))
    assert executor.calls[0][0].cancelled()
    assert sweep.playing
    assert not sweep.advance(0)
    executor.calls.pop(0)
    executor.answer()
    assert sweep.advance()
    assert sweep.state.step == 1


def test_on_a_full_disk_the_state_stays(tmp_path, monkeypatch):
    shelf, sweep = Shelf(tmp_path), new_sweep(InlineExecutor(one_step))
    sweep.play()
    sweep.advance()
    before = sweep.state

    def full(_value):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shelf, "put", full)
    with pytest.raises(OSError, match="space"):
        sweep.put_away(shelf)
    assert sweep.state is before

"""The player: whatever is pressed in whatever order, the run is one that can be repeated from its seed."""

import os
import signal
import threading
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.model import init_params
from core.training.run import DIVERGED, Config, Hyperparameters, TrainState
from core.training.sgd import start, train_steps
from live.data_source import Source
from live.training_run import TrainingRun
from live.workers import Workers
from tests import made_up

DATA = {2: made_up.digits(2, 40, 20), 3: made_up.digits(3, 40, 20)}
CHUNK = 5  # steps


class Here(Executor):
    """Does at once, in this process, what it is asked to do. A chunk is of five steps, not of some milliseconds."""

    def __init__(self):
        self.broken: Exception | None = None  # what comes of the next call, if not its result

    def submit(self, function, /, *args):
        *args, most, seconds = args
        future = Future()
        try:
            if self.broken:
                raise self.broken
            future.set_result(function(*args, most if seconds == float("inf") else CHUNK))
        except Exception as error:
            future.set_exception(error)
        return future


def replayed(player: TrainingRun, data, first: TrainState | None = None) -> tuple[TrainState, list[float]]:
    """Take the steps of a run again, in one go, from its seed and what it says of its hyperparameters."""
    state, losses = first or start(player.config), []
    for (begin, hyper), (end, _) in pairwise([*player.turned, (player.state.step, None)]):
        state, progress = train_steps(state, data, player.config, hyper, end - begin)
        losses += progress.losses
    return state, losses


def assert_sound(player: TrainingRun, data, first: TrainState | None = None) -> None:
    """See that a run is what its steps make of its beginning, and that its history has all of them."""
    state, losses = replayed(player, data, first)
    np.testing.assert_array_equal(player.history.losses, np.float32(losses))
    assert state.step == player.state.step == len(player.history.positions)
    for one, other in zip(state.params, player.state.params, strict=True):
        np.testing.assert_array_equal(one, other)


hyper = st.builds(
    Hyperparameters,
    lr=st.sampled_from([0.01, 1.0, 100.0]),
    batch_size=st.sampled_from([3, 8, 40]),
    momentum=st.sampled_from([0.0, 0.9]),
    zero_grad=st.booleans(),
    uphill=st.booleans(),
    max_epochs=st.sampled_from([None, None, 3]),
    patience=st.sampled_from([None, None, 2]),
)


class AnythingPressed(RuleBasedStateMachine):
    """All that can be done to a player, in any order."""

    @initialize(
        config=st.sampled_from(
            [
                Config(),
                Config(hidden=3, loss="binary cross-entropy", order="fixed"),
                Config(train_size=17, seed=1),
                Config((1, 3, 7), loss="cross-entropy", order="sorted"),
            ]
        ),
        hyper=hyper,
    )
    def begin(self, config, hyper):
        self.data = DATA[len(config.digits)]
        self.executor, self.first = Here(), None
        self.player = TrainingRun(self.executor, self.data, len(self.data.train_x), config, hyper)

    @rule()
    def play(self):
        self.player.play()
        assert self.player.playing is not bool(self.player.state.stopped)

    @rule()
    def pause(self):
        self.player.pause()
        assert not self.player.playing

    @rule()
    def advance(self):
        before, playing, broken = self.player.state.step, self.player.playing, self.executor.broken
        news = self.player.advance()
        assert news is playing
        if broken is None:
            assert (self.player.state.step > before) is playing

    @rule(hyper=hyper)
    def turn(self, hyper):
        before, playing = self.player.state, self.player.playing
        self.player.turn(hyper)
        assert self.player.state is before  # what has been learned is kept
        assert self.player.playing is playing
        self.player.advance()
        if self.player.state.step > before.step:
            assert self.player.turned[-1] == (before.step, hyper) or self.player.turned[-1][1] == hyper

    @rule()
    def take_step(self):
        before = self.player.state
        self.player.take_step()
        assert self.player.state.step == before.step + (not before.stopped and self.executor.broken is None)
        assert not self.player.playing

    @rule()
    def take_epoch(self):
        before = self.player.state
        self.player.take_epoch()
        if before.stopped or self.executor.broken:
            assert self.player.state is before
        elif self.player.state.stopped != DIVERGED:
            assert (self.player.state.epoch, self.player.state.seen) == (before.epoch + 1, 0)
        assert not self.player.playing

    @rule(seed=st.integers(0, 3))
    def restart_from(self, seed):
        params = init_params(self.player.config.outputs, self.player.config.hidden, 100 + seed)
        self.player.restart_from(params)
        self.first = TrainState(params)
        assert self.player.state.step == 0
        assert not self.player.playing

    @rule()
    def trouble(self):
        """One call comes to nothing, after which all is well again."""
        self.executor.broken = OSError("The digits can't be read.")
        self.player.pause()
        self.player.play()
        playing, before = self.player.playing, self.player.state
        self.player.advance()
        self.executor.broken = None
        assert self.player.state is before
        assert not self.player.playing
        if playing:
            assert self.player.problem == "The digits can't be read."

    @invariant()
    def it_can_be_repeated(self):
        assert_sound(self.player, self.data, self.first)

    @invariant()
    def its_history_is_in_order(self):
        history, state = self.player.history, self.player.state
        positions = list(history.positions)
        assert positions == sorted(positions)
        if state.stopped != DIVERGED and state.step:
            assert positions[-1] == pytest.approx(state.epoch + state.seen / self.player.images)
        assert list(history.epochs["epoch"]) == (list(range(state.epoch + 1)) if state.step else [])

    @invariant()
    def nothing_moves_unless_it_plays(self):
        if not self.player.playing:
            before = self.player.state
            assert self.player.advance() is False
            assert self.player.state is before


TestAnythingPressed = AnythingPressed.TestCase
TestAnythingPressed.settings = settings(max_examples=30, stateful_step_count=20)


def new_player(executor, hyper=None, config=None) -> TrainingRun:
    return TrainingRun(executor, DATA[2], 40, config or Config(), hyper or Hyperparameters(batch_size=8))


def test_a_new_run_waits():
    player = new_player(Here())
    assert player.advance() is False
    assert (player.state.step, player.playing, player.problem) == (0, False, None)


def test_the_very_next_step_is_taken_with_the_new_hyperparameters():
    player = new_player(Here(), Hyperparameters(lr=0.5, batch_size=8))
    player.play()
    player.advance()  # and the next chunk has been computed with the old rate
    slow = Hyperparameters(lr=0.0, batch_size=8)
    player.turn(slow)
    before = player.state.params
    player.advance()
    assert player.turned == [(0, Hyperparameters(lr=0.5, batch_size=8)), (CHUNK, slow)]
    assert all(map(torch.equal, player.state.params, before))
    assert player.state.step == 2 * CHUNK


def test_hyperparameters_that_are_turned_there_and_back_leave_no_trace():
    player, hyper = new_player(Here()), Hyperparameters(batch_size=8)
    player.take_step()
    player.turn(Hyperparameters(lr=3.0))
    player.turn(hyper)
    player.take_step()
    assert player.turned == [(0, hyper)]


def test_a_run_that_ends_by_itself_stops_playing():
    player = new_player(Here(), Hyperparameters(batch_size=8, max_epochs=2))
    player.play()
    while player.playing:
        assert player.advance()
    assert player.state.epoch == 2
    player.play()
    assert not player.playing


class Silent(Executor):
    """Never answers, or answers with an error."""

    def __init__(self, error=None):
        self.error, self.futures = error, []

    def submit(self, function, /, *args):
        self.futures.append(Future())
        if self.error:
            self.futures[-1].set_exception(self.error)
        return self.futures[-1]


def test_what_takes_long_is_waited_for_a_while_and_not_asked_for_twice():
    executor = Silent()
    player = new_player(executor)
    player.play()
    assert player.advance(patience=0.01) is False
    assert player.advance(patience=0.01) is False
    assert player.playing
    assert len(executor.futures) == 1


def test_to_pause_is_to_drop_what_is_under_way():
    executor = Silent()
    player = new_player(executor)
    player.play()
    player.advance(patience=0)
    player.pause()
    assert executor.futures[0].cancelled()
    assert player.advance() is False


def test_hyperparameters_that_no_step_was_taken_with_are_forgotten():
    player = new_player(Silent())
    player.play()
    for rate in (0.1, 0.2, 0.3):
        player.turn(Hyperparameters(lr=rate))
        player.advance(patience=0)
    assert player.turned == [(0, Hyperparameters(lr=0.3))]


@pytest.mark.parametrize("error", [TimeoutError("too slow"), CancelledError("gone"), ValueError()], ids=repr)
def test_an_error_of_any_kind_pauses_the_run_and_is_said(error):
    player = new_player(Silent(error))
    player.play()
    assert player.advance() is True
    assert not player.playing
    assert player.problem == (str(error) or "ValueError")
    player.take_step()
    assert player.problem
    player.executor = Here()
    player.play()
    assert player.problem is None
    assert player.advance() is True


def test_calls_that_others_cancel_pause_the_run_instead_of_being_waited_for_for_ever():
    executor = Silent()
    player = new_player(executor)
    player.play()
    player.advance(patience=0)
    executor.futures[0].cancel()  # as a cluster does that goes away
    assert player.advance() is True
    assert not player.playing
    assert player.problem


def test_an_executor_that_takes_no_calls_any_more_pauses_the_run():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    player = new_player(executor)
    player.play()
    player.advance()
    assert not player.playing
    assert "shutdown" in player.problem
    player.take_step()
    assert "shutdown" in player.problem


def test_a_player_that_several_threads_use_at_once_stays_one_run():
    with ThreadPoolExecutor(2) as executor:
        player = new_player(Slices(executor))
        errors = []

        def press(seed):
            rng = np.random.default_rng(seed)
            actions = [
                player.play,
                player.pause,
                player.take_step,
                player.take_epoch,
                *[player.advance] * 6,
                lambda: player.turn(Hyperparameters(lr=rng.choice([0.1, 0.2]), batch_size=8)),
            ]
            try:
                for number in rng.integers(0, len(actions), 60):
                    actions[number]()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=press, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        player.pause()
    assert errors == []
    assert player.state.step > 0
    assert_sound(player, DATA[2])


class Slices(Executor):
    """Hands calls to another executor, in chunks of five steps."""

    def __init__(self, executor):
        self.executor = executor

    def submit(self, function, /, *args):
        *args, most, seconds = args
        return self.executor.submit(function, *args, most if seconds == float("inf") else CHUNK)


# With real workers


@pytest.fixture
def one_thread():
    """Sums in this process in the same order as in a worker, which has one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_a_run_in_worker_processes_can_be_repeated_here(built_in_folder, one_thread):
    source = Source(str(built_in_folder), (3, 7))
    with Workers(2) as workers:
        workers.submit(source.load).result()
        player = TrainingRun(workers, source, 800, Config(hidden=4), Hyperparameters(lr=0.5))
        player.play()
        for number in range(12):
            player.advance(patience=60)
            if number == 4:
                player.turn(Hyperparameters(lr=0.2, batch_size=100, momentum=0.5))
            if number == 6:  # a worker dies, and nobody notices
                os.kill(workers.submit(os.getpid).result(), signal.SIGKILL)
            if number == 8:
                player.pause()
                player.play()
        assert player.playing
        assert player.images_per_second > 0
        player.take_step()
        player.take_epoch()
        assert not player.playing
        assert player.problem is None
        assert player.state.seen == 0
        assert player.state.step > 12
        step = player.state.step
        assert player.advance() is False
        assert player.state.step == step
    assert [hyper.lr for _, hyper in player.turned] == [0.5, 0.2]
    assert_sound(player, source.load())
    player.take_step()
    assert player.problem == "The workers have been shut down."

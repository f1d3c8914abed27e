"""Training runs: whatever is pressed in whatever order, the run can be repeated from its seed."""

import os
import signal
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.model import init_params
from core.training.evaluation import reason_to_stop
from core.training.optimisers import OPTIMISERS
from core.training.run import DIVERGED, Config, Hyperparameters, TrainState
from core.training.sgd import resume, start, train_steps
from live import training_run
from live.data_source import DataSource
from live.training_run import TrainingRun
from live.workers.worker_pool import Workers
from tests import made_up
from tests.executors import InlineExecutor, ManualExecutor, ThreadExecutor, five_steps

DATA = {2: made_up.digits(2, 40, 20), 3: made_up.digits(3, 40, 20)}


def replay(run: TrainingRun, data, first: TrainState | None = None) -> tuple[TrainState, list[float]]:
    """Take the steps of a run again, in one go, from its seed and what it says of its hyperparameters."""
    state, losses = first or start(run.config), []
    for (begin, hyper), (end, _) in pairwise([*run.changes, (run.state.step, None)]):
        state, progress = train_steps(resume(state), data, run.config, hyper, end - begin)
        losses += progress.losses
    return state, losses


def assert_sound(run: TrainingRun, data, first: TrainState | None = None) -> None:
    """See that a run is what its steps make of its beginning, and that its history has all of them."""
    state, losses = replay(run, data, first)
    np.testing.assert_array_equal(run.history.losses, np.float32(losses))
    assert state.step == run.state.step == len(run.history.positions)
    for one, other in zip(state.params, run.state.params, strict=True):
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
    optimiser=st.sampled_from(OPTIMISERS),
    weight_decay=st.sampled_from([0.0, 0.01]),
)


class AnythingPressed(RuleBasedStateMachine):
    """All that can be done with a run, in any order."""

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
        self.executor, self.first = InlineExecutor(five_steps), None
        self.run = TrainingRun(self.executor, self.data, len(self.data.train_x), config, hyper)

    @rule()
    def play(self):
        self.run.play()
        assert self.run.playing is not bool(self.run.state.stopped)

    @rule(allowed=st.integers(0, 9))
    def play_paced(self, allowed):
        self.run.pause()
        before = self.run.state
        self.run.play(paced=True)
        self.run.advance()
        assert self.run.state is before  # nothing is allowed yet
        self.run.allow(allowed)
        while self.run.playing and self.run.advance():
            pass
        taken = self.run.state.step - before.step
        assert taken == allowed or self.executor.error or self.run.over
        assert taken <= allowed
        self.run.allow(None)

    @rule()
    def pause(self):
        self.run.pause()
        assert not self.run.playing

    @rule()
    def advance(self):
        before, playing, broken = self.run.state.step, self.run.playing, self.executor.error
        news = self.run.advance()
        assert news is playing
        if broken is None:
            assert (self.run.state.step > before) is playing

    @rule(hyper=hyper)
    def change(self, hyper):
        before, playing = self.run.state, self.run.playing
        self.run.change(hyper)
        assert self.run.state is before  # what has been learned is kept
        assert self.run.playing is playing
        self.run.advance()
        if self.run.state.step > before.step:
            assert self.run.changes[-1] == (before.step, hyper) or self.run.changes[-1][1] == hyper

    @rule()
    def take_step(self):
        before = self.run.state
        self.run.take_step()
        assert self.run.state.step == before.step + (not before.stopped and self.executor.error is None)
        assert not self.run.playing

    @rule()
    def take_epoch(self):
        before = self.run.state
        self.run.take_epoch()
        if before.stopped or self.executor.error:
            assert self.run.state is before
        elif self.run.state.stopped != DIVERGED:
            assert (self.run.state.epoch, self.run.state.seen) == (before.epoch + 1, 0)
        assert not self.run.playing

    @rule()
    def resume(self):
        before = self.run.state
        self.run.resume()
        assert self.run.over is (before.stopped == DIVERGED)
        assert self.run.state.params is before.params
        if not self.run.over:
            assert not reason_to_stop(self.run.hyper, before.epoch, before.best_epoch) or not before.stopped

    @rule(seed=st.integers(0, 3))
    def restart_from(self, seed):
        params = init_params(self.run.config.outputs, self.run.config.hidden, 100 + seed)
        self.run.restart_from(params)
        self.first = TrainState(params)
        assert self.run.state.step == 0
        assert not self.run.playing

    @rule()
    def fail(self):
        """One call fails; all others succeed."""
        self.executor.error = OSError("The digits can't be read.")
        self.run.pause()
        self.run.play()
        playing, before = self.run.playing, self.run.state
        self.run.advance()
        self.executor.error = None
        assert self.run.state is before
        assert not self.run.playing
        if playing:
            assert self.run.problem == "The digits can't be read."

    @invariant()
    def it_can_be_repeated(self):
        assert_sound(self.run, self.data, self.first)

    @invariant()
    def its_history_is_in_order(self):
        history, state = self.run.history, self.run.state
        positions = list(history.positions)
        assert positions == sorted(positions)
        if state.stopped != DIVERGED and state.step:
            assert positions[-1] == pytest.approx(state.epoch + state.seen / self.run.images)
        assert list(history.epochs["epoch"]) == (list(range(state.epoch + 1)) if state.step else [])

    @invariant()
    def nothing_moves_unless_it_plays(self):
        if not self.run.playing:
            before = self.run.state
            assert self.run.advance() is False
            assert self.run.state is before


TestAnythingPressed = AnythingPressed.TestCase
TestAnythingPressed.settings = settings(max_examples=30, stateful_step_count=20)


def new_run(executor, hyper=None, config=None) -> TrainingRun:
    return TrainingRun(executor, DATA[2], 40, config or Config(), hyper or Hyperparameters(batch_size=8))


def test_a_new_run_waits():
    run = new_run(InlineExecutor(five_steps))
    assert run.advance() is False
    assert (run.state.step, run.playing, run.problem) == (0, False, None)


def test_the_very_next_step_is_taken_with_the_new_hyperparameters():
    run = new_run(InlineExecutor(five_steps), Hyperparameters(lr=0.5, batch_size=8))
    run.play()
    run.advance()  # and the next chunk has been computed with the old rate
    slow = Hyperparameters(lr=0.0, batch_size=8)
    run.change(slow)
    before = run.state.params
    run.advance()
    assert run.changes == [(0, Hyperparameters(lr=0.5, batch_size=8)), (5, slow)]
    assert all(map(torch.equal, run.state.params, before))
    assert run.state.step == 10


def test_hyperparameters_that_are_changed_back_before_a_step_leave_no_trace():
    run, hyper = new_run(InlineExecutor(five_steps)), Hyperparameters(batch_size=8)
    run.take_step()
    run.change(Hyperparameters(lr=3.0))
    run.change(hyper)
    run.take_step()
    assert run.changes == [(0, hyper)]


def test_a_run_that_stops_by_itself_plays_no_more():
    run = new_run(InlineExecutor(five_steps), Hyperparameters(batch_size=8, max_epochs=2))
    run.play()
    while run.playing:
        assert run.advance()
    assert run.state.epoch == 2
    run.play()
    assert not run.playing


def test_a_chunk_that_times_out_is_not_submitted_twice():
    executor = ManualExecutor()
    run = new_run(executor)
    run.play()
    assert run.advance(timeout=0.01) is False
    assert run.advance(timeout=0.01) is False
    assert run.playing
    assert len(executor.calls) == 1


def test_a_pause_cancels_the_chunk_under_way():
    executor = ManualExecutor()
    run = new_run(executor)
    run.play()
    run.advance(timeout=0)
    run.pause()
    assert executor.calls[0][0].cancelled()
    assert run.advance() is False


def test_one_step_and_one_epoch_are_computed_in_chunks():
    executor = InlineExecutor(five_steps)
    run = new_run(executor, Hyperparameters(batch_size=1))
    run.take_step()
    run.take_epoch()
    assert (run.state.epoch, run.state.step, run.playing) == (1, 40, False)
    assert len(executor.calls) == 1 + 8
    assert {seconds for *_, seconds in executor.calls} == {training_run.CHUNK_SECONDS}


def test_an_epoch_that_takes_long_plays_on_to_its_end_and_pauses(monkeypatch):
    monkeypatch.setattr(training_run, "CLICK_SECONDS", 0)
    executor = ManualExecutor(five_steps)
    run = new_run(executor, Hyperparameters(batch_size=1))
    run.take_epoch()
    assert run.playing
    while run.playing:
        executor.answer()
        assert run.advance()
        if run.state.step == 10:
            run.change(Hyperparameters(batch_size=6))
    assert (run.state.epoch, run.state.seen, run.state.step) == (1, 0, 15)
    assert_sound(run, DATA[2])
    run.take_epoch()
    run.play()  # which has no end
    for _ in range(5):
        executor.answer()
        run.advance()
    assert run.playing
    assert run.state.epoch > 2


def test_hyperparameters_that_no_step_was_taken_with_are_forgotten():
    run = new_run(ManualExecutor())
    run.play()
    for rate in (0.1, 0.2, 0.3):
        run.change(Hyperparameters(lr=rate))
        run.advance(timeout=0)
    assert run.changes == [(0, Hyperparameters(lr=0.3))]


@pytest.mark.parametrize("error", [TimeoutError("too slow"), CancelledError("gone"), ValueError()], ids=repr)
def test_an_error_of_any_kind_pauses_the_run_and_becomes_its_problem(error):
    run = new_run(InlineExecutor(error=error))
    run.play()
    assert run.advance() is True
    assert not run.playing
    assert run.problem == (str(error) or "ValueError")
    run.take_step()
    assert run.problem
    run.executor = InlineExecutor(five_steps)
    run.play()
    assert run.problem is None
    assert run.advance() is True


def test_a_chunk_that_the_executor_cancels_pauses_the_run():
    executor = ManualExecutor()
    run = new_run(executor)
    run.play()
    run.advance(timeout=0)
    executor.calls[0][0].cancel()  # as a cluster that goes away does
    assert run.advance() is True
    assert not run.playing
    assert run.problem


def test_an_executor_that_has_been_shut_down_pauses_the_run():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    run = new_run(executor)
    run.play()
    run.advance()
    assert not run.playing
    assert "shutdown" in run.problem
    run.take_step()
    assert "shutdown" in run.problem


def test_a_run_that_several_threads_use_at_once_stays_one_run():
    with ThreadExecutor(five_steps) as executor:
        run = new_run(executor)
        errors = []

        def press(seed):
            rng = np.random.default_rng(seed)
            actions = [
                run.play,
                run.pause,
                run.take_step,
                run.take_epoch,
                *[run.advance] * 6,
                lambda: run.change(Hyperparameters(lr=rng.choice([0.1, 0.2]), batch_size=8)),
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
        run.pause()
    assert errors == []
    assert run.state.step > 0
    assert_sound(run, DATA[2])


# The most of a run


@pytest.mark.parametrize(
    ("steps", "epochs", "hyper", "taken"),
    [
        (12, 99, Hyperparameters(batch_size=8), 12),
        (99, 3, Hyperparameters(batch_size=8), 15),  # 40 images: five steps an epoch
        (99, 7, Hyperparameters(batch_size=40), 7),
    ],
)
def test_a_run_pauses_with_a_sentence_after_the_most_steps_or_epochs(monkeypatch, steps, epochs, hyper, taken):
    monkeypatch.setattr(training_run, "MOST_STEPS", steps)
    monkeypatch.setattr(training_run, "MOST_EPOCHS", epochs)
    run = new_run(InlineExecutor(five_steps), hyper)
    run.play()
    while run.playing:
        run.advance()
    assert run.state.step == len(run.history.losses) == taken
    sentence = f"A run has at most {steps} steps and {epochs} epochs. Reset to begin another."
    assert run.problem == sentence
    for press in (run.play, run.take_step, run.take_epoch):
        run.problem = None
        press()
        assert (run.problem, run.playing, run.state.step) == (sentence, False, taken)
    run.restart_from(run.first)
    run.take_step()
    assert (run.problem, run.state.step) == (None, 1)


def test_an_epoch_that_the_most_steps_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(training_run, "MOST_STEPS", 3)
    run = new_run(InlineExecutor(five_steps))
    run.take_epoch()
    assert (run.state.step, run.playing) == (3, False)
    assert run.problem.startswith("A run has at most 3 steps")


def test_what_the_longest_run_keeps_takes_twenty_megabytes():
    run = new_run(InlineExecutor(five_steps))
    run.take_epoch()
    steps = [array.itemsize for array in (run.history.losses, run.history.positions)]
    epochs = [array.itemsize for array in run.history.epochs.values()]
    assert sum(steps) * training_run.MOST_STEPS + sum(epochs) * training_run.MOST_EPOCHS <= 20e6


# With real workers


def test_a_run_in_worker_processes_can_be_repeated_here(built_in_folder, one_thread):
    source = DataSource(str(built_in_folder), (3, 7))
    with Workers(2) as workers:
        workers.submit(source.load).result()
        run = TrainingRun(workers, source, 800, Config(hidden=4), Hyperparameters(lr=0.5))
        run.play()
        for number in range(12):
            run.advance(timeout=60)
            if number == 4:
                run.change(Hyperparameters(lr=0.2, batch_size=100, momentum=0.5))
            if number == 6:  # a worker dies, which changes nothing
                os.kill(workers.submit(os.getpid).result(), signal.SIGKILL)
            if number == 8:
                run.pause()
                run.play()
        assert run.playing
        assert run.images_per_second > 0
        run.take_step()
        run.take_epoch()
        assert not run.playing
        assert run.problem is None
        assert run.state.seen == 0
        assert run.state.step > 12
        step = run.state.step
        assert run.advance() is False
        assert run.state.step == step
    assert [hyper.lr for _, hyper in run.changes] == [0.5, 0.2]
    assert_sound(run, source.load())
    run.take_step()
    assert run.problem == "The workers have been shut down."

"""Jobs: many short calls give the answer that one long call would, and pausing loses none of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils import parameters_to_vector

from core.rates.loss_landscape import principal_plane
from core.rates.lr_finder import lr_range_test
from core.training import bookkeeping
from core.training.data import count_seen
from core.training.evaluation import score
from core.training.next_step import look_at_step
from core.training.run import DIVERGED, Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import jobs
from live.jobs import JobRun
from tests import made_up
from tests.executors import InlineExecutor, ManualExecutor

pytestmark = pytest.mark.usefixtures("one_thread")
DATA, THREE = made_up.digits(), made_up.digits(3)
BINARY = Config(loss="binary cross-entropy")
LEARNERS = {
    "linear": (Config(), DATA),
    "hidden": (Config(hidden=6, loss="binary cross-entropy"), DATA),
    "hidden of 3": (Config((1, 3, 7), 5, "cross-entropy"), THREE),
}
every_learner = pytest.mark.parametrize(("config", "data"), LEARNERS.values(), ids=LEARNERS)


@pytest.fixture(autouse=True)
def _calls_are_short(monkeypatch):
    """Let each call end as early as it can."""
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 0)


@pytest.fixture
def small_parts(monkeypatch):
    """Take each batch in parts of about ten images."""
    monkeypatch.setattr(bookkeeping, "WORK_AT_ONCE", 8_000)


def run_through(job):
    """Run a job to its end. Returns its answer, and how many calls it took."""
    executor = InlineExecutor()
    run = JobRun(executor, job)
    run.play()
    shares = []
    while run.playing:
        shares.append(run.progress)
        run.advance()
    assert run.problem is None
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert run.progress == 1
    return run.answer, len(executor.calls)


def walked(data, config, hyper, steps, points):
    """Walk in this process. Returns the last state, and the rows of parameters that the plane is made of."""
    rows = []

    def keep(path):
        rows.append(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "principal_plane", keep)
        (state, _), _ = run_through(jobs.walk(data, config, hyper, steps, points))
    return state, rows[0]


@every_learner
def test_a_walk_is_the_run_that_training_makes(config, data):
    hyper = Hyperparameters(0.05, 32, momentum=0.5)
    state, rows = walked(data, config, hyper, 20, 5)
    for row, steps in zip(rows, [0, 5, 10, 15, 20], strict=True):
        alone, _ = train_steps(start(config), data, config, hyper, steps)
        assert torch.equal(row, parameters_to_vector(alone.params))
    assert state.step == 20
    assert all(map(torch.equal, state.params, alone.params))
    assert all(map(torch.equal, state.memory.velocity, alone.memory.velocity))


@given(steps=st.integers(2, 12), points=st.integers(3, 20))
def test_a_walk_notes_its_first_and_last_step_and_some_between(steps, points):
    hyper = Hyperparameters(0.05, 32)
    state, rows = walked(DATA, BINARY, hyper, steps, points)
    alone = [parameters_to_vector(train_steps(start(BINARY), DATA, BINARY, hyper, n)[0].params) for n in range(13)]
    at = [next(n for n, weights in enumerate(alone) if torch.equal(row, weights)) for row in rows]
    assert (at[0], at[-1], state.step) == (0, steps, steps)
    assert at == sorted(set(at))
    assert len(rows) == min(points, steps + 1)
    assert max(np.diff(at), default=0) <= math.ceil(steps / (points - 1))


def test_a_walk_ends_where_the_run_diverges():
    config, hyper = replace(BINARY, order="sorted"), Hyperparameters(1e38, 8)
    (state, plane), _ = run_through(jobs.walk(DATA, config, hyper, 500, 500))
    alone, _ = train_steps(start(config), DATA, config, hyper, 500)
    assert state.stopped == alone.stopped == DIVERGED
    assert state.step == alone.step < 500
    assert plane is None or plane.path.isfinite().all()


def test_a_walk_gives_the_plane_of_its_path_if_there_are_three_points():
    (state, plane), _ = run_through(jobs.walk(DATA, BINARY, Hyperparameters(0.05, 32), 9, 60))
    _, rows = walked(DATA, BINARY, Hyperparameters(0.05, 32), 9, 60)
    assert torch.equal(plane.path, principal_plane(rows).path)
    assert (state.step, len(plane.path)) == (9, 10)
    assert run_through(jobs.walk(DATA, BINARY, Hyperparameters(0.05, 32), 1, 60))[0][1] is None
    assert run_through(jobs.walk(DATA, BINARY, Hyperparameters(0.05, 32), 0, 60))[0][1] is None


@every_learner
def test_the_next_step_of_a_large_batch_is_looked_at_in_parts(config, data, small_parts):
    hyper = Hyperparameters(0.1, 75, momentum=0.5)
    state, _ = train_steps(start(config), data, config, hyper, 1)
    found, calls = run_through(jobs.next_step(state, data, config, hyper))
    whole = look_at_step(state, data, config, hyper)
    assert calls >= 4
    for name in ("batch_size", "seen", "seen_after"):
        assert getattr(found, name) == getattr(whole, name)
    for name in ("loss", "loss_after", "mean_p", "mean_p_after"):
        assert getattr(found, name) == pytest.approx(getattr(whole, name), rel=1e-5)
    for name in ("images", "targets", "p", "gradient", "after"):
        torch.testing.assert_close(getattr(found, name), getattr(whole, name), rtol=1e-4, atol=1e-6)


def test_a_range_test_takes_a_call_for_each_batch():
    found, calls = run_through(jobs.range_test(DATA, BINARY, 16, 1e-3, 10, 30))
    whole = lr_range_test(DATA, BINARY, 16, 1e-3, 10, 30)
    assert calls == len(whole.rates)
    assert (found.losses, found.steepest, found.lowest) == (whole.losses, whole.steepest, whole.lowest)


def test_a_comparison_trains_once_and_tests_on_each_dataset():
    hyper, other = Hyperparameters(0.5, 30), made_up.digits(2, 40, 20)
    found, _ = run_through(jobs.compare(DATA, [DATA, other], Config(), hyper, 12))
    trained, _ = train_steps(start(Config()), DATA, Config(), hyper, 12)
    assert found == [(score(trained.params, data, "mnist_loss"), count_seen(DATA, data)) for data in (DATA, other)]


def test_a_single_call_is_a_job():
    assert run_through(jobs.single(divmod, 17, 5)) == ((3, 2), 1)


def test_a_job_that_is_paused_has_no_call_under_way_and_goes_on_with_the_same_call():
    executor = ManualExecutor()
    run = JobRun(executor, jobs.single(divmod, 17, 5))
    run.play()
    run.pause()
    assert executor.calls[0][0].cancelled()
    run.play()
    executor.answer()
    assert run.advance()
    assert (run.over, run.answer) == (True, (3, 2))


def test_an_error_is_a_problem_and_no_answer():
    run = JobRun(InlineExecutor(error=OSError("The digits can't be read.")), jobs.single(divmod, 17, 5))
    run.play()
    run.advance()
    assert (run.problem, run.answer, run.over) == ("The digits can't be read.", None, False)

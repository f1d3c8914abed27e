"""A sweep: each of its runs is the run that `train_steps` makes alone, whatever becomes of its neighbours."""

import copy
import itertools
import math
import pickle
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.loss import LOSSES
from core.model import init_params, predict
from core.rates.many_runs import predict_runs, stack_runs
from core.rates.sweep import MOST_PARAMETERS, MOST_RATES, most_rates, spread_rates, start_sweep, sweep_steps
from core.training import bookkeeping
from core.training.run import DIVERGED, ENOUGH, Config, Hyperparameters
from core.training.sgd import start, train_steps
from tests import made_up
from tests.core.by_library import loss_by_library
from tests.core.rates.runs import take_run
from tests.core.runs import same

pytestmark = pytest.mark.usefixtures("one_thread")
DATA, THREE, TEN = made_up.digits(), made_up.digits(3), made_up.digits(10)
TAME = [0.003, 0.01, 0.05, 0.1]
LEARNERS = {
    "linear mnist_loss": (Config(), DATA),
    "linear binary": (Config(loss="binary cross-entropy", order="fixed"), DATA),
    "hidden mnist_loss": (Config(hidden=6, seed=1), DATA),
    "hidden binary": (Config(hidden=6, loss="binary cross-entropy", train_size=50), DATA),
    "linear of 3": (Config((1, 3, 7), loss="cross-entropy", order="sorted"), THREE),
    "hidden of 10": (Config(tuple(range(10)), 6, "cross-entropy"), TEN),
}
every_learner = pytest.mark.parametrize(("config", "data"), LEARNERS.values(), ids=LEARNERS)


def alone(rate, config, data, batch_size, epochs):
    return train_steps(start(config), data, config, Hyperparameters(rate, batch_size, max_epochs=epochs), 10**9)


def together(rates, config, data, batch_size, epochs):
    return sweep_steps(start_sweep(len(rates)), data, config, torch.tensor(rates), batch_size, epochs)


def in_chunks(sizes, rates, config, data, batch_size, epochs):
    """Take a sweep's steps in several calls, by a clock that goes on by a second a step; then the rest, in one."""
    clock = SimpleNamespace(perf_counter=itertools.count().__next__)
    state, found = start_sweep(len(rates)), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bookkeeping, "time", clock)
        for size in [*sizes, math.inf]:
            before, state = state.step, pickle.loads(pickle.dumps(state))
            if state.epoch < epochs:
                state, progress = sweep_steps(
                    state, data, config, torch.tensor(rates), batch_size, epochs, seconds=size
                )
                found.append(progress)
                assert state.step - before == len(progress.losses) <= size
    losses, positions = (torch.cat([getattr(one, name) for one in found]) for name in ("losses", "positions"))
    return state, losses, positions, [epoch for one in found for epoch in one.epochs]


def assert_as_alone(run, rate, sweep, config, data, batch_size, epochs, rtol=1e-4, atol=1e-5):
    """Hold one run of a sweep against its history alone. The two differ by rounding: sums are in another order."""
    (state, progress), (single, own) = sweep, alone(rate, config, data, batch_size, epochs)
    steps = len(own.losses)
    near = {"rtol": rtol, "atol": atol}
    np.testing.assert_allclose(progress.losses[:steps, run], own.losses, **near)
    assert progress.losses[steps:, run].isnan().all()
    np.testing.assert_array_equal(progress.positions[:steps], np.float32(own.positions))
    for ours, theirs in zip(progress.epochs, own.epochs, strict=False):
        assert (ours.epoch, ours.step) == (theirs.epoch, theirs.step)
        np.testing.assert_allclose([column[run] for column in ours[2:]], theirs[2:], **near)
    for ours in progress.epochs[len(own.epochs) :]:
        assert all(column[run].isnan() for column in ours[2:])
    torch.testing.assert_close(take_run(state.params, run), single.params, **near, equal_nan=True)
    assert state.diverged[run] == (single.step if single.stopped == DIVERGED else 0)
    return single


# Each run is the one that it would be alone


@pytest.mark.parametrize("batch_size", [1, 7, 32, 90, 500])
@every_learner
def test_each_run_has_the_history_that_it_has_alone(config, data, batch_size):
    # These rates are stable. Where a run bounces, rounding grows from step to step, as any little difference does
    # there: two ways to add up the same numbers then lead to two runs.
    epochs = 3
    sweep = together(TAME, config, data, batch_size, epochs)
    assert sweep[0].epoch == epochs
    assert [epoch.epoch for epoch in sweep[1].epochs] == [0, 1, 2, 3]
    for run, rate in enumerate(TAME):
        assert assert_as_alone(run, rate, sweep, config, data, batch_size, epochs).stopped == ENOUGH


def test_one_run_is_a_sweep_too():
    assert_as_alone(0, 0.1, together([0.1], Config(), DATA, 32, 4), Config(), DATA, 32, 4)


def test_as_many_runs_as_are_allowed_do_not_disturb_each_other():
    rates = spread_rates(0.001, 0.2, MOST_RATES)
    sweep = together(rates, Config(), DATA, 32, 2)
    for run in (0, 1, 63, 64, MOST_RATES - 1):
        assert_as_alone(run, rates[run], sweep, Config(), DATA, 32, 2)


sweeps = st.tuples(st.sampled_from(list(LEARNERS.values())), st.sampled_from([7, 32, 90, 500]))


@settings(max_examples=30)
@given(sweep=sweeps, sizes=st.lists(st.integers(1, 12), max_size=6), rate=st.sampled_from([0.02, 30.0, 1e38]))
def test_a_sweep_has_one_history_however_its_steps_are_divided(sweep, sizes, rate):
    (config, data), batch_size = sweep
    whole, progress = together([0.01, rate], config, data, batch_size, 3)
    state, losses, positions, epochs = in_chunks(sizes, [0.01, rate], config, data, batch_size, 3)
    np.testing.assert_array_equal(losses, progress.losses)  # one that is no number is equal to itself here
    np.testing.assert_array_equal(positions, progress.positions)
    for one, other in zip(epochs, progress.epochs, strict=True):
        np.testing.assert_array_equal(np.stack(one[2:]), np.stack(other[2:]))
        assert one[:2] == other[:2]
    assert same(state, whole)


@pytest.mark.parametrize("name", ["linear mnist_loss", "hidden of 10"])
def test_a_batch_in_parts_is_the_step_that_the_whole_batch_takes(name, monkeypatch):
    config, data = LEARNERS[name]
    rates = [0.01, 0.1, 1e38]
    whole, expected = together(rates, config, data, 50, 3)
    monkeypatch.setattr(bookkeeping, "WORK_AT_ONCE", 10 * sum(p.numel() for p in whole.params))
    state, losses, epochs = start_sweep(3), [], []
    while state.epoch < 3:
        state, more = sweep_steps(state, data, config, torch.tensor(rates), 50, 3, seconds=0)
        losses.append(more.losses)
        epochs += more.epochs
    assert len(losses) > 3 * len(data.train_x) / 10
    torch.testing.assert_close(torch.cat(losses), expected.losses, rtol=1e-4, atol=1e-5, equal_nan=True)
    for one, other in zip(epochs, expected.epochs, strict=True):
        np.testing.assert_allclose(np.stack(one[2:]), np.stack(other[2:]), rtol=1e-3, atol=1e-5)
    for one, other in zip(state.params, whole.params, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4, equal_nan=True)


def test_more_epochs_go_on_where_fewer_have_ended():
    lr = torch.tensor(TAME)
    half, first = sweep_steps(start_sweep(4), DATA, Config(), lr, 32, 2)
    state, second = sweep_steps(half, DATA, Config(), lr, 32, 5)
    whole, progress = sweep_steps(start_sweep(4), DATA, Config(), lr, 32, 5)
    assert all(map(torch.equal, state.params, whole.params))
    assert torch.equal(torch.cat([first.losses, second.losses]), progress.losses)
    assert [epoch.epoch for epoch in first.epochs + second.epochs] == [0, 1, 2, 3, 4, 5]


@every_learner
def test_steps_leave_the_state_and_the_data_as_they_were(config, data):
    lr = torch.tensor([0.01, 1e38])
    state, _ = sweep_steps(start_sweep(2), data, config, lr, 32, 10, seconds=0)
    before = copy.deepcopy((state, data))
    after, _ = sweep_steps(state, data, config, lr, 32, 2)
    assert after.step > state.step == 1
    assert same(state, before[0])
    assert all(torch.equal(getattr(data, name), getattr(before[1], name)) for name in vars(data))


def test_a_state_is_small_enough_to_be_sent_elsewhere():
    state, _ = together(TAME, Config(), DATA, 32, 1)
    assert len(pickle.dumps(state)) < 4 * 785 * 4 + 5_000  # 785 parameters of 4 bytes for each of 4 runs: no data


# Runs that diverge


wild_learners = pytest.mark.parametrize(
    ("name", "rate"),
    [("linear binary", 1e38), ("hidden binary", 1e30), ("linear of 3", 1e38), ("hidden of 10", 1e30)],
)


def wild(name):
    """Return a learner whose batches are sorted: else a huge step may be right about all that comes next."""
    config, data = LEARNERS[name]
    return replace(config, order="sorted"), data


@wild_learners
def test_a_run_that_diverges_does_so_at_the_step_at_which_it_does_alone(name, rate):
    config, data = wild(name)
    sweep = together([0.01, rate, 0.05], config, data, 8, 3)
    single = assert_as_alone(1, rate, sweep, config, data, 8, 3, rtol=1e-3)  # a few wild steps
    assert single.stopped == DIVERGED
    for run, tame in ((0, 0.01), (2, 0.05)):
        assert_as_alone(run, tame, sweep, config, data, 8, 3)


@wild_learners
def test_from_there_on_it_is_frozen(name, rate):
    config, data = wild(name)
    state, _ = together([0.01, rate, 0.05], config, data, 8, 3)
    at, lr = state.diverged[1].item(), torch.tensor([0.01, rate, 0.05])
    there = start_sweep(3)
    for _ in range(at):
        there, _ = sweep_steps(there, data, config, lr, 8, 3, seconds=0)
    assert there.step == at < state.step
    for one, other in zip(take_run(there.params, 1), take_run(state.params, 1), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not torch.equal(take_run(there.params, 0)[0], take_run(state.params, 0)[0])  # the others go on


@pytest.mark.parametrize("rate", [30.0, 1e4, 1e38])
@every_learner
def test_the_neighbours_of_a_wild_run_are_those_of_a_tame_one_to_the_last_bit(config, data, rate):
    (with_it, its), (without, theirs) = (together([0.01, r, 0.05], config, data, 7, 2) for r in (rate, 0.02))
    for run in (0, 2):
        assert all(map(torch.equal, take_run(with_it.params, run), take_run(without.params, run)))
        assert torch.equal(its.losses[:, run], theirs.losses[:, run])
        for one, other in zip(its.epochs, theirs.epochs, strict=True):
            assert all(a[run] == b[run] for a, b in zip(one[2:], other[2:], strict=True))
        assert all(p[..., run].isfinite().all() for p in with_it.params)


@every_learner
def test_a_wild_run_leaves_no_trace_in_a_sweep_without_it(config, data):
    with_it, its = together([0.01, 1e38, 0.05], config, data, 32, 3)
    without, theirs = together([0.01, 0.05], config, data, 32, 3)
    torch.testing.assert_close(its.losses[:, [0, 2]], theirs.losses, rtol=1e-4, atol=1e-5)
    for run, place in ((0, 0), (2, 1)):
        torch.testing.assert_close(take_run(with_it.params, run), take_run(without.params, place), rtol=1e-4, atol=1e-5)
    assert with_it.diverged[[0, 2]].tolist() == [0, 0]


@pytest.mark.parametrize("name", ["linear binary", "hidden binary", "linear of 3", "hidden of 10"])
def test_a_rate_at_which_the_first_step_overflows_has_diverged_at_the_second(name):
    config, data = wild(name)
    state, progress = together([1e38, 0.01], config, data, 32, 2)
    single, own = alone(1e38, config, data, 32, 2)
    assert state.diverged.tolist() == [2, 0] == [single.step, 0]
    np.testing.assert_allclose(progress.losses[0, 0], own.losses[0], rtol=1e-4)
    assert not progress.losses[1, 0] <= 100
    assert not own.losses[1] <= 100
    assert progress.losses[2:, 0].isnan().all()
    assert progress.losses[:, 1].isfinite().all()


@every_learner
def test_a_sweep_ends_when_all_runs_have_diverged(config, data):
    loss = "binary cross-entropy" if data is DATA else "cross-entropy"  # mnist_loss is bounded
    config = replace(config, loss=loss, order="sorted")
    state, progress = together([1e38, 3e38], config, data, 8, 50)
    assert (state.diverged > 0).all()
    assert state.step == len(progress.losses) == state.diverged.max() < 10
    assert [epoch.epoch for epoch in progress.epochs] == [0]
    after, nothing = sweep_steps(state, data, config, torch.tensor([1e38, 3e38]), 8, 50)
    assert after.step == state.step
    assert nothing.losses.shape == (0, 2)
    assert nothing.positions.shape == (0,)
    assert nothing.epochs == []


def test_where_none_has_diverged_every_number_is_one():
    state, progress = together(TAME, Config(), DATA, 32, 3)
    assert state.diverged.tolist() == [0] * len(TAME)
    assert progress.losses.isfinite().all()
    assert all(column.isfinite().all() for epoch in progress.epochs for column in epoch[2:])


def test_a_rate_of_zero_stays_where_it_starts():
    state, _ = together([0.0, 0.1], Config(hidden=6), DATA, 32, 2)
    assert all(map(torch.equal, take_run(state.params, 0), start(Config(hidden=6)).params))


# The model of all runs


shapes = st.tuples(
    st.integers(0, 999), st.integers(1, 9), st.sampled_from([0, 1, 5]), st.integers(1, 4), st.integers(1, 6)
)


def some_runs(seed, hidden, outputs, runs):
    """Draw parameters for each run, biases too, and put them side by side: the last axis is that of the runs."""
    generator = torch.Generator().manual_seed(seed)
    each = [
        tuple(p + torch.randn(p.shape, generator=generator) / 5 for p in init_params(outputs, hidden, seed + run))
        for run in range(runs)
    ]
    return each, tuple(torch.stack([p.T if p.ndim == 2 else p for p in same], -1) for same in zip(*each, strict=True))


def by_library(xb, params):
    logits = F.linear(xb, *params[:2])
    return F.linear(logits.relu(), *params[2:]) if len(params) > 2 else logits


@given(shapes)
def test_all_runs_predict_what_each_predicts_alone(shape):
    seed, batch, hidden, outputs, runs = shape
    each, params = some_runs(seed, hidden, outputs, runs)
    xb = torch.rand(batch, 784, generator=torch.Generator().manual_seed(seed))
    logits = predict_runs(xb, params)
    assert logits.shape == (batch, outputs, runs)
    for run, own in enumerate(each):
        torch.testing.assert_close(logits[..., run], predict(xb, own), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(logits[..., run], by_library(xb, own), rtol=1e-4, atol=1e-4)


@given(
    name=st.sampled_from(["mnist_loss", "binary cross-entropy", "cross-entropy"]),
    seed=st.integers(0, 999),
    batch=st.integers(1, 9),
    classes=st.integers(2, 5),
    runs=st.integers(1, 5),
    size=st.sampled_from([1.0, 30.0, 1e6]),
)
def test_the_loss_of_each_run_is_the_librarys(name, seed, batch, classes, runs, size):
    generator = torch.Generator().manual_seed(seed)
    outputs = classes if name == "cross-entropy" else 1
    logits = torch.randn(batch, outputs, runs, generator=generator) * size
    targets = torch.randint(max(2, outputs), (batch,), generator=generator)
    losses = LOSSES[name](logits, targets[:, None])
    assert losses.shape == (runs,)
    expected = torch.stack([loss_by_library(name, logits[..., run], targets) for run in range(runs)])
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-6 * size)  # a logit has seven digits


@given(shapes)
def test_runs_that_are_stacked_can_be_taken_apart_again(shape):
    seed, _, hidden, outputs, runs = shape
    params = init_params(outputs, hidden, seed)
    stacked = stack_runs(params, runs)
    assert [p.shape[-1] for p in stacked] == [runs] * len(params)
    for run in range(runs):
        taken = take_run(stacked, run)
        assert all(map(torch.equal, taken, params))
        assert all(p.is_contiguous() for p in taken)
    each, beside = some_runs(seed, hidden, outputs, runs)
    for run, own in enumerate(each):
        assert all(map(torch.equal, take_run(beside, run), own))


def test_runs_that_are_stacked_share_no_memory():
    params = init_params(1, 0, 0)
    stacked = stack_runs(params, 3)
    stacked[0][..., 1] += 1
    assert torch.equal(take_run(stacked, 0)[0], params[0])
    assert torch.equal(take_run(stacked, 2)[0], params[0])


@pytest.mark.parametrize("hidden", [0, 6])
def test_every_run_starts_where_a_run_alone_does(hidden):
    config = Config(hidden=hidden, seed=11)
    state, _ = sweep_steps(start_sweep(3), DATA, config, torch.zeros(3), 32, 1)  # with a rate of 0, no run moves
    for run in range(3):
        assert all(map(torch.equal, take_run(state.params, run), start(config).params))


# Which rates


@given(params=st.integers(785, 10**7))
def test_all_runs_together_have_a_bounded_number_of_parameters(params):
    runs = most_rates(params)
    assert 2 <= runs <= MOST_RATES
    assert runs == 2 or runs * params <= MOST_PARAMETERS


@given(exponent=st.floats(-6, 3), decades=st.floats(0.2, 6), count=st.integers(2, MOST_RATES))
def test_rates_are_spread_evenly_on_a_logarithmic_scale(exponent, decades, count):
    low, high = 10**exponent, 10 ** (exponent + decades)
    rates = spread_rates(low, high, count)
    assert rates[0] == float(f"{low:.4g}")
    assert rates[-1] == float(f"{high:.4g}")
    assert len(rates) == count
    expected = np.logspace(exponent, exponent + decades, count)
    np.testing.assert_allclose(rates, expected, rtol=5.1e-4)  # half of the fourth digit, at most
    assert (np.diff(rates) > 0).all()


def test_nine_rates_over_four_decades_are_half_a_decade_apart():
    assert spread_rates(0.01, 100, 9) == [0.01, 0.03162, 0.1, 0.3162, 1, 3.162, 10, 31.62, 100]


@given(low=st.floats(1e-4, 100), factor=st.floats(1.0000001, 1.01), count=st.integers(2, MOST_RATES))
def test_rates_that_would_be_the_same_are_one(low, factor, count):
    rates = spread_rates(low, low * factor, count)
    assert 1 <= len(rates) <= count
    assert len(set(rates)) == len(rates)
    assert rates == sorted(rates)


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [
        (10, 1, 5),
        (1, 1, 5),
        (0, 1, 5),
        (-1, 1, 5),
        (-2, -1, 5),
        (math.nan, 1, 5),
        (1, math.nan, 5),
        (1, math.inf, 5),
        (-math.inf, 1, 5),
        (1, 10, 1),
        (1, 10, 0),
        (1, 10, -3),
        (1, 10, MOST_RATES + 1),
    ],
)
def test_a_range_that_makes_no_sense_is_answered_by_a_sentence(low, high, count):
    with pytest.raises(ValueError, match=r"^[A-Z].* not .*\.$"):
        spread_rates(low, high, count)

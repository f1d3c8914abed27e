"""Verdicts on learning rates: by hand on small tables, and by really training on where they extrapolate."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.rates.sweep import spread_rates, start_sweep, sweep_steps
from core.rates.verdicts import (
    BOUNCING,
    DIVERGED,
    GOOD,
    NEAR,
    STUCK,
    TOO_SMALL,
    Verdict,
    best_rate,
    good_loss,
    judge_rates,
    steepest_rate,
)
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.data_source import DataSource
from tests import made_up

pytestmark = pytest.mark.usefixtures("one_thread")
nan = math.nan


def table(*columns):
    """Write losses column by column, one a rate: (epochs + 1, R) float32."""
    return torch.tensor(columns).T


def judge(lr, losses, diverged=None) -> list[Verdict]:
    return judge_rates(torch.tensor(lr), losses, torch.tensor(diverged or [0] * len(lr)))


def kinds(lr, losses, diverged=None) -> list[str]:
    return [verdict.kind for verdict in judge(lr, losses, diverged)]


# A table with one of each. The best rate, 1, has gained 1 - 0.2 = 0.8, so up to 0.2 + 0.05 · 0.8 = 0.24 is good.
RATES = [0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
LOSSES = table(
    [1.0, 0.9, 0.8, 0.7, 0.6],
    [1.0, 0.6, 0.28, 0.22, 0.21],
    [1.0, 0.5, 0.3, 0.21, 0.2],
    [1.0, 0.4, 0.35, 0.3, 0.5],
    [1.0, 0.5, 0.5, 0.5, 0.5],
    [1.0, 4.0, nan, nan, nan],
    [1.0, nan, nan, nan, nan],
)
GONE = [0, 0, 0, 0, 0, 7, 2]


def test_one_of_each_kind_by_hand():
    assert good_loss(LOSSES) == pytest.approx(0.24)
    assert best_rate(LOSSES) == 2
    assert steepest_rate(LOSSES) == 3  # 0.4 after one epoch
    small, *others = judge(RATES, LOSSES, GONE)
    assert others == [
        Verdict(GOOD),
        Verdict(GOOD),
        Verdict(BOUNCING),
        Verdict(STUCK),
        Verdict(DIVERGED, step=7),
        Verdict(DIVERGED, step=2),
    ]
    # The smallest good rate, 0.5, came to 0.24 at epoch 2 + (0.28 - 0.24) / (0.28 - 0.22) = 2 2/3. A fifth of the rate
    # needs 5 · 2 2/3 = 13 1/3 epochs, of which 4 are done.
    assert small.kind == TOO_SMALL
    assert small.epochs_more == pytest.approx(13 + 1 / 3 - 4, rel=1e-5)


def test_a_rate_between_two_good_ones_is_not_too_small():
    losses = table([1.0, 0.3, 0.2], [1.0, 0.2, 0.5], [1.0, 0.3, 0.1])
    # 0.1 + 0.05 · 0.9 = 0.145 is good: the first is too small. Where 0.2 were enough, the second would lie between.
    assert kinds([1, 2, 3], losses) == [TOO_SMALL, TOO_SMALL, GOOD]
    losses[2, 0] = 0.14
    assert kinds([1, 2, 3], losses) == [GOOD, BOUNCING, GOOD]


def test_a_rate_that_has_come_to_the_same_sooner_or_later_needs_no_more_than_nothing():
    # The guide was there after 0.93 / 0.95 of an epoch, half its rate should have been there before the third.
    losses = table([1.0, 0.9, 0.5, 0.2], [1.0, 0.05, 0.04, 0.03])
    assert judge([1, 2], losses)[0] == Verdict(TOO_SMALL, 0.0)


@pytest.mark.parametrize(("loss", "kind"), [(0.2 + NEAR * 0.8 - 1e-4, GOOD), (0.2 + NEAR * 0.8 + 1e-4, BOUNCING)])
def test_a_rate_that_lacks_a_twentieth_of_the_best_gain_is_good(loss, kind):
    assert kinds([1, 2], table([1.0, 0.5, 0.2], [1.0, 0.9, loss])) == [GOOD, kind]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([1.0, 3.0, 0.500, 0.5, 0.5], STUCK),  # later half: the last two of four epochs
        ([1.0, 0.5, 0.900, 0.50, 0.519], STUCK),  # varies by less than 5% of 0.519
        ([1.0, 0.5, 0.500, 0.50, 0.54], BOUNCING),
        ([1.0, 0.5, 0.500, 0.7, 0.5], BOUNCING),
    ],
)
def test_what_stands_still_is_stuck_and_what_does_not_is_bouncing(column, kind):
    assert kinds([1, 2], table([1.0, 0.5, 0.3, 0.25, 0.2], column)) == [GOOD, kind]


def test_one_epoch_is_too_few_to_say_that_a_rate_is_stuck():
    assert kinds([1, 2], table([1.0, 0.2], [1.0, 0.9])) == [GOOD, BOUNCING]


def test_where_none_has_learned_those_whose_loss_has_risen_are_not_too_small():
    losses = table([1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 1.5, 3.0, 2.0], [1.0, 1.2, 1.1, 1.1, 1.1])
    assert good_loss(losses) == -math.inf
    assert best_rate(losses) is None
    assert steepest_rate(losses) is None
    assert judge([1, 2, 3], losses) == [Verdict(TOO_SMALL), Verdict(BOUNCING), Verdict(STUCK)]


def test_all_have_diverged():
    losses = table([1.0, nan, nan], [1.0, nan, nan])
    assert best_rate(losses) is None
    assert judge([1, 2], losses, [4, 2]) == [Verdict(DIVERGED, step=4), Verdict(DIVERGED, step=2)]
    assert judge([1, 2], losses[:1], [4, 2]) == [Verdict(DIVERGED, step=4), Verdict(DIVERGED, step=2)]


def test_before_the_first_epoch_nothing_has_been_learned():
    losses = table([1.0], [1.0])
    assert good_loss(losses) == -math.inf
    assert best_rate(losses) is None
    assert kinds([1, 2], losses) == [TOO_SMALL, TOO_SMALL]


def test_a_run_that_has_diverged_since_its_last_epoch_is_no_measure_for_the_others():
    losses = table([1.0, 0.5, 0.4], [1.0, 0.2, 0.1])  # the second was ahead, and diverged in the third epoch
    assert judge([1, 2], losses, [0, 11]) == [Verdict(GOOD), Verdict(DIVERGED, step=11)]
    gone = losses.masked_fill(torch.tensor([False, True]), nan)
    assert best_rate(gone) == 0
    assert good_loss(gone) == pytest.approx(0.4 + NEAR * 0.6)


@pytest.mark.parametrize("bad", [nan, math.inf, 1e38])
def test_no_number_and_no_end_are_never_best(bad):
    losses = table([1.0, 0.5], [1.0, bad])
    assert best_rate(losses) == 0
    assert good_loss(losses) == pytest.approx(0.5 + NEAR * 0.5)
    assert best_rate(losses.flip(1)) == 1


columns = st.lists(st.lists(st.floats(0, 10, width=32) | st.just(nan), min_size=4, max_size=4), min_size=1, max_size=8)


@given(columns)
def test_every_rate_has_a_verdict_and_the_best_is_good(columns):
    losses = torch.cat([torch.ones(1, len(columns)), table(*columns)])
    diverged = losses.isnan().any(0).long() * 3
    losses = losses.masked_fill(losses.isnan().cumsum(0) > 0, nan)  # from there on
    lr = np.geomspace(0.01, 10, len(columns)).tolist()
    verdicts, best = judge(lr, losses, diverged.tolist()), best_rate(losses)
    assert len(verdicts) == len(columns)
    assert (best is None) is (GOOD not in [verdict.kind for verdict in verdicts])
    if best is not None:
        assert verdicts[best].kind == GOOD
        assert losses[-1, best] == min(loss for loss in losses[-1].tolist() if loss == loss)
    smallest = next((run for run, verdict in enumerate(verdicts) if verdict.kind == GOOD), len(lr))
    for run, verdict in enumerate(verdicts):
        assert (verdict.kind == DIVERGED) is bool(diverged[run])
        assert verdict.step == (3 if diverged[run] else None)
        assert verdict.kind != TOO_SMALL or run < smallest
        assert verdict.epochs_more is None or (verdict.kind == TOO_SMALL and verdict.epochs_more >= 0)


# Extrapolation


@given(first=st.floats(0.01, 0.2), epochs=st.integers(5, 20))
def test_where_the_loss_falls_alike_in_proportion_to_the_rate_the_extrapolation_is_right(first, epochs):
    # loss = exp(-rate · epochs): up to a bound it takes log(1 / bound) / rate. Between two epochs the true curve is
    # below the straight line, by at most rate² / 8 of itself, hence less than half an epoch of the guide's here.
    lr = [first, 1.0]
    losses = torch.exp(-torch.arange(epochs + 1.0)[:, None] * torch.tensor(lr))
    needed = -math.log(good_loss(losses)) / first
    if needed > epochs:
        small = judge(lr, losses)[0]
        assert small.epochs_more == pytest.approx(needed - epochs, abs=0.5 / first)


def sweep(config, data, rates, epochs, batch_size):
    lr = torch.tensor(rates)
    state, progress = sweep_steps(start_sweep(len(rates)), data, config, lr, batch_size, epochs)
    losses = torch.stack([epoch.valid_loss for epoch in progress.epochs])
    return losses, judge_rates(lr, losses, state.diverged)


@pytest.mark.parametrize(
    ("config", "low", "high", "built_in"),
    [
        (Config(loss="binary cross-entropy"), 0.1, 1, False),
        (Config(), 0.1, 10, False),
        (Config(hidden=8, loss="binary cross-entropy"), 0.03, 1, False),
        (Config(), 0.1, 100, True),
        (Config(hidden=10, loss="binary cross-entropy"), 0.03, 3, True),
    ],
)
def test_rates_that_are_too_small_are_good_after_about_as_many_more_epochs_as_extrapolated(
    config, low, high, built_in, built_in_folder
):
    data = DataSource(str(built_in_folder), (3, 7)).load() if built_in else made_up.digits(2, 200, 100, seed=5)
    epochs, batch_size = 6, 50 if not built_in else 100
    rates = spread_rates(low, high, 6)
    losses, verdicts = sweep(config, data, rates, epochs, batch_size)
    bound, checked = good_loss(losses), 0
    for rate, verdict in zip(rates, verdicts, strict=True):
        if verdict.kind == TOO_SMALL and verdict.epochs_more >= 3:
            hyper = Hyperparameters(rate, batch_size, max_epochs=epochs + 2 * math.ceil(verdict.epochs_more))
            _, progress = train_steps(start(config), data, config, hyper, 10**9)
            needed = next(epoch.epoch for epoch in progress.epochs if epoch.valid_loss <= bound)
            # To within a third. It counts whole epochs, and is an extrapolation: steps of the guide are not small.
            assert needed - 1 <= 4 / 3 * (epochs + verdict.epochs_more)
            assert needed >= 3 / 4 * (epochs + verdict.epochs_more)
            checked += 1
    assert checked


def test_rates_that_are_all_far_too_large_are_not_called_too_small(built_in_folder):
    config, data = Config(loss="binary cross-entropy"), DataSource(str(built_in_folder), (3, 7)).load()
    losses, verdicts = sweep(config, data, [20.0, 30.0, 50.0], 1, 256)
    assert (losses[-1] > 10 * losses[0]).all()
    assert [verdict.kind for verdict in verdicts] == [BOUNCING] * 3


def test_rates_that_are_all_far_too_small_are_called_so():
    losses, verdicts = sweep(Config(), made_up.digits(), [1e-12, 1e-11], 3, 32)
    torch.testing.assert_close(losses, losses[:1].expand_as(losses))  # rounding only
    assert verdicts == [Verdict(TOO_SMALL)] * 2

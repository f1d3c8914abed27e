"""The range test: its batches against torch.optim.SGD, its smoothing against pandas, its suggestions by hand."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from core.rates.lr_finder import SKIPPED, SMOOTHING, TOO_HIGH, LRRangeTest, lr_range_test, suggest
from core.training.data import epoch_order, training_rows
from core.training.run import Config
from core.training.sgd import start
from live.data_source import DataSource
from tests import made_up

pytestmark = pytest.mark.usefixtures("one_thread")
DATA, THREE = made_up.digits(), made_up.digits(3)


def librarys_losses(data, config, batch_size, rates):
    """Train batch by batch with torch.optim.SGD, each with its rate; return the loss of each before its step."""
    params = [p.clone().requires_grad_() for p in start(config).params]
    optimiser = torch.optim.SGD(params, lr=1.0)
    rows, epoch, place, losses = training_rows(config, data), 0, 0, []
    for rate in rates:
        batch = epoch_order(config, rows, epoch)[place : place + batch_size]
        logits = F.linear(data.train_x[batch] / 255, *params[:2])
        if config.hidden:
            logits = F.linear(logits.relu(), *params[2:])
        first = (data.train_y[batch] == 0).float()
        loss = {
            "mnist_loss": lambda z=logits, y=first: F.l1_loss(z[:, 0].sigmoid(), y),
            "binary cross-entropy": lambda z=logits, y=first: F.binary_cross_entropy_with_logits(z[:, 0], y),
            "cross-entropy": lambda z=logits, y=data.train_y[batch]: F.cross_entropy(z, y),
        }[config.loss]()
        optimiser.param_groups[0]["lr"] = rate
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        place += batch_size
        if place >= len(rows):
            place, epoch = 0, epoch + 1
    return losses


@pytest.mark.parametrize("batch_size", [7, 32, 1000])
@pytest.mark.parametrize(
    ("config", "data"),
    [
        (Config(), DATA),
        (Config(hidden=6, loss="binary cross-entropy", train_size=50), DATA),
        (Config((1, 3, 7), loss="cross-entropy", order="fixed"), THREE),
    ],
    ids=["mnist_loss", "binary", "3 classes"],
)
def test_each_batch_is_trained_with_its_own_rate(config, data, batch_size):
    found = lr_range_test(data, config, batch_size, 1e-4, 0.3, 40)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-4, 0.3, 40))
    expected = librarys_losses(data, config, batch_size, found.rates)
    np.testing.assert_allclose(found.losses, expected, rtol=1e-3, atol=1e-5)


def test_a_loss_is_smoothed_as_pandas_does():
    found = lr_range_test(DATA, Config(loss="binary cross-entropy"), 8, 1e-4, 1, 50)
    expected = pd.Series(found.losses).ewm(alpha=1 - SMOOTHING, adjust=True).mean()
    np.testing.assert_allclose(found.smoothed, expected)
    assert found.smoothed[0] == pytest.approx(found.losses[0])


def test_it_ends_as_soon_as_the_loss_is_far_too_high(built_in_folder):
    data, config = DataSource(str(built_in_folder), (3, 7)).load(), Config(loss="binary cross-entropy")
    found = lr_range_test(data, config, 32, 1e-4, 1e6, 200)
    smoothed = np.array(found.smoothed)
    assert len(smoothed) == len(found.losses) == len(found.rates) < 200
    lowest = np.minimum.accumulate(smoothed)
    assert (smoothed[:-1] <= TOO_HIGH * lowest[:-1]).all()
    assert smoothed[-1] > TOO_HIGH * lowest[-1]
    assert 1e-4 < found.rates[found.steepest] < found.rates[found.lowest] < found.rates[-1]


@pytest.mark.parametrize("low", [1e30, 1e37])
@pytest.mark.parametrize("hidden", [0, 6])
def test_rates_that_overflow_at_once_end_it_without_a_suggestion(low, hidden):
    config = Config(hidden=hidden, loss="binary cross-entropy", order="sorted")
    found = lr_range_test(DATA, config, 32, low, 1e38, 50)
    assert 1 <= len(found.rates) < 10
    assert np.isfinite(found.losses).all()
    assert (found.steepest, found.lowest, found.tenth) == (None, None, None)


def test_it_leaves_the_data_as_they_were_and_comes_to_the_same_again():
    before = DATA.train_x.clone()
    one, other = (lr_range_test(DATA, Config(), 16, 1e-3, 10, 30) for _ in range(2))
    assert (one.rates, one.losses, one.smoothed) == (other.rates, other.losses, other.smoothed)
    assert torch.equal(DATA.train_x, before)


def test_a_test_in_many_calls_is_the_same_as_in_one():
    def calls():
        return lr_range_test(DATA, Config(hidden=4), 16, 1e-3, 10, 30, test, seconds=0)

    whole, test, count = lr_range_test(DATA, Config(hidden=4), 16, 1e-3, 10, 30), None, 0
    while test is None or not test.over:
        test, count = calls(), count + 1
    assert count == len(whole.rates) > 10
    for name in ("rates", "losses", "steepest", "lowest"):
        assert getattr(test, name) == getattr(whole, name)
    assert test.smoothed == pytest.approx(whole.smoothed)


@pytest.mark.parametrize("count", [2, 3])
def test_a_very_short_test_has_no_suggestion(count):
    found = lr_range_test(DATA, Config(), 16, 0.1, 1, count)
    np.testing.assert_allclose(found.rates, np.geomspace(0.1, 1, count))
    assert (found.steepest, found.lowest, found.tenth) == (None, None, None)


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [
        (1, 0.1, 20),
        (1, 1, 20),
        (0, 1, 20),
        (-1, 1, 20),
        (math.nan, 1, 20),
        (1, math.nan, 20),
        (1, math.inf, 20),
        (0.1, 1, 1),
        (0.1, 1, 0),
        (0.1, 1, -5),
    ],
)
def test_a_range_that_makes_no_sense_is_answered_by_a_sentence(low, high, count):
    with pytest.raises(ValueError, match=r"^A range test goes from .*\.$"):
        lr_range_test(DATA, Config(), 16, low, high, count)


# Suggestions


def test_the_steepest_and_the_lowest_point_of_a_curve_drawn_by_hand():
    #        skipped: 1  1  1  1  1                the steepest: from 0.85 to 0.35 in two steps
    curve = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.85, 0.6, 0.35, 0.3, 0.28, 0.5, 2.0]
    rates = [0.001 * 2**place for place in range(len(curve))]
    assert suggest(rates, curve) == (8, 11)
    assert LRRangeTest(rates, curve, curve, 8, 11).tenth == pytest.approx(0.0001 * 2**11)


def test_what_comes_in_the_first_batches_is_not_looked_at():
    curve = [9.0, 5.0, 0.1, 0.1, 0.5, 1.0, 0.95, 0.7, 0.6, 0.8]  # falls most, and is lowest, where it rests on little
    assert suggest([10.0**place for place in range(10)], curve) == (7, 8)


@pytest.mark.parametrize("curve", [[1.0] * 12, [1.0 + place for place in range(12)], [1.0] * SKIPPED, [1.0], []])
def test_a_loss_that_never_falls_suggests_nothing(curve):
    assert suggest([0.1 * 2**place for place in range(len(curve))], curve) == (None, None)


@given(curve=st.lists(st.floats(0.01, 10), min_size=SKIPPED + 2, max_size=60), factor=st.floats(1.01, 3))
def test_the_steepest_point_is_where_numpys_gradient_is_lowest(curve, factor):
    rates = [1e-4 * factor**place for place in range(len(curve))]
    slopes = np.gradient(curve, np.log(rates))[SKIPPED:-1]  # at even distances, central differences
    steepest, lowest = suggest(rates, curve)
    if slopes.min() > -1e-9:
        assert steepest is None or slopes.min() < 0
    else:
        assert slopes[steepest - SKIPPED] == pytest.approx(slopes.min())
        assert curve[lowest] == min(curve[SKIPPED:])


@pytest.mark.parametrize("hidden", [0, 20])
def test_on_real_digits_the_steepest_rate_learns(built_in_folder, hidden):
    data, config = DataSource(str(built_in_folder), (3, 7)).load(), Config(hidden=hidden, loss="binary cross-entropy")
    found = lr_range_test(data, config, 64, 1e-4, 100, 100)
    rate = found.rates[found.steepest]
    losses = librarys_losses(data, config, 64, [rate] * 60)
    assert np.mean(losses[-10:]) < 0.4 * losses[0]
    assert found.rates[found.steepest] < found.rates[found.lowest]

"""Histories and curves: every step is kept, and curves stay short and keep their shape."""

import math
from itertools import pairwise

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.training.run import Epoch, Progress
from live.curves import MEAN_POINTS, Curve, History, MeanCurve

# Curves of one run


values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


def curve_of(ys, buckets=4) -> Curve:
    curve = Curve(buckets)
    for x, y in enumerate(ys):
        curve.add(float(x), y)
    return curve


@given(values)
def test_a_curve_keeps_the_lowest_and_the_highest_value(ys):
    shown = [y for _, y in curve_of(ys).points()]
    assert (min(shown), max(shown)) == (min(ys), max(ys))


@given(values)
def test_a_curve_runs_from_left_to_right_through_points_that_were_added(ys):
    points = curve_of(ys).points()
    xs = [x for x, _ in points]
    assert xs == sorted(set(xs))
    assert set(points) <= set(enumerate(ys))


@given(values)
def test_a_curve_has_at_most_two_points_a_bucket(ys):
    assert 1 <= len(curve_of(ys).points()) <= 8


@given(values)
def test_a_curve_reaches_from_its_first_points_to_its_last(ys):
    points = curve_of(ys).points()
    assert points[0][0] <= math.ceil(len(ys) / 2)  # in the first bucket of 4, at least 2 of which are full
    assert points[-1][0] >= len(ys) - 1 - math.ceil(len(ys) / 2)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=4))
def test_a_short_curve_shows_every_point(ys):
    assert curve_of(ys).points() == list(enumerate(ys))


def test_a_million_points_make_a_curve_of_256_at_most_and_no_spike_is_lost():
    ys = np.sin(np.arange(1_000_000) / 1e5)
    ys[[123_457, 765_433]] = 5, -5
    points = curve_of(ys.tolist(), 128).points()
    assert 128 <= len(points) <= 256
    assert {(123_457, 5), (765_433, -5)} <= set(points)
    smooth = [(x, y) for x, y in points if abs(y) < 2]
    between = np.interp(np.arange(1_000_000), *zip(*smooth, strict=True))
    off = abs(between - ys)
    off[[123_457, 765_433]] = 0
    assert off.max() < 0.1  # the sine's shape is there
    assert points[0][0] < 20_000
    assert points[-1][0] > 980_000


def test_a_curve_of_a_run_shows_at_most_256_points_by_itself():
    curve = Curve()
    for x in range(5000):
        curve.add(x, (-1) ** x)
    assert len(curve.points()) <= 256


# Means of many runs


def mean_of_steps(losses, width):
    """Return the mean of each `width` steps, without those that are NaN, by NumPy: (m, R)."""
    full = len(losses) // width * width
    steps = np.asarray(losses[:full], dtype=np.float64).reshape(-1, width, losses.shape[1])
    counts = (~np.isnan(steps)).sum(1)
    return np.where(counts, np.nansum(steps, 1) / np.maximum(counts, 1), np.nan)


@given(
    steps=st.integers(0, 700),
    ends=st.lists(st.integers(0, 700), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 700), max_size=12),
    seed=st.integers(0, 999),
)
def test_each_point_of_a_curve_is_the_mean_of_its_steps_however_they_are_divided(steps, ends, cuts, seed):
    rng = np.random.default_rng(seed)
    losses = rng.uniform(0, 100, (steps, len(ends))).astype(np.float32)
    for run, end in enumerate(ends):
        losses[end:, run] = np.nan  # where this run has diverged
    positions = np.arange(1, steps + 1, dtype=np.float32) / 7
    curve = MeanCurve(len(ends))
    bounds = sorted({0, steps, *(min(cut, steps) for cut in cuts)})
    for begin, end in pairwise(bounds):
        curve.extend(torch.from_numpy(positions[begin:end]), torch.from_numpy(losses[begin:end]))
        assert len(curve.positions) == len(curve.losses) <= MEAN_POINTS
    width = 1
    while steps // width > MEAN_POINTS:
        width *= 2
    np.testing.assert_array_equal(curve.positions, positions[width - 1 :: width])  # where the last of them ended
    np.testing.assert_allclose(curve.losses, mean_of_steps(losses, width), rtol=1e-5)


@given(st.integers(1, 3000))
def test_a_curve_is_at_least_half_full_once_there_are_steps_enough(steps):
    curve = MeanCurve(1)
    curve.extend(torch.arange(float(steps)), torch.ones(steps, 1))
    assert min(steps, MEAN_POINTS // 2) <= len(curve.losses) <= MEAN_POINTS
    assert (curve.losses == 1).all()


def test_an_infinite_loss_makes_an_infinite_mean_and_a_nan_is_left_out():
    curve = MeanCurve(2)
    losses = torch.ones(2 * MEAN_POINTS, 2)
    losses[0, 0], losses[1, 1] = torch.inf, torch.nan
    curve.extend(torch.arange(2.0 * MEAN_POINTS), losses)
    assert curve.losses[0].tolist() == [torch.inf, 1]
    assert (curve.losses[1:] == 1).all()


# Histories


@given(
    chunks=st.lists(
        st.lists(st.tuples(st.floats(0, 100, width=32), st.floats(0, 100, width=32)), max_size=30), max_size=5
    )
)
def test_every_loss_and_position_is_kept(chunks):
    history = History()
    for chunk in chunks:
        history.extend(Progress([loss for loss, _ in chunk], [position for _, position in chunk]))
    everything = [pair for chunk in chunks for pair in chunk]
    assert list(zip(history.losses, history.positions, strict=True)) == everything


def test_a_nan_and_an_infinite_loss_are_kept_too():
    history = History()
    history.extend(Progress([1.0, math.inf, math.nan], [0.1, 0.2, 0.3]))
    assert history.losses[1] == math.inf
    assert math.isnan(history.losses[2])


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60))
def test_every_epoch_is_kept_and_the_last_and_the_best_are_known(accuracies):
    epochs = [Epoch(n, 4 * n, 0.5, 0.25, 2.0, accuracy) for n, accuracy in enumerate(accuracies)]
    history = History()
    history.extend(Progress(epochs=epochs[:7]))
    history.extend(Progress(epochs=epochs[7:]))
    assert [Epoch(*row) for row in zip(*history.epochs.values(), strict=True)] == epochs
    assert history.last() == epochs[-1]
    assert history.best_accuracy() == max(accuracies)
    assert history.curves["valid_accuracy"].points() == list(enumerate(accuracies))


def test_a_run_without_a_step_has_no_last_epoch_and_no_accuracy():
    history = History()
    assert history.last() is None
    assert history.best_accuracy() == 0
    assert history.step_curve.points() == []

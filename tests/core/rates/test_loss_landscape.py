"""The loss round a model's weights: gradients by differences, slices by really stepping, planes by NumPy."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils import parameters_to_vector

from core.model import init_params, predict
from core.rates.loss_landscape import (
    COLUMNS,
    LENGTHS,
    MAPPED,
    MARGIN,
    SLICED,
    WIDE,
    flatten,
    full_gradient,
    loss_map,
    principal_plane,
    slice_along_gradient,
    some_images,
    unflatten_runs,
    walk,
)
from core.training.run import DIVERGED, Config, Hyperparameters, TrainState
from core.training.sgd import SGD, evaluate, start, train_steps
from live.data_source import DataSource
from tests import made_up
from tests.core.rates.runs import take_run

pytestmark = pytest.mark.usefixtures("one_thread")
DATA, THREE = made_up.digits(), made_up.digits(3)
IMAGES = len(DATA.train_x)
BINARY = Config(loss="binary cross-entropy")
LABELS = torch.where(torch.arange(IMAGES) % 5 == 0, 1 - DATA.train_y, DATA.train_y)
HARD = replace(DATA, train_y=LABELS)  # a fifth is labelled wrongly: no step is right about all, however long
LEARNERS = {
    "linear mnist_loss": (Config(), DATA),
    "linear binary": (BINARY, DATA),
    "hidden binary": (Config(hidden=6, loss="binary cross-entropy"), DATA),
    "hidden of 3": (Config((1, 3, 7), 5, "cross-entropy"), THREE),
}
every_learner = pytest.mark.parametrize(("config", "data"), LEARNERS.values(), ids=LEARNERS)


def librarys_loss(config, params, x, y):
    logits = F.linear(x, *params[:2])
    if len(params) > 2:
        logits = F.linear(logits.relu(), *params[2:])
    if config.loss == "cross-entropy":
        return F.cross_entropy(logits, y)
    first = (y == 0).to(x.dtype)
    if config.loss == "mnist_loss":
        return F.l1_loss(logits[:, 0].sigmoid(), first)
    return F.binary_cross_entropy_with_logits(logits[:, 0], first)


def split_by_hand(row, like):
    """Cut a row of parameters into the shapes of others, one after the other."""
    params, place = [], 0
    for p in like:
        params.append(row[place : place + p.numel()].reshape(p.shape))
        place += p.numel()
    return tuple(params)


def in_double(data):
    return data.train_x.double() / 255, data.train_y


def loss_at(config, data, row, like):
    """Return the loss on all training images with these parameters, in double precision."""
    return librarys_loss(config, split_by_hand(row.double(), like), *in_double(data)).item()


# Rows of parameters


@given(seed=st.integers(0, 99), hidden=st.sampled_from([0, 1, 4]), outputs=st.integers(1, 3), runs=st.integers(1, 4))
def test_rows_of_parameters_are_those_of_the_library_and_become_runs(seed, hidden, outputs, runs):
    each = [init_params(outputs, hidden, seed + run) for run in range(runs)]
    rows = torch.stack([flatten(params) for params in each])
    assert torch.equal(rows, torch.stack([parameters_to_vector(params) for params in each]))
    stacked = unflatten_runs(rows, each[0])
    for run, params in enumerate(each):
        assert all(map(torch.equal, take_run(stacked, run), params))
        assert all(map(torch.equal, split_by_hand(rows[run], params), params))


# The gradient


@every_learner
def test_the_gradient_is_the_librarys(config, data):
    params = start(config).params
    leaves = [p.clone().requires_grad_() for p in params]
    librarys_loss(config, leaves, data.train_x / 255, data.train_y).backward()
    found = full_gradient(params, data.train_x / 255, data.train_y, config.loss)
    assert found.shape == (sum(p.numel() for p in params),)
    assert not found.requires_grad
    assert not any(p.requires_grad for p in params)
    torch.testing.assert_close(found, torch.cat([p.grad.flatten() for p in leaves]), rtol=1e-4, atol=1e-6)


@every_learner
def test_the_gradient_is_how_the_loss_changes_with_a_nudge_of_a_weight(config, data):
    params = tuple(p.double() for p in start(config).params)
    found, row, h = full_gradient(params, *in_double(data), config.loss), flatten(params), 1e-6
    places = torch.randperm(len(row), generator=torch.Generator().manual_seed(1))[:40].tolist()
    for place in [*places, len(row) - 1]:  # the last is a bias
        nudge = torch.zeros_like(row)
        nudge[place] = h
        difference = loss_at(config, data, row + nudge, params) - loss_at(config, data, row - nudge, params)
        assert found[place].item() == pytest.approx(difference / (2 * h), abs=1e-7)


@pytest.mark.parametrize(("images", "most"), [(90, 90), (90, 4000), (90, 89), (90, 10), (90, 1), (12_396, 4000)])
def test_images_are_chosen_evenly_from_all(images, most):
    numbered = torch.arange(images)
    data = replace(DATA, train_x=(numbered[:, None] % 251).expand(-1, 784).to(torch.uint8), train_y=numbered)
    x, y = some_images(data, most)
    chosen = y.tolist()
    assert len(set(chosen)) == len(chosen) == min(images, most)
    assert chosen[0] == 0
    assert most == 1 or chosen[-1] == images - 1
    assert len(set(np.diff(chosen))) <= 2  # distances differ by one at most
    assert max(np.diff(chosen), default=0) - min(np.diff(chosen), default=0) <= 1
    torch.testing.assert_close(x[:, 0] * 255, (y % 251).float())
    assert x.dtype == torch.float32
    assert 0 <= x.min() <= x.max() <= 1


# Slices


def landed(state, data, config, lr):
    """Really take a step with all images in the batch, and return the loss where it ends."""
    hyper = Hyperparameters(lr, batch_size=len(data.train_x))
    after, _ = train_steps(TrainState(state.params), data, config, hyper, 1)
    return evaluate(after.params, data.train_x / 255, data.train_y, config.loss)[0]


@pytest.mark.parametrize("steps", [0, 12])
@every_learner
def test_along_a_slice_lies_what_a_step_of_that_rate_would_come_to(config, data, steps):
    state, _ = train_steps(start(config), data, config, Hyperparameters(0.05, 32), steps)
    found = slice_along_gradient(state.params, data, config.loss, 0.3)
    assert found.lengths.shape == found.losses.shape == (LENGTHS,)
    assert found.lengths[0] == 0
    assert found.lengths[-1] >= 0.3
    assert found.lr == 0.3
    for place in range(0, LENGTHS, 10):
        expected = landed(state, data, config, found.lengths[place].item())
        assert found.losses[place].item() == pytest.approx(expected, rel=2e-3, abs=1e-4)
    assert found.landing == pytest.approx(landed(state, data, config, 0.3), rel=1e-4)


@every_learner
def test_a_landing_is_where_a_step_puts_the_weights(config, data):
    params = tuple(p.clone().requires_grad_() for p in start(config).params)
    librarys_loss(config, params, data.train_x / 255, data.train_y).backward()
    SGD(params, Hyperparameters(lr=0.7)).step()
    with torch.no_grad():
        expected = librarys_loss(config, params, data.train_x / 255, data.train_y).item()
    assert slice_along_gradient(start(config).params, data, config.loss, 0.7).landing == pytest.approx(
        expected, rel=1e-4
    )


@every_learner
def test_the_slope_is_the_slices_derivative_at_its_beginning(config, data):
    params = start(config).params
    found = slice_along_gradient(params, data, config.loss, 0.1)
    row = flatten(params).double()
    gradient = full_gradient(tuple(p.double() for p in params), *in_double(data), config.loss)
    h = 1e-5
    difference = loss_at(config, data, row - h * gradient, params) - loss_at(config, data, row + h * gradient, params)
    assert found.slope == pytest.approx(difference / (2 * h), rel=1e-4)
    assert found.slope < 0


@pytest.mark.parametrize(
    ("config", "data"), [(BINARY, HARD), (LEARNERS["hidden binary"][0], HARD), LEARNERS["hidden of 3"]]
)
def test_back_is_where_the_far_wall_is_as_high_as_the_beginning(config, data):
    params = start(config).params
    found = slice_along_gradient(params, data, config.loss, 0.1)
    row, gradient = flatten(params), full_gradient(params, data.train_x / 255, data.train_y, config.loss)
    first = loss_at(config, data, row, params)
    assert loss_at(config, data, row - found.back * gradient, params) > first
    # It is sought in steps of a twentieth of a decade, each a factor of 1.122.
    for length in np.geomspace(0.001, found.back / 1.13, 50):
        assert loss_at(config, data, row - length * gradient, params) <= first
    assert found.lengths[-1].item() == pytest.approx(WIDE * found.back, rel=1e-5)
    assert found.losses[-1] > found.losses[0] > found.losses.min()  # both walls are on the picture


def test_a_valley_without_a_far_wall_has_no_back():
    # One image: mnist_loss falls towards 0 for ever.
    one = replace(DATA, train_x=DATA.train_x[:1], train_y=DATA.train_y[:1])
    found = slice_along_gradient(start(Config()).params, one, "mnist_loss", 0.1)
    assert found.back is None
    assert (found.losses.diff() <= 1e-6).all()
    assert found.losses[-1] < 0.05 * found.losses[0]


def test_a_slice_reaches_as_far_as_the_rate_that_is_asked_for():
    found = slice_along_gradient(start(BINARY).params, HARD, BINARY.loss, 5000.0)
    assert 5000 <= found.lengths[-1] < 10_000
    assert found.landing > 100 * found.losses[0]


def test_a_step_of_no_length_lands_where_it_starts():
    found = slice_along_gradient(start(BINARY).params, DATA, BINARY.loss, 0.0)
    assert found.landing == pytest.approx(found.losses[0].item())


def test_a_model_that_no_longer_moves_has_a_flat_slice():
    # All hidden units are silent, and mnist_loss is level far out: the gradient is 0.
    params = tuple(torch.full_like(p, value) for p, value in zip(init_params(1, 3, 0), (-1, -1, 0, 200), strict=True))
    found = slice_along_gradient(params, DATA, "mnist_loss", 0.5)
    assert (found.slope, found.back) == (0, None)
    assert (found.losses == found.losses[0]).all()
    assert found.lengths[-1] >= 0.5


@pytest.mark.parametrize(("config", "steps"), [(BINARY, 1000), (Config(), 1000)])
def test_rounding_is_not_taken_for_the_far_wall(config, steps, built_in_folder):
    # After many steps the gradient is so small that the loss changes by less than rounding along the first lengths.
    data = DataSource(str(built_in_folder), (3, 7)).load()
    state, _ = train_steps(start(config), data, config, Hyperparameters(10.0, 256), steps)
    found = slice_along_gradient(state.params, data, config.loss, 10.0)
    row, gradient = flatten(state.params), full_gradient(state.params, *some_images(data, SLICED), config.loss)
    first = loss_at(config, data, row, state.params)
    if found.back is not None:
        assert loss_at(config, data, row - found.back * gradient, state.params) > first
    assert found.losses.min() < 0.999 * found.losses[0]
    assert loss_at(config, data, row - found.lengths[1] * gradient, state.params) < first


# A run's path


@every_learner
def test_a_walk_is_the_run_that_training_makes(config, data):
    hyper = Hyperparameters(0.05, 32, momentum=0.5)
    state, rows = walk(data, config, hyper, steps=20, points=5)
    for row, steps in zip(rows, [0, 5, 10, 15, 20], strict=True):
        alone, _ = train_steps(start(config), data, config, hyper, steps)
        assert torch.equal(row, parameters_to_vector(alone.params))
    assert state.step == 20
    assert all(map(torch.equal, state.params, alone.params))
    assert all(map(torch.equal, state.velocity, alone.velocity))


@given(steps=st.integers(0, 12), points=st.integers(2, 20))
def test_a_walk_notes_its_first_and_last_step_and_some_between(steps, points):
    hyper = Hyperparameters(0.05, 32)
    state, rows = walk(DATA, BINARY, hyper, steps, points)
    alone = [parameters_to_vector(train_steps(start(BINARY), DATA, BINARY, hyper, n)[0].params) for n in range(13)]
    at = [next(n for n, weights in enumerate(alone) if torch.equal(row, weights)) for row in rows]
    assert (at[0], at[-1], state.step) == (0, steps, steps)
    assert at == sorted(set(at))
    assert len(rows) == min(points, steps + 1)
    assert max(np.diff(at), default=0) <= math.ceil(steps / (points - 1))


@pytest.mark.parametrize("lr", [1000.0, 1e38])
def test_a_walk_ends_where_the_run_diverges(lr):
    config = replace(BINARY, order="sorted")
    state, rows = walk(DATA, config, Hyperparameters(lr, 8), steps=500, points=51)
    alone, _ = train_steps(start(config), DATA, config, Hyperparameters(lr, 8), 500)
    assert state.stopped == alone.stopped == DIVERGED
    assert state.step == alone.step < 500
    assert torch.equal(rows[0], parameters_to_vector(start(config).params))
    assert rows.isfinite().all()


# The plane of a path


def some_path(seed=0, points=12):
    _, path = walk(DATA, replace(BINARY, seed=seed), Hyperparameters(0.3, 16), 40, points)
    return path


@given(seed=st.integers(0, 99), points=st.integers(3, 12), size=st.integers(2, 40))
def test_the_principal_plane_is_numpys(seed, points, size):
    rng = np.random.default_rng(seed)
    path = rng.normal(size=(points, size)) * np.geomspace(10, 0.1, size)  # no two directions are alike
    centre, directions, shares = principal_plane(torch.from_numpy(path))
    np.testing.assert_allclose(centre, path.mean(0))
    variances, axes = np.linalg.eigh(np.cov(path.T))  # ascending
    assert shares == pytest.approx((variances[-2:] / variances.sum())[::-1], abs=1e-9)
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-9)
    if variances[-1] > 1.1 * variances[-2]:  # else the two may be turned
        assert abs(axes[:, -1] @ directions[0].numpy()) == pytest.approx(1, abs=1e-6)
        if size == 2 or variances[-2] > 1.1 * variances[-3]:
            assert abs(axes[:, -2] @ directions[1].numpy()) == pytest.approx(1, abs=1e-6)


def test_a_path_of_a_real_run_lies_in_the_plane_that_numpy_finds():
    path = some_path()
    _, directions, shares = principal_plane(path)
    centred = (path - path.mean(0)).double().numpy()
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    assert shares == pytest.approx(sizes[:2] ** 2 / (sizes**2).sum(), rel=1e-4)
    for found, expected in zip(directions.double().numpy(), axes, strict=False):
        assert abs(found @ expected) == pytest.approx(1, abs=1e-4)
    assert 1 >= shares[0] >= shares[1] >= 0
    assert sum(shares) > 0.5


def test_a_straight_path_lies_along_one_direction_and_one_that_stands_still_along_none():
    straight = torch.linspace(0, 1, 5)[:, None] * torch.tensor([[3.0, 4.0, 0.0]])
    _, directions, shares = principal_plane(straight)
    assert shares == pytest.approx((1, 0), abs=1e-6)
    assert directions[0].abs().tolist() == pytest.approx([0.6, 0.8, 0], abs=1e-6)
    assert principal_plane(torch.ones(4, 3))[2] == (0, 0)


# The map


@every_learner
def test_each_place_of_a_map_has_the_loss_of_the_weights_there(config, data):
    _, path = walk(data, config, Hyperparameters(0.1, 16), 30, 8)
    like = start(config).params
    found = loss_map(path, like, data, config.loss)
    centre, directions, shares = principal_plane(path)
    assert found.losses.shape == (COLUMNS, COLUMNS)
    assert found.xs.shape == found.ys.shape == (COLUMNS,)
    assert found.shares == shares
    for i, j in [(0, 0), (0, COLUMNS - 1), (COLUMNS - 1, 0), (9, 17), (17, 9), (13, 13)]:
        there = centre + found.xs[j] * directions[0] + found.ys[i] * directions[1]  # a row is a height
        expected = evaluate(split_by_hand(there, like), data.train_x / 255, data.train_y, config.loss)[0]
        assert found.losses[i, j].item() == pytest.approx(expected, rel=1e-3, abs=1e-5)
        assert found.losses[i, j].item() == pytest.approx(loss_at(config, data, there, like), rel=1e-3, abs=1e-5)


def test_a_map_has_room_round_the_path():
    path = some_path()
    found = loss_map(path, start(BINARY).params, DATA, BINARY.loss)
    for seen, axis in zip(found.path.T, (found.xs, found.ys), strict=True):
        low, high = seen.min().item(), seen.max().item()
        assert axis[0].item() == pytest.approx(low - MARGIN * (high - low), rel=1e-4)
        assert axis[-1].item() == pytest.approx(high + MARGIN * (high - low), rel=1e-4)
        assert (axis.diff() > 0).all()


def test_a_path_is_seen_from_above():
    path = some_path(points=3)  # three points lie in a plane, so nothing is lost
    found = loss_map(path, start(BINARY).params, DATA, BINARY.loss)
    centre, directions, shares = principal_plane(path)
    torch.testing.assert_close(centre + found.path @ directions, path, rtol=1e-4, atol=1e-5)
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    distances = torch.cdist(path, path), torch.cdist(found.path, found.path)
    torch.testing.assert_close(*distances, rtol=1e-3, atol=1e-3)


def test_a_path_that_stands_still_still_has_a_map():
    params = start(BINARY).params
    found = loss_map(flatten(params).repeat(4, 1), params, DATA, BINARY.loss)
    expected = evaluate(params, DATA.train_x / 255, DATA.train_y, BINARY.loss)[0]
    torch.testing.assert_close(found.losses, torch.full((COLUMNS, COLUMNS), expected), rtol=1e-3, atol=1e-4)
    assert found.shares == (0, 0)


def test_a_map_of_many_images_is_measured_on_some(built_in_folder):
    data = DataSource(str(built_in_folder), (3, 7)).load()
    many = replace(data, train_x=data.train_x.repeat(2, 1), train_y=data.train_y.repeat(2))
    _, path = walk(data, BINARY, Hyperparameters(0.5, 100), 20, 5)
    like = start(BINARY).params
    found = loss_map(path, like, many, BINARY.loss)
    x, y = some_images(many, MAPPED)
    assert len(x) == MAPPED < len(many.train_x)
    centre, directions, _ = principal_plane(path)
    there = split_by_hand(centre + found.xs[3] * directions[0] + found.ys[20] * directions[1], like)
    assert found.losses[20, 3].item() == pytest.approx(
        F.binary_cross_entropy_with_logits(predict(x, there)[:, 0], (y == 0).float()).item(), rel=1e-3
    )

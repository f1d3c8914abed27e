"""The loss round a model's weights: gradients by differences, slices by really stepping, planes by NumPy."""

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
    losses_at,
    principal_plane,
    slice_along_gradient,
    some_images,
    unflatten,
)
from core.training.evaluation import evaluate
from core.training.optimisers import Optimiser
from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import start, train_steps
from live.data_source import DataSource
from tests import made_up

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


@given(seed=st.integers(0, 99), hidden=st.sampled_from([0, 1, 4]), outputs=st.integers(1, 3))
def test_a_row_of_parameters_is_the_librarys_and_becomes_a_model_again(seed, hidden, outputs):
    params = init_params(outputs, hidden, seed)
    row = flatten(params)
    assert torch.equal(row, parameters_to_vector(params))
    assert all(map(torch.equal, unflatten(row, params), params))


# The loss along some directions


@every_learner
def test_the_loss_at_a_place_is_that_of_the_model_there(config, data):
    params, *directions = (init_params(config.outputs, config.hidden, seed) for seed in (1, 2, 3))
    places = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-0.5, 2.0], [30.0, -7.0]])
    x, y = data.train_x / 255, data.train_y
    found = losses_at(params, directions, places, x, y, config.loss)
    for loss, (a, b) in zip(found.tolist(), places.tolist(), strict=True):
        row = flatten(params) + a * flatten(directions[0]) + b * flatten(directions[1])
        assert loss == pytest.approx(loss_at(config, data, row, params), rel=1e-3, abs=1e-5)


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
    Optimiser(params, Hyperparameters(lr=0.7)).step()
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
    for length in np.geomspace(0.001, 0.999 * found.back, 50):
        assert loss_at(config, data, row - length * gradient, params) <= first
    assert found.lengths[-1].item() == pytest.approx(WIDE * found.back, rel=1e-5)
    assert found.losses[-1] > found.losses[0] > found.losses.min()  # both walls are on the picture


@pytest.mark.parametrize("steps", [0, 20])
def test_the_bottom_and_the_far_wall_are_where_a_fine_search_finds_them(steps, built_in_folder):
    config, data = BINARY, DataSource(str(built_in_folder), (3, 7)).load()
    state, _ = train_steps(start(config), data, config, Hyperparameters(0.1, 64), steps)
    found = slice_along_gradient(state.params, data, config.loss, 0.5)
    x, row = (data.train_x / 255).double(), flatten(state.params).double()
    gradient = full_gradient(state.params, data.train_x / 255, data.train_y, config.loss).double()
    logits, change = (x @ each[:-1] + each[-1] for each in (row, gradient))
    sign = 1 - 2 * data.train_y  # of the logit of the right class

    def losses(lengths):
        return F.softplus(-sign * (logits - lengths[:, None] * change)).mean(1)

    lengths = torch.linspace(0, 10, 10_001, dtype=torch.float64)
    values = torch.cat([losses(some) for some in lengths.split(500)])
    assert found.bottom == pytest.approx(lengths[values.argmin()].item(), rel=0.005)
    assert found.back == pytest.approx(lengths[1:][values[1:] > values[0]][0].item(), rel=0.002)


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


# The plane of a path


def path_of(data, config, hyper, steps, points):
    """Return the parameters of a run at some of its steps: (points, P)."""
    marks = np.linspace(0, steps, points).round().astype(int).tolist()
    states = [train_steps(start(config), data, config, hyper, mark)[0] for mark in marks]
    return torch.stack([parameters_to_vector(state.params) for state in states])


def some_path(seed=0, points=12):
    return path_of(DATA, replace(BINARY, seed=seed), Hyperparameters(0.3, 16), 40, points)


@given(seed=st.integers(0, 99), points=st.integers(3, 12), size=st.integers(2, 40))
def test_the_principal_plane_is_numpys(seed, points, size):
    rng = np.random.default_rng(seed)
    path = rng.normal(size=(points, size)) * np.geomspace(10, 0.1, size)  # no two directions are alike
    plane = principal_plane(torch.from_numpy(path))
    centre, directions, shares = plane.centre, plane.directions, plane.shares
    np.testing.assert_allclose(plane.path, (path - path.mean(0)) @ directions.numpy().T)
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
    plane = principal_plane(path)
    directions, shares = plane.directions, plane.shares
    centred = (path - path.mean(0)).double().numpy()
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    assert shares == pytest.approx(sizes[:2] ** 2 / (sizes**2).sum(), rel=1e-4)
    for found, expected in zip(directions.double().numpy(), axes, strict=False):
        assert abs(found @ expected) == pytest.approx(1, abs=1e-4)
    assert 1 >= shares[0] >= shares[1] >= 0
    assert sum(shares) > 0.5


def test_a_straight_path_lies_along_one_direction_and_one_that_stands_still_along_none():
    straight = torch.linspace(0, 1, 5)[:, None] * torch.tensor([[3.0, 4.0, 0.0]])
    plane = principal_plane(straight)
    assert plane.shares == pytest.approx((1, 0), abs=1e-6)
    assert plane.directions[0].abs().tolist() == pytest.approx([0.6, 0.8, 0], abs=1e-6)
    assert principal_plane(torch.ones(4, 3)).shares == (0, 0)


# The map


@every_learner
def test_each_place_of_a_map_has_the_loss_of_the_weights_there(config, data):
    plane = principal_plane(path_of(data, config, Hyperparameters(0.1, 16), 30, 8))
    like = start(config).params
    found = loss_map(plane, like, data, config.loss)
    assert found.losses.shape == (COLUMNS, COLUMNS)
    assert found.xs.shape == found.ys.shape == (COLUMNS,)
    for i, j in [(0, 0), (0, COLUMNS - 1), (COLUMNS - 1, 0), (9, 17), (17, 9), (13, 13)]:
        there = plane.centre + torch.stack([found.xs[j], found.ys[i]]) @ plane.directions  # a row is a height
        expected = evaluate(split_by_hand(there, like), data.train_x / 255, data.train_y, config.loss)[0]
        assert found.losses[i, j].item() == pytest.approx(expected, rel=1e-3, abs=1e-5)
        assert found.losses[i, j].item() == pytest.approx(loss_at(config, data, there, like), rel=1e-3, abs=1e-5)


def test_a_map_has_room_round_the_path():
    plane = principal_plane(some_path())
    found = loss_map(plane, start(BINARY).params, DATA, BINARY.loss)
    for seen, axis in zip(plane.path.T, (found.xs, found.ys), strict=True):
        low, high = seen.min().item(), seen.max().item()
        assert axis[0].item() == pytest.approx(low - MARGIN * (high - low), rel=1e-4)
        assert axis[-1].item() == pytest.approx(high + MARGIN * (high - low), rel=1e-4)
        assert (axis.diff() > 0).all()


def test_a_path_is_seen_from_above():
    path = some_path(points=3)  # three points lie in a plane, so nothing is lost
    plane = principal_plane(path)
    torch.testing.assert_close(plane.centre + plane.path @ plane.directions, path, rtol=1e-4, atol=1e-5)
    assert sum(plane.shares) == pytest.approx(1, abs=1e-5)
    distances = torch.cdist(path, path), torch.cdist(plane.path, plane.path)
    torch.testing.assert_close(*distances, rtol=1e-3, atol=1e-3)


def test_a_path_that_stands_still_still_has_a_map():
    params = start(BINARY).params
    plane = principal_plane(flatten(params).repeat(4, 1))
    found = loss_map(plane, params, DATA, BINARY.loss)
    expected = evaluate(params, DATA.train_x / 255, DATA.train_y, BINARY.loss)[0]
    torch.testing.assert_close(found.losses, torch.full((COLUMNS, COLUMNS), expected), rtol=1e-3, atol=1e-4)
    assert plane.shares == (0, 0)


def test_a_map_of_many_images_is_measured_on_some(built_in_folder):
    data = DataSource(str(built_in_folder), (3, 7)).load()
    many = replace(data, train_x=data.train_x.repeat(2, 1), train_y=data.train_y.repeat(2))
    plane = principal_plane(path_of(data, BINARY, Hyperparameters(0.5, 100), 20, 5))
    like = start(BINARY).params
    found = loss_map(plane, like, many, BINARY.loss)
    x, y = some_images(many, MAPPED)
    assert len(x) == MAPPED < len(many.train_x)
    there = split_by_hand(plane.centre + torch.stack([found.xs[3], found.ys[20]]) @ plane.directions, like)
    assert found.losses[20, 3].item() == pytest.approx(
        F.binary_cross_entropy_with_logits(predict(x, there)[:, 0], (y == 0).float()).item(), rel=1e-3
    )

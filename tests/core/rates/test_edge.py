"""The edge of learning: many runs at once end as each does alone, in a plain loop of PyTorch with autograd."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d

from core.rates.edge import (
    EACH,
    FAR,
    HOME,
    LAST,
    NARROWEST,
    STEPS,
    View,
    outcomes,
    problem,
    shrink,
    step_runs,
    train,
    trainability,
)
from tests import made_up

SEED = 5
RATES = st.floats(-2, 2)


@pytest.fixture(scope="module")
def data():
    return made_up.digits()


def weights(data):
    """Return what a run begins with, as PyTorch has it: images, answers, and both layers' weights."""
    start = problem(data, SEED)
    return [torch.from_numpy(part.copy()) for part in (start.images, start.targets, start.first, start.second)]


def trained_alone(data, first_lr, second_lr, steps=STEPS):
    """Train one run with autograd. Returns its losses and, for each step, the gradients of both layers."""
    images, targets, first, second = weights(data)
    losses, gradients = [], []
    for _ in range(steps):
        layers = first.requires_grad_(), second.requires_grad_()
        loss = ((torch.tanh(images @ first) @ second - targets) ** 2).mean()
        gradients.append(torch.autograd.grad(loss, layers))
        losses.append(loss.item())
        first = (first - first_lr * gradients[-1][0]).detach()
        second = (second - second_lr * gradients[-1][1]).detach()
    return losses, gradients


# The net and its images


def test_an_image_is_shrunk_by_averaging(data):
    expected = avg_pool2d(data.train_x.double().view(-1, 1, 28, 28), 7).flatten(1) / 255
    np.testing.assert_allclose(shrink(data.train_x.numpy()), expected, rtol=1e-12)


def test_the_net_learns_the_first_images_of_both_classes_and_their_signs(data):
    start = problem(data, SEED)
    for label, sign in ((0, -1), (1, 1)):
        mine = start.images[start.targets[:, 0] == sign]
        np.testing.assert_array_equal(mine, shrink(data.train_x[data.train_y == label][:EACH].numpy()))


def test_a_class_with_few_images_gives_what_it_has(data):
    one = data.train_y.nonzero()[[0, -1], 0]
    few = made_up.digits()
    few = type(few)(data.train_x[one], data.train_y[one], data.valid_x, data.valid_y)
    assert problem(few, SEED).images.shape == (2, 16)
    assert np.isfinite(train(few, SEED, np.array([0.1]), np.array([0.1]))).all()


def test_the_seed_decides_about_the_weights(data):
    assert (problem(data, 1).first == problem(data, 1).first).all()
    assert (problem(data, 1).first != problem(data, 2).first).any()


# Steps


@pytest.mark.parametrize(
    ("rates", "steps"),
    [((0.01, 0.01), STEPS), ((0.3, 0.1), STEPS), ((0.02, 1.0), STEPS), ((1.0, 0.3), 30), ((50.0, 0.02), 30)],
)
def test_a_run_has_the_losses_that_it_has_alone_with_autograd(data, rates, steps):
    # Beyond so many steps, the last two double each rounding error every few steps.
    losses = train(data, SEED, *(np.array([0.5, rate, 100.0]) for rate in rates))[:steps, 1]
    np.testing.assert_allclose(losses, trained_alone(data, *rates, steps)[0], rtol=1e-6)


def test_a_run_flies_apart_where_it_does_so_alone(data):
    rates = 0.02, 50.0
    losses = train(data, SEED, *(np.array([rate]) for rate in rates))[:, 0]
    gone = int(np.isfinite(losses).sum())
    assert 0 < gone < STEPS
    expected, _ = trained_alone(data, *rates)
    np.testing.assert_allclose(losses[:gone], expected[:gone], rtol=1e-6)
    assert expected[gone - 1] > FAR * expected[0]


@given(first_lr=RATES, second_lr=RATES)
def test_a_step_moves_both_layers_against_the_gradients_of_autograd(first_lr, second_lr):
    data = made_up.digits()
    images, targets, first, second = weights(data)
    _, [(first_gradient, second_gradient)] = trained_alone(data, 0, 0, steps=1)
    rates = np.array([10.0**first_lr, 0.1]), np.array([10.0**second_lr, 0.1])
    z, second_runs = (np.repeat(part.numpy()[..., None], 2, -1) for part in (images @ first, second[:, 0]))
    _, z, moved = step_runs(z, second_runs, (images @ images.T).numpy(), targets.numpy(), *rates)
    expected = images @ (first - 10.0**first_lr * first_gradient)
    np.testing.assert_allclose(z[..., 0], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(moved[:, :1], second - 10.0**second_lr * second_gradient, rtol=1e-9, atol=1e-12)


@settings(max_examples=30)
@given(st.lists(st.tuples(RATES, RATES), min_size=1, max_size=20), st.data())
def test_to_the_last_bit_a_run_is_the_same_whatever_runs_are_trained_beside_it(logs, draw):
    data = made_up.digits()
    rates = 10.0 ** np.array(logs).T
    together = train(data, SEED, *rates)
    order = np.array(draw.draw(st.permutations(range(len(logs)))))
    some = order[: draw.draw(st.integers(1, len(logs)))]
    np.testing.assert_array_equal(train(data, SEED, *rates[:, some]), together[:, some])


def test_a_run_that_has_flown_apart_would_not_come_back(data):
    ends = 10.0 ** np.linspace(-2, 2, 12)
    first_lr, second_lr = (rates.ravel() for rates in np.meshgrid(ends, ends))
    losses = train(data, SEED, first_lr, second_lr)
    flown = np.flatnonzero(~np.isfinite(losses[-1]))
    assert len(flown) > 20
    for run in flown[::5]:
        expected, _ = trained_alone(data, first_lr[run], second_lr[run])
        assert not np.mean(expected[-LAST:]) < expected[0]


def test_runs_of_which_all_fly_apart_end(data):
    losses = train(data, SEED, np.full(3, 100.0), np.full(3, 100.0))
    assert np.isinf(losses[-1]).all()
    assert np.isfinite(losses[0]).all()


# How they end


def test_a_run_that_halves_its_loss_has_converged_and_the_measure_is_the_sum(data):
    losses = 3 * 0.5 ** np.arange(STEPS)[:, None]
    assert trainability(losses) == pytest.approx([-2])  # 1 + 1/2 + 1/4 + ...


def test_a_run_that_doubles_its_loss_has_not(data):
    losses = 3 * 2.0 ** np.arange(STEPS)[:, None]
    assert trainability(losses) == pytest.approx([2 + (STEPS - 20) / FAR], abs=1e-5)


def test_the_mean_of_the_last_losses_decides():
    losses = np.ones((STEPS, 2))
    losses[-LAST:, 0], losses[-LAST:, 1] = [1.5, 0.4] * (LAST // 2), [1.5, 0.6] * (LAST // 2)
    assert (np.sign(trainability(losses)) == [-1, 1]).all()


def test_what_is_infinite_or_no_number_counts_as_far():
    losses = np.ones((STEPS, 2))
    losses[5:] = [math.inf, math.nan]
    both = trainability(losses)
    assert both[0] == both[1] == pytest.approx(5, abs=1e-3)


def test_outcomes_say_of_each_run_how_it_ended(data):
    slow, flying = outcomes(data, SEED, np.array([0.01, 100.0]), np.array([0.01, 100.0]))
    assert slow < 0 < flying
    assert abs(flying) < abs(slow)


# Views


def test_the_first_view_goes_from_a_hundredth_to_a_hundred():
    first_lr, second_lr = HOME.rates(4, np.array([0, 2, 3]), np.array([2, 0, 3]))
    np.testing.assert_allclose(first_lr, [1, 0.01, 10], rtol=1e-12)
    np.testing.assert_allclose(second_lr, [0.01, 1, 10], rtol=1e-12)


@given(st.integers(0, 31), st.integers(0, 31), st.floats(-1, 0.5), st.floats(-1, 0.5), st.integers(-38, 0))
def test_a_coarse_pixel_has_the_rates_of_one_of_the_finer_ones(row, column, left, bottom, power):
    view = View(left, bottom, 2.0**power)
    coarse = view.rates(32, np.array([row]), np.array([column]))
    fine = view.rates(256, np.array([0, 8 * row]), np.array([0, 8 * column]))
    assert (coarse[0][0], coarse[1][0]) == (fine[0][1], fine[1][1])


def test_zooming_to_a_pixel_shows_the_run_that_was_there(data):
    view, row, column = View(-0.8, 0.2, 0.5), 100, 37
    before = outcomes(data, SEED, *view.rates(256, np.array([row]), np.array([column])))
    closer = view.zoom(column / 256, row / 256, 16 / 256)
    assert closer.width == view.width / 16
    corner = np.array([0])
    np.testing.assert_array_equal(outcomes(data, SEED, *closer.rates(32, corner, corner)), before)


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), max_size=4))
def test_no_view_leaves_the_first_or_is_narrower_than_float64_allows(boxes):
    view = HOME
    for box in boxes:
        view = view.zoom(*box)
    assert view.width >= NARROWEST
    assert -2 <= view.left <= view.left + view.width <= 2 + 1e-12
    assert -2 <= view.bottom <= view.bottom + view.width <= 2 + 1e-12
    assert view.within(HOME) == view


@given(st.floats(-2, 2 - NARROWEST), st.floats(-2, 2 - NARROWEST))
def test_in_the_narrowest_view_all_pixels_still_have_rates_of_their_own(left, bottom):
    first_lr, second_lr = View(left, bottom, NARROWEST).rates(256, np.arange(256), np.arange(256))
    assert (np.diff(first_lr) > 0).all()
    assert (np.diff(second_lr) > 0).all()

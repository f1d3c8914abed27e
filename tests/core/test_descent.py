"""Gradient descent, held against hand calculations, NumPy, and PyTorch's own optimiser."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.descent import (
    BOUND,
    CURVES,
    ball_speeds,
    best_fit,
    descend,
    fit_loss,
    gradient,
    loss_map,
    quadratic,
    rate_limit,
    scale_time,
    slope_by_difference,
    steps_to_bottom,
    sum_of_squares,
)

SQUARE = CURVES["Square"]
every_curve = pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES.keys())
weights_near = st.floats(-5, 5)


def exact(*values):
    return torch.tensor(values if len(values) != 1 else values[0], dtype=torch.float64)


# Slopes


def test_the_slope_of_the_square_at_3_is_6_in_all_three_ways():
    assert SQUARE.slope(3.0) == 6
    assert gradient(SQUARE.loss, exact(3.0)) == 6
    assert slope_by_difference(SQUARE.loss, 3.0, 0.001) == pytest.approx(6, abs=1e-9)


def test_the_summed_squares_of_3_4_and_10_have_the_gradient_6_8_and_20():
    assert gradient(sum_of_squares, torch.tensor([3.0, 4.0, 10.0])).tolist() == [6, 8, 20]


def test_the_losses_are_what_a_hand_calculation_gives():
    # 3² = 9; 2 · 2² + 2 · 3 = 14; 0.1 · 81 − 1.05 · 9 + 3 + 6 = 7.65
    assert [curve.loss(3.0) for curve in CURVES.values()] == pytest.approx([9, 14, 7.65])


@every_curve
@given(w=weights_near)
def test_rule_and_autograd_agree_everywhere(curve, w):
    assert gradient(curve.loss, exact(w)).item() == pytest.approx(curve.slope(w), abs=1e-9)


@every_curve
@given(w=weights_near)
def test_rule_and_finite_difference_agree_when_the_step_is_small(curve, w):
    assert slope_by_difference(curve.loss, w, 1e-5) == pytest.approx(curve.slope(w), abs=1e-6)


@given(w=weights_near, h=st.sampled_from([0.01, 0.1, 1.0]))
def test_a_central_difference_is_right_for_a_square_whatever_its_step(w, h):
    assert slope_by_difference(SQUARE.loss, w, h) == pytest.approx(2 * w, abs=1e-9)


def test_a_large_step_misses_the_slope_of_two_valleys_by_four_tenths_of_w_times_h_squared():
    # ((w + h)⁴ − (w − h)⁴) / 2h = 4w³ + 4wh², of which 0.1 · 4wh² is too much
    curve = CURVES["Two valleys"]
    assert slope_by_difference(curve.loss, 2.0, 0.5) - curve.slope(2.0) == pytest.approx(0.4 * 2 * 0.25)


def test_a_tiny_step_loses_its_digits():
    off = [abs(slope_by_difference(SQUARE.loss, 3.3, h) - 6.6) for h in (1e-5, 1e-12)]
    assert off[0] < 1e-9
    assert off[1] > 1e-6


def test_asking_for_a_gradient_leaves_the_weights_as_they_were():
    weights = torch.tensor([1.0, 2.0])
    gradient(sum_of_squares, weights)
    assert weights.tolist() == [1, 2]
    assert weights.grad is None
    assert not weights.requires_grad


@every_curve
def test_the_curve_is_level_at_each_bottom_and_higher_on_both_sides(curve):
    for bottom in curve.bottoms:
        assert curve.slope(bottom) == pytest.approx(0, abs=1e-12)
        assert min(curve.loss(bottom - 0.1), curve.loss(bottom + 0.1)) > curve.loss(bottom)


@every_curve
def test_no_other_weight_has_a_lower_loss_than_the_lowest_bottom(curve):
    everywhere = np.linspace(-6, 6, 1201)
    assert curve.loss(everywhere).min() >= min(map(curve.loss, curve.bottoms)) - 1e-12


# Steps


def test_two_steps_on_the_square_are_as_by_hand():
    path = descend(SQUARE.loss, exact(-4.0), 0.3, 2)  # each step multiplies w by 1 − 2 · 0.3 = 0.4
    assert path.weights.tolist() == pytest.approx([-4, -1.6, -0.64])
    assert path.losses.tolist() == pytest.approx([16, 2.56, 0.4096])
    assert path.gradients.tolist() == pytest.approx([-8, -3.2, -1.28])
    assert path.steps.tolist() == pytest.approx([2.4, 0.96, 0.384])
    assert not path.diverged


@given(start=weights_near, lr=st.floats(0.001, 0.999), steps=st.integers(0, 30))
def test_each_step_on_the_square_multiplies_the_weight_by_1_minus_twice_the_rate(start, lr, steps):
    path = descend(SQUARE.loss, exact(start), lr, steps)
    assert path.weights.numpy() == pytest.approx(start * (1 - 2 * lr) ** np.arange(steps + 1), abs=1e-9)


@every_curve
@given(start=st.floats(-4, 4), lr=st.floats(0.001, 0.2))
def test_the_path_is_the_one_that_pytorchs_own_optimiser_takes(curve, start, lr):
    w = exact(start).requires_grad_()
    optimiser = torch.optim.SGD([w], lr=lr)
    expected = [start]
    for _ in range(10):
        optimiser.zero_grad()
        curve.loss(w).backward()
        optimiser.step()
        expected.append(w.item())
    assert descend(curve.loss, exact(start), lr, 10).weights.tolist() == pytest.approx(expected, abs=1e-9)


@every_curve
@given(start=st.floats(-4, 4))
def test_with_a_small_rate_the_loss_never_rises(curve, start):
    losses = descend(curve.loss, exact(start), 0.03, 40).losses.numpy()
    assert (np.diff(losses) <= 1e-12).all()


@every_curve
@given(start=st.floats(-4, 4), lr=st.floats(0.001, 2))
def test_each_row_of_a_path_is_the_row_before_it_plus_its_step(curve, start, lr):
    path = descend(curve.loss, exact(start), lr, 50)
    assert path.weights[1:].tolist() == pytest.approx((path.weights + path.steps)[:-1].tolist())
    assert path.steps.tolist() == pytest.approx((-lr * path.gradients).tolist())
    assert path.losses.tolist() == pytest.approx([curve.loss(w) for w in path.weights.tolist()])


def test_a_path_that_flies_away_stops_with_the_first_weight_that_is_lost():
    path = descend(SQUARE.loss, exact(-4.0), 1.5, 100)  # each step multiplies w by −2: 4 · 2⁸ = 1024
    assert path.weights.tolist() == [-4 * (-2) ** n for n in range(9)]
    assert path.diverged
    assert path.weights.abs().max() > BOUND


@pytest.mark.parametrize("start", [float("nan"), float("inf"), 1e300])
def test_a_start_that_is_lost_already_is_the_whole_path(start):
    path = descend(SQUARE.loss, exact(start), 0.1, 10)
    assert len(path.losses) == 1
    assert path.diverged


def test_exactly_at_the_limit_the_square_bounces_for_ever():
    path = descend(SQUARE.loss, exact(-4.0), 1.0, 5)
    assert path.weights.tolist() == [-4, 4, -4, 4, -4, 4]
    assert not path.diverged


def test_many_weights_step_at_once_each_against_its_own_derivative():
    path = descend(sum_of_squares, exact(3.0, 4.0, 10.0), 0.1, 1)
    assert path.weights[1].tolist() == pytest.approx([3 - 0.6, 4 - 0.8, 10 - 2])


# Rates


def test_the_limit_of_the_square_is_1_and_that_of_a_curve_twice_as_steep_is_half():
    assert rate_limit(SQUARE.loss, exact(0.0)) == pytest.approx(1)
    assert rate_limit(CURVES["Tilted and shifted"].loss, exact(0.5)) == pytest.approx(0.5)


@every_curve
def test_below_its_limit_a_bottom_draws_the_weight_in_and_above_it_pushes_it_off(curve):
    for bottom in curve.bottoms:
        limit = rate_limit(curve.loss, exact(bottom))
        for share, nearer in ((0.95, True), (1.05, False)):
            weights = descend(curve.loss, exact(bottom + 0.001), share * limit, 5).weights
            assert (abs(weights[-1] - bottom) < 0.001) == nearer


def test_the_square_takes_as_many_steps_as_its_factor_says():
    # from 4 to 0.01 with a factor of f: the first n with 4 · |f|ⁿ <= 0.01
    lrs = [0.01, 0.1, 0.3, 0.45, 0.7, 0.9]
    expected = [int(np.ceil(np.log(0.01 / 4) / np.log(abs(1 - 2 * lr)))) for lr in lrs]
    assert steps_to_bottom(SQUARE, exact(*lrs), -4.0).tolist() == expected


def test_a_rate_of_one_half_is_at_the_bottom_of_the_square_at_once_and_from_1_on_none_gets_there():
    assert steps_to_bottom(SQUARE, exact(0.5, 1.0, 1.05, 2.0), -4.0).tolist() == [1, -1, -1, -1]


def test_who_starts_at_the_bottom_needs_no_step():
    assert steps_to_bottom(SQUARE, exact(0.001, 0.9), 0.0).tolist() == [0, 0]


def test_a_rate_that_is_not_done_in_time_does_not_count_as_there():
    lrs = exact(0.1)[None]
    needed = steps_to_bottom(SQUARE, lrs, -4.0).item()
    assert steps_to_bottom(SQUARE, lrs, -4.0, most=needed).item() == needed
    assert steps_to_bottom(SQUARE, lrs, -4.0, most=needed - 1).item() == -1


@every_curve
@given(start=st.floats(-4, 4), lr=st.floats(0.02, 0.3))
def test_many_rates_at_once_count_as_a_single_path_does(curve, start, lr):
    most = 40
    path = descend(curve.loss, exact(start), lr, most)
    near = np.abs(path.weights.numpy()[:, None] - np.array(curve.bottoms)).min(1) <= 0.01
    stays = [n for n in range(most + 1) if near[n:].all()]
    expected = stays[0] if stays and not path.diverged else -1
    assert steps_to_bottom(curve, exact(0.001, lr), start, most=most)[1].item() == expected


# Several weights

seconds, speeds = ball_speeds(0)
t = scale_time(seconds)
loss = partial(fit_loss, t=t, targets=speeds)
three_weights = st.tuples(*[st.floats(-10, 10)] * 3)


def test_the_ball_is_measured_once_a_second_for_20_seconds():
    assert seconds.tolist() == list(range(21))
    assert (t[0], t[10], t[20]) == (-1, 0, 1)
    assert len(speeds) == 21


def test_the_ball_slows_down_and_then_gains_speed():
    several = torch.stack([ball_speeds(seed)[1] for seed in range(20)]).mean(0)
    assert 7 < several.argmin() < 11
    assert several[0] > several[9] + 4
    assert several[20] > several[9] + 4


def test_a_seed_gives_the_same_measurement_again_and_another_seed_another():
    assert torch.equal(ball_speeds(5)[1], ball_speeds(5)[1])
    assert not torch.equal(ball_speeds(5)[1], ball_speeds(6)[1])


@given(three_weights)
def test_the_quadratic_is_numpys_polynomial_and_the_loss_its_mean_squared_error(weights):
    predicted = np.polyval(weights, t.numpy())
    assert quadratic(t, exact(*weights)).numpy() == pytest.approx(predicted, abs=1e-9)
    assert loss(exact(*weights)).item() == pytest.approx(np.mean((predicted - speeds.numpy()) ** 2))


@given(three_weights)
def test_the_three_partial_derivatives_are_as_derived_by_hand_and_as_measured(weights):
    error = np.polyval(weights, t.numpy()) - speeds.numpy()
    by_hand = [np.mean(2 * error * t.numpy() ** power) for power in (2, 1, 0)]
    h = 1e-5
    measured = [
        (loss(exact(*weights) + h * one) - loss(exact(*weights) - h * one)).item() / (2 * h)
        for one in torch.eye(3, dtype=torch.float64)
    ]
    found = gradient(loss, exact(*weights)).tolist()
    assert found == pytest.approx(by_hand, abs=1e-9)
    assert found == pytest.approx(measured, abs=1e-4)


@pytest.mark.parametrize("time", [t, seconds], ids=["scaled", "seconds"])
def test_the_best_fit_is_numpys(time):
    assert best_fit(time, speeds).tolist() == pytest.approx(np.polyfit(time.numpy(), speeds.numpy(), 2).tolist())


@pytest.mark.parametrize("seed", range(5))
def test_gradient_descent_finds_the_best_fit_in_a_few_hundred_steps(seed):
    targets = ball_speeds(seed)[1]
    path = descend(partial(fit_loss, t=t, targets=targets), torch.zeros(3, dtype=torch.float64), 0.5, 300)
    assert path.weights[-1].tolist() == pytest.approx(np.polyfit(t.numpy(), targets.numpy(), 2).tolist(), abs=1e-6)


@pytest.mark.parametrize("time", [t, seconds], ids=["scaled", "seconds"])
def test_the_limit_of_the_fit_is_twice_one_over_the_largest_eigenvalue_of_its_curvature(time):
    powers = np.stack([time.numpy() ** power for power in (2, 1, 0)], 1)
    curvature = 2 / len(powers) * powers.T @ powers
    limit = rate_limit(partial(fit_loss, t=time, targets=speeds), best_fit(time, speeds))
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(curvature).max())


@pytest.mark.parametrize("time", [t, seconds], ids=["scaled", "seconds"])
def test_the_fit_falls_below_its_limit_and_diverges_above_it(time):
    fit, start = partial(fit_loss, t=time, targets=speeds), torch.zeros(3, dtype=torch.float64)
    limit = rate_limit(fit, best_fit(time, speeds))
    below, above = (descend(fit, start, share * limit, 500) for share in (0.95, 1.1))
    assert not below.diverged
    assert below.losses[-1] < below.losses[0]
    assert above.diverged


def test_with_time_in_seconds_hundreds_of_steps_do_not_find_what_scaled_time_finds():
    fit = partial(fit_loss, t=seconds, targets=speeds)
    limit = rate_limit(fit, best_fit(seconds, speeds))
    path = descend(fit, torch.zeros(3, dtype=torch.float64), 0.9 * limit, 500)
    assert path.losses[-1] > 5 * loss(best_fit(t, speeds))


@pytest.mark.parametrize(("across", "up"), [(0, 1), (0, 2), (1, 2), (2, 0)])
def test_the_loss_map_holds_the_loss_of_each_pair_with_the_third_weight_held(across, up):
    weights, xs, ys = exact(1.0, 2.0, 3.0), exact(-1.0, 0.0, 5.0, 7.0), exact(4.0, -2.0)
    found = loss_map(loss, weights, across, up, xs, ys)
    assert found.shape == (2, 4)
    for row, y in enumerate(ys.tolist()):
        for column, x in enumerate(xs.tolist()):
            placed = [1.0, 2.0, 3.0]
            placed[across], placed[up] = x, y
            expected = np.mean((np.polyval(placed, t.numpy()) - speeds.numpy()) ** 2)
            assert found[row, column].item() == pytest.approx(expected)

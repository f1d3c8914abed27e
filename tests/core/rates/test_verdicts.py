"""Verdicts on small tables that are judged by hand. What they say of real runs is in test_long_verdicts.py."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.loss import LOSSES
from core.rates.sweep import start_sweep, sweep_steps
from core.rates.verdicts import (
    BOUNCING,
    DEAD,
    DIVERGED,
    LEARNED,
    OVERCONFIDENT,
    STUCK,
    THROWN,
    TOO_SMALL,
    Evidence,
    Verdict,
    best_rate,
    good_loss,
    judge_rates,
    loss_of_guessing,
    steepest_rate,
)
from core.training.run import Config
from tests import made_up

pytestmark = pytest.mark.usefixtures("one_thread")
nan = math.nan


def evidence(train, valid=None, lr=None, diverged=None, guessing=1.0, **more) -> Evidence:
    """Make evidence of columns, one a rate. By default the weights stay as long, and hidden units are active."""
    train = torch.tensor(train).T
    runs = train.shape[1]
    given = {
        "lr": torch.tensor(lr or [2.0**run for run in range(runs)]),
        "train": train,
        "valid": train if valid is None else torch.tensor(valid).T,
        "norm": torch.ones_like(train),
        "silent": torch.zeros_like(train),
        "peak": train.nan_to_num(0, 0).max(0).values,
        "diverged": torch.tensor(diverged or [0] * runs),
        "guessing": guessing,
    }
    more = {name: torch.tensor(value) for name, value in more.items()}
    return Evidence(**given | {name: value.T if value.ndim == 2 else value for name, value in more.items()})


def kinds(*args, **more) -> list[str]:
    return [verdict.kind for verdict in judge_rates(evidence(*args, **more))]


GOOD = [1.0, 0.5, 0.3, 0.21, 0.2]  # of 1 - 0.2 = 0.8 that is gained, a twentieth is 0.04: up to 0.24 is good


def test_the_loss_of_guessing_is_that_of_equal_probabilities():
    for name, classes in (("mnist_loss", 2), ("binary cross-entropy", 2), ("cross-entropy", 3), ("cross-entropy", 10)):
        targets = torch.arange(classes)
        logits = torch.zeros(classes, 1 if classes == 2 and name != "cross-entropy" else classes)
        assert loss_of_guessing(name, classes) == pytest.approx(LOSSES[name](logits, targets).item())


def test_the_best_rate_and_the_steepest_by_hand():
    found = evidence([[1.0, 0.4, 0.35, 0.3, 0.5], GOOD])
    assert (best_rate(found), steepest_rate(found)) == (1, 0)
    assert good_loss(found) == pytest.approx(0.24)


@pytest.mark.parametrize(("last", "kind"), [(0.235, LEARNED), (0.245, TOO_SMALL)])
def test_a_rate_that_lacks_a_twentieth_of_the_best_gain_has_learned_well(last, kind):
    assert kinds([[1.0, 0.6, 0.28, last + 0.001, last], GOOD]) == [kind, LEARNED]


def power_law(power, epochs=8):
    """Return losses of 1 before any step and of epochs ** -power after them; of an epoch, half an epoch before."""
    after = range(1, epochs + 1)
    return [1.0] + [(2 * epoch - 1) ** -power for epoch in after], [1.0] + [epoch**-power for epoch in after]


def test_the_largest_rate_that_is_too_small_goes_on_by_its_power_law_and_a_smaller_one_more_slowly():
    (train, valid), still = power_law(0.5), [1.0] + [0.9] * 8  # 1 / 8 ** 0.5 is 0.354
    best = [1.0, 0.5, 0.3, 0.2] + [0.1] * 5  # 0.1 + 0.9 / 20 = 0.145 is good
    small, larger, _ = judge_rates(evidence([still, train, best], [still, valid, best], lr=[0.1, 0.3, 1.0]))
    needed = 0.145**-2  # 1 / needed ** 0.5 is 0.145
    assert larger.epochs_more == pytest.approx(needed - 8, rel=1e-4)
    assert small.epochs_more == pytest.approx(3 * needed - 8, rel=1e-4)


def test_a_rate_goes_on_between_the_power_laws_of_its_two_losses():
    (train, _), (_, valid) = power_law(1), power_law(0.5)
    best = [1.0, 0.5, 0.3, 0.2] + [0.1] * 5
    (small, _) = judge_rates(evidence([train, best], [valid, best], lr=[0.1, 1.0]))
    power = math.sqrt(1 * 0.5)
    assert small.epochs_more == pytest.approx(8 * (8**-0.5 / 0.145) ** (1 / power) - 8, rel=1e-4)


def test_no_number_of_epochs_is_extrapolated_for_a_loss_that_hardly_falls():
    # By its power law, the second needs 4 * (0.99 / 0.24) ** 280,000 epochs, and the first still more.
    hardly = [1.0, 0.99, 0.9899, 0.98989, 0.989889]
    first, second, _ = judge_rates(evidence([hardly, hardly, GOOD], lr=[0.8, 0.9, 1.0]))
    assert first == second == Verdict(TOO_SMALL)


@pytest.mark.parametrize(("lowest", "known"), [(0.08, True), (0.0737, False)])
def test_no_loss_is_extrapolated_to_more_than_eight_times_the_epochs_so_far(lowest, known):
    (train, valid), best = power_law(0.5), [1.0, 0.5, 0.3, 0.2] + [lowest] * 5
    (small, _) = judge_rates(evidence([train, best], [valid, best], lr=[0.1, 1.0]))
    needed = (lowest + (1 - lowest) / 20) ** -2  # 63.0 and 69.4 epochs, eight times 8 are 64
    assert small == Verdict(TOO_SMALL, pytest.approx(needed - 8, rel=1e-4) if known else None)


def test_after_one_epoch_nothing_is_extrapolated():
    assert judge_rates(evidence([[1.0, 0.5], [1.0, 0.1]])) == [Verdict(TOO_SMALL), Verdict(LEARNED)]


def test_a_training_loss_that_goes_up_and_down_is_bouncing():
    assert kinds([GOOD, [1.0, 0.5, 0.5, 0.7, 0.5]]) == [LEARNED, BOUNCING]


def test_a_training_loss_near_0_whose_validation_loss_has_risen_is_overconfident_however_it_moved():
    found = kinds([GOOD, [1.0, 0.1, 0.01, 0.02, 0.01]], [GOOD, [1.0, 0.3, 0.32, 0.4, 0.38]])
    assert found == [LEARNED, OVERCONFIDENT]


@pytest.mark.parametrize(("last", "back"), [(0.5, True), (2.0, False)])
def test_a_batch_with_a_huge_loss_shows_that_a_run_was_thrown_far(last, back):
    (verdict,) = judge_rates(evidence([[1.0, 40.0, 8.0, 3.0, last]], peak=[200.0]))
    assert verdict == Verdict(THROWN, back=back)


@pytest.mark.parametrize(("last", "back"), [(0.5, True), (2.0, False)])
def test_a_run_thrown_less_far_is_judged_so_if_it_neither_goes_up_and_down_nor_has_learned_well(last, back):
    (verdict,) = judge_rates(evidence([[1.0, 40.0, 8.0, 3.0, last]], peak=[50.0]))
    assert verdict == Verdict(THROWN, back=back)
    assert kinds([GOOD], peak=[50.0]) == [LEARNED]
    assert kinds([GOOD, [1.0, 40.0, 0.5, 0.7, 0.5]], peak=[1.0, 50.0]) == [LEARNED, BOUNCING]


def test_a_validation_loss_that_has_risen_is_overconfident_though_much_is_left_to_be_learned():
    falls = [1.0, 0.6, 0.5, 0.45, 0.4]
    assert kinds([falls, GOOD], [[1.0, 0.6, 0.5, 0.51, 0.58], GOOD]) == [OVERCONFIDENT, LEARNED]
    assert kinds([falls, GOOD], [[1.0, 0.6, 0.5, 0.51, 0.54], GOOD]) == [TOO_SMALL, LEARNED]  # by 4 % only


def test_a_run_without_an_active_unit_is_dead_whatever_its_loss_does():
    assert kinds([GOOD, [1.0, 1.2, 0.9, 1.1, 1.0]], silent=[[0.0] * 5, [0.0, 1.0, 1.0, 1.0, 1.0]]) == [LEARNED, DEAD]


def test_a_loss_that_stands_still_is_stuck_if_the_weights_have_moved_and_else_the_rate_is_too_small():
    still = [[1.0, 0.99, 0.99, 0.99, 0.99]] * 2
    assert kinds(still, norm=[[1.0] * 5, [1.0, 9.0, 9.0, 9.0, 9.0]]) == [TOO_SMALL, STUCK]


def test_where_all_are_alike_and_none_has_learned_none_is_good():
    found = evidence([[1.0, 0.95, 0.95, 0.95, 0.95]] * 2)
    assert good_loss(found) == -math.inf
    assert judge_rates(found) == [Verdict(TOO_SMALL)] * 2


def test_a_loss_that_is_not_finite_is_divergence_at_its_step():
    found = evidence([GOOD, [1.0, 4.0, nan, nan, nan]], diverged=[0, 7])
    assert judge_rates(found) == [Verdict(LEARNED), Verdict(DIVERGED, step=7)]
    assert best_rate(found) == 0


def test_a_loss_worse_than_guessing_that_grows_with_the_weights_is_divergence():
    growing = [1.0, 2.0, 4.0, 8.0, 16.0]
    assert kinds([growing], norm=[growing]) == [DIVERGED]
    assert kinds([growing]) != [DIVERGED]  # the weights stay
    assert kinds([[1.0, 16.0, 8.0, 4.0, 2.0]], norm=[growing]) == [THROWN]  # it comes back


def test_the_best_rate_is_too_small_too_if_its_loss_still_falls():
    assert kinds([[1.0, 0.9, 0.8, 0.7, 0.6], [1.0, 0.8, 0.65, 0.5, 0.4]]) == [TOO_SMALL, TOO_SMALL]


def test_a_rate_that_is_nearly_as_good_as_one_that_has_settled_has_learned_well_though_it_still_falls():
    falls = [1.0, 0.5, 0.3, 0.27, 0.235]  # by 0.035 in the last epoch; 0.235 is within a twentieth of the best gain
    assert kinds([falls, GOOD]) == [LEARNED, LEARNED]
    assert kinds([falls, [1.0, 0.5, 0.3, 0.25, 0.2]]) == [TOO_SMALL, TOO_SMALL]  # here the best still falls, too


def test_a_loss_that_has_next_to_nothing_left_to_fall_is_not_too_small():
    assert kinds([[1.0, 0.5, 0.3, 0.03, 0.001]]) == [LEARNED]
    assert kinds([[1.0, 0.5, 0.3, 0.2, 0.1]]) == [TOO_SMALL]


def test_all_have_diverged():
    found = evidence([[1.0, nan, nan]] * 2, diverged=[4, 2])
    assert best_rate(found) is None
    assert steepest_rate(found) is None
    assert judge_rates(found) == [Verdict(DIVERGED, step=4), Verdict(DIVERGED, step=2)]


def test_before_the_first_epoch_nothing_has_been_learned():
    found = evidence([[1.0], [1.0]])
    assert best_rate(found) is None
    assert judge_rates(found) == [Verdict(TOO_SMALL)] * 2


@pytest.mark.parametrize("bad", [nan, math.inf, 1e38])
def test_no_number_and_no_end_are_never_best(bad):
    assert best_rate(evidence([[1.0, 0.5], [1.0, bad]])) == 0
    assert best_rate(evidence([[1.0, bad], [1.0, 0.5]])) == 1


columns = st.lists(st.lists(st.floats(0, 10, width=32) | st.just(nan), min_size=4, max_size=4), min_size=1, max_size=8)


@given(columns)
def test_every_rate_has_a_verdict_and_no_more_epochs_than_a_number(columns):
    losses = np.array([[1.0, *column] for column in columns])
    losses[np.isnan(losses).cumsum(1) > 0] = nan  # from there on
    gone = np.isnan(losses).any(1)
    verdicts = judge_rates(evidence(losses.tolist(), diverged=(gone * 3).tolist()))
    assert len(verdicts) == len(columns)
    for verdict, lost in zip(verdicts, gone, strict=True):
        assert verdict.step == (3 if lost else None)
        assert verdict.kind == DIVERGED or not lost
        assert verdict.epochs_more is None or (verdict.kind == TOO_SMALL and 0 <= verdict.epochs_more < math.inf)


@given(columns, columns, st.sampled_from([0.25, 0.5, 2, 4, 64]))
def test_verdicts_do_not_depend_on_the_unit_of_the_loss(train, valid, unit):
    runs = min(len(train), len(valid))
    train, valid = (torch.tensor([[1.0, *column] for column in columns[:runs]]) for columns in (train, valid))
    one, other = (evidence((u * train).tolist(), (u * valid).tolist(), guessing=u * 1.0) for u in (1, unit))
    assert judge_rates(other) == judge_rates(one)
    assert (best_rate(other), steepest_rate(other)) == (best_rate(one), steepest_rate(one))


def test_rates_that_are_all_far_too_small_are_called_so():
    config, lr, data = Config(), torch.tensor([1e-12, 1e-11]), made_up.digits()
    state, progress = sweep_steps(start_sweep(2), data, config, lr, 32, 3)
    found = Evidence.of(lr, progress.epochs, state.peak, state.diverged, config)
    torch.testing.assert_close(found.valid, found.valid[:1].expand_as(found.valid))  # rounding only
    assert judge_rates(found) == [Verdict(TOO_SMALL)] * 2

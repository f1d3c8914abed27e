"""How training stops: diverged, overfitting, or after as many epochs as asked."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.training.data import TrainingData
from core.training.evaluation import evaluate
from core.training.run import DIVERGED, ENOUGH, NO_MEMORY, OVERFITTING, Hyperparameters, TrainState
from core.training.sgd import resume, start
from tests.core.runs import CONFIG, DATA, IMAGES, in_chunks, same, train


def test_a_run_whose_loss_is_not_finite_stops_at_that_step():
    config = replace(CONFIG, order="sorted")  # else a huge step may be right about all that comes next
    state, progress = train(1000, config, Hyperparameters(lr=1e38, batch_size=8))
    assert state.stopped == DIVERGED
    assert state.step == len(progress.losses) < 1000
    *others, last = progress.losses
    assert np.isfinite(others).all()
    assert not math.isfinite(last)
    again, nothing = train(10, config, state=state)
    assert same(again, state)
    assert nothing.losses == nothing.epochs == []


@pytest.mark.parametrize("rate", [1e4, 1e6])
def test_a_run_whose_loss_grows_a_thousandfold_goes_on_and_comes_back(rate):
    state, progress = train(3_000, hyper=Hyperparameters(lr=rate, batch_size=8))
    assert state.peak == max(progress.losses) > 1_000 * progress.losses[0]
    assert state.stopped == ""
    assert progress.epochs[-1].train_accuracy == 1


def test_a_loss_that_is_no_number_is_divergence():
    params = tuple(p + math.nan for p in start(CONFIG).params)
    state, progress = train(5, state=TrainState(params))
    assert (state.stopped, state.step) == (DIVERGED, 1)
    assert math.isnan(progress.losses[0])


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_a_run_stops_after_as_many_epochs_as_asked(chunk):
    hyper = Hyperparameters(batch_size=32, max_epochs=4)
    state, losses, _, epochs = in_chunks([chunk] * 20, CONFIG, hyper, DATA)
    assert (state.stopped, state.epoch, state.step) == (ENOUGH, 4, len(losses))
    assert [epoch.epoch for epoch in epochs] == [0, 1, 2, 3, 4]


def test_a_run_that_is_past_the_number_of_epochs_that_is_asked_for_at_last_stops_after_the_next():
    state, _ = train(5, hyper=Hyperparameters(batch_size=IMAGES))
    state, _ = train(5, hyper=Hyperparameters(batch_size=IMAGES, max_epochs=2), state=state)
    assert (state.stopped, state.epoch) == (ENOUGH, 6)


def wrong_for_validation() -> TrainingData:
    """Digits whose validation labels are the wrong way round: to learn is to get worse on them."""
    return replace(DATA, valid_y=1 - DATA.valid_y)


def partly_wrong_for_validation() -> TrainingData:
    """Digits of whose validation labels every fourth is wrong: with OVERFITS, only the first epoch helps."""
    wrong = torch.arange(len(DATA.valid_y)) % 4 == 0
    return replace(DATA, valid_y=torch.where(wrong, 1 - DATA.valid_y, DATA.valid_y))


OVERFITS = Hyperparameters(lr=0.3, batch_size=32)


@pytest.mark.parametrize("patience", [1, 3])
def test_a_run_that_overfits_stops_and_puts_the_best_parameters_back(patience):
    data = partly_wrong_for_validation()
    hyper = replace(OVERFITS, patience=patience)
    state, progress = train(1000, CONFIG, hyper, data)
    assert (state.stopped, state.epoch, state.best_epoch) == (OVERFITTING, 1 + patience, 1)
    valid = [epoch.valid_loss for epoch in progress.epochs[1:]]
    assert valid == sorted(valid)
    best, _ = train(3, CONFIG, OVERFITS, data)  # one epoch
    assert all(map(torch.equal, state.params, best.params))
    assert evaluate(state.params, data.valid_x, data.valid_y, CONFIG.loss)[0] == valid[0] == state.best_loss


@pytest.mark.parametrize("chunk", [1, 1000])
@pytest.mark.parametrize("patience", [1, 3])
def test_where_the_start_is_the_best_its_parameters_are_put_back(patience, chunk):
    data = wrong_for_validation()
    hyper = Hyperparameters(lr=0.02, batch_size=32, patience=patience)
    state, _, _, epochs = in_chunks([chunk] * 20, CONFIG, hyper, data)
    assert (state.stopped, state.epoch, state.best_epoch) == (OVERFITTING, patience, 0)
    assert all(map(torch.equal, state.params, start(CONFIG).params))
    expected = evaluate(start(CONFIG).params, data.valid_x, data.valid_y, CONFIG.loss)[0]
    assert state.best_loss == expected == min(epoch.valid_loss for epoch in epochs)


def test_loaded_parameters_that_no_step_betters_are_put_back():
    good, _ = train(600, hyper=Hyperparameters(lr=0.05, batch_size=30))
    hyper = Hyperparameters(lr=100, batch_size=30, patience=2)
    after, _ = train(1000, CONFIG, hyper, replace(DATA, train_y=1 - DATA.train_y), TrainState(good.params))
    assert (after.stopped, after.epoch, after.best_epoch) == (OVERFITTING, 2, 0)
    assert all(map(torch.equal, after.params, good.params))


def test_where_validation_loss_was_never_a_number_the_last_parameters_stay():
    flawed = TrainingData(DATA.train_x, DATA.train_y, DATA.valid_x * math.nan, DATA.valid_y)
    state, progress = train(5, hyper=Hyperparameters(batch_size=IMAGES, patience=2), data=flawed)
    assert math.isnan(progress.epochs[-1].valid_loss)
    assert (state.stopped, state.epoch, state.best_epoch) == (OVERFITTING, 2, 0)
    twice, _ = train(2, hyper=Hyperparameters(batch_size=IMAGES))
    assert all(map(torch.equal, state.params, twice.params))


def test_the_best_parameters_are_kept_from_call_to_call():
    data, hyper = partly_wrong_for_validation(), replace(OVERFITS, patience=2)
    state, *_ = in_chunks([1] * 20, CONFIG, hyper, data)
    best, _ = train(3, CONFIG, hyper, data)  # one epoch
    assert (state.stopped, state.epoch) == (OVERFITTING, 3)
    assert all(map(torch.equal, state.params, best.params))
    assert all(map(torch.equal, state.best, best.params))


def test_patience_that_is_lost_on_the_way_ends_the_run_after_the_next_epoch():
    hyper, data = Hyperparameters(lr=0.02, batch_size=IMAGES), wrong_for_validation()
    state, _ = train(5, CONFIG, hyper, data)
    state, _ = train(5, CONFIG, replace(hyper, patience=2), data, state)
    assert (state.stopped, state.epoch, state.best_epoch) == (OVERFITTING, 6, 0)


def test_patience_begins_anew_with_every_fall_of_validation_loss():
    state, progress = train(300, hyper=Hyperparameters(lr=0.02, batch_size=32, patience=2))
    valid = [epoch.valid_loss for epoch in progress.epochs]
    assert (state.stopped, state.epoch, state.best_epoch) == ("", 100, 100)
    assert valid == sorted(valid, reverse=True)


def test_a_validation_loss_that_stays_the_same_has_not_fallen():
    state, _ = train(10, hyper=Hyperparameters(lr=0.0, batch_size=IMAGES, patience=2))
    assert (state.stopped, state.epoch, state.best_epoch) == (OVERFITTING, 2, 0)


@pytest.mark.parametrize("zero_grad", [True, False])
def test_a_run_that_has_stopped_can_still_be_sent_elsewhere(zero_grad):
    state, _ = train(
        1000, CONFIG, Hyperparameters(lr=0.02, batch_size=32, patience=1, zero_grad=zero_grad), wrong_for_validation()
    )
    assert state.stopped == OVERFITTING
    assert all(isinstance(grad, torch.Tensor) for grad in state.grads)
    assert same(pickle.loads(pickle.dumps(state)), state)


def test_well_trained_weights_that_are_loaded_have_not_diverged_at_the_first_hard_image():
    state, _ = train(600, hyper=Hyperparameters(lr=0.05, batch_size=30))
    hard = replace(DATA, train_y=DATA.train_y.clone())
    hard.train_y[::45] = 1 - hard.train_y[::45]  # two images of ninety are labelled wrongly
    after, _ = train(90, CONFIG, Hyperparameters(lr=0.001, batch_size=1), hard, TrainState(state.params))
    assert after.stopped == ""


# Going on


@pytest.mark.parametrize("optimiser", [{}, {"momentum": 0.9}, {"optimiser": "Adam", "lr": 0.01}], ids=str)
def test_a_run_that_goes_on_after_enough_epochs_is_one_that_never_stopped(optimiser):
    hyper = Hyperparameters(**{"lr": 0.1, "batch_size": 32, **optimiser})
    state, first = train(1000, hyper=replace(hyper, max_epochs=2))
    assert state.stopped == ENOUGH
    state, then = train(5, hyper=hyper, state=resume(state))
    whole, progress = train(state.step, hyper=hyper)
    assert first.losses + then.losses == progress.losses
    assert all(map(torch.equal, state.params, whole.params))


def test_a_run_that_overfitted_goes_on_from_its_best_parameters_without_what_came_after_them():
    hyper = Hyperparameters(lr=0.02, batch_size=32, momentum=0.9, patience=3)
    state, _ = train(1000, CONFIG, hyper, wrong_for_validation())
    again = resume(state)
    assert (again.stopped, again.memory, again.grads) == ("", NO_MEMORY, ())
    assert (again.epoch, again.step) == (state.epoch, state.step)
    after, progress = train(1, CONFIG, replace(hyper, patience=None), wrong_for_validation(), again)
    assert after.step == state.step + 1
    fresh = replace(TrainState(state.best), epoch=state.epoch, validation=None)
    _, expected = train(1, CONFIG, hyper, wrong_for_validation(), fresh)
    assert progress.losses == expected.losses


def test_a_run_that_diverged_does_not_go_on_and_one_that_runs_is_left_alone():
    running, _ = train(3)
    for state in (running, replace(running, stopped=DIVERGED)):
        assert resume(state) is state

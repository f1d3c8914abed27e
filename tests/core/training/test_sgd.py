"""Training against torch.optim.SGD, and what a run must be whatever way it is taken: whole, in steps, or paused."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training import bookkeeping, sgd
from core.training.data import epoch_order, training_rows
from core.training.optimisers import OPTIMISERS
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.data_source import DataSource
from tests import made_up
from tests.core.runs import CONFIG, DATA, IMAGES, TEN, THREE, in_chunks, same, train

# Against the library


def librarys_run(config, turns, data):
    """Train with torch.optim.SGD. turns: (steps, hyperparameters) one after the other. Return parameters and losses."""
    params = [p.clone().requires_grad_() for p in start(config).params]
    xb, rows, losses, position, epoch = data.train_x.float() / 255, training_rows(config, data), [], 0, 0
    optimiser = torch.optim.SGD(params, lr=1.0)
    for steps, hyper in turns:
        optimiser.param_groups[0].update(lr=hyper.lr, momentum=hyper.momentum, maximize=hyper.uphill)
        for _ in range(steps):
            batch = epoch_order(config, rows, epoch)[position : position + hyper.batch_size]
            logits = F.linear(xb[batch], *params[:2])
            if config.hidden:
                logits = F.linear(F.relu(logits), *params[2:])
            first = (data.train_y[batch] == 0).float()
            if config.loss == "cross-entropy":
                loss = F.cross_entropy(logits, data.train_y[batch])
            elif config.loss == "mnist_loss":
                loss = F.l1_loss(logits[:, 0].sigmoid(), first)
            else:
                loss = F.binary_cross_entropy_with_logits(logits[:, 0], first)
            if hyper.zero_grad:
                optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
            position += len(batch)
            if position == len(rows):
                position, epoch = 0, epoch + 1
    return [p.detach() for p in params], losses


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize(
    ("config", "data"),
    [
        (Config(), DATA),
        (Config(loss="binary cross-entropy", order="fixed"), DATA),
        (Config(hidden=6, seed=1), DATA),
        (Config(hidden=6, loss="binary cross-entropy", train_size=50), DATA),
        (Config((1, 3, 7), loss="cross-entropy", order="sorted"), THREE),
        (Config(tuple(range(10)), 6, "cross-entropy"), TEN),
    ],
    ids=lambda value: f"{value.loss}-{value.hidden}-{value.outputs}" if isinstance(value, Config) else "",
)
@pytest.mark.parametrize("mistake", [{}, {"uphill": True}, {"zero_grad": False}], ids=str)
def test_steps_are_those_of_the_librarys_optimiser(config, data, momentum, mistake):
    hyper = Hyperparameters(lr=0.01, batch_size=32, momentum=momentum, **mistake)
    params, losses = librarys_run(config, [(20, hyper)], data)
    state, progress = train(20, config, hyper, data)
    np.testing.assert_allclose(progress.losses, losses, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(list(state.params), params, rtol=1e-4, atol=1e-5)


def test_hyperparameters_that_are_turned_on_the_way_act_as_in_the_librarys_optimiser():
    turns = [
        (5, Hyperparameters(lr=0.1, batch_size=16, momentum=0.5)),
        (7, Hyperparameters(lr=0.02, batch_size=40, momentum=0.9)),
        (4, Hyperparameters(lr=0.3, batch_size=1, momentum=0.9)),
    ]
    params, losses = librarys_run(CONFIG, turns, DATA)
    state, found = start(CONFIG), []
    for steps, hyper in turns:
        state, progress = train(steps, CONFIG, hyper, DATA, state)
        found += progress.losses
    np.testing.assert_allclose(found, losses, rtol=1e-4)
    torch.testing.assert_close(list(state.params), params, rtol=1e-4, atol=1e-5)


def test_what_is_not_asked_for_is_plain_descent_of_the_linear_model_on_all_images():
    data = made_up.digits(train=600)
    config = Config((3, 7), hidden=0, loss="mnist_loss", train_size=None, order="shuffled", seed=37)
    assert Config() == config
    params, losses = librarys_run(config, [(9, Hyperparameters(1.0, 256, 0.0, zero_grad=True, uphill=False))], data)
    state, progress = train(9, Config(), Hyperparameters(), data)  # three epochs
    np.testing.assert_allclose(progress.losses, losses, rtol=1e-4)
    torch.testing.assert_close(list(state.params), params, rtol=1e-4, atol=1e-5)
    assert state.stopped == ""


# One run, however it is taken


runs = st.tuples(
    st.sampled_from(
        [
            (Config(seed=3), DATA),
            (Config(hidden=4, order="fixed", loss="binary cross-entropy"), DATA),
            (Config(train_size=20), DATA),
            (Config((1, 3, 7), loss="cross-entropy"), THREE),
        ]
    ),
    st.builds(
        Hyperparameters,
        lr=st.sampled_from([0.01, 1.0, 100.0]),
        batch_size=st.sampled_from([1, 7, 32, 90, 500]),
        momentum=st.sampled_from([0.0, 0.9]),
        zero_grad=st.booleans(),
        uphill=st.booleans(),
        max_epochs=st.sampled_from([None, 2]),
        patience=st.sampled_from([None, 1]),
        optimiser=st.sampled_from(OPTIMISERS),
        weight_decay=st.sampled_from([0.0, 0.01]),
    ),
)


@settings(max_examples=40)
@given(run=runs, sizes=st.lists(st.integers(0, 12), max_size=8))
def test_a_run_has_one_history_however_its_steps_are_divided(run, sizes):
    (config, data), hyper = run
    whole, progress = train(sum(sizes), config, hyper, data)
    for division in (sizes, [1] * sum(sizes)):
        state, losses, positions, epochs = in_chunks(division, config, hyper, data)
        assert same(state, whole)
        np.testing.assert_array_equal(losses, progress.losses)  # one that is no number is equal to itself here
        np.testing.assert_array_equal(positions, progress.positions)
        np.testing.assert_array_equal(epochs, progress.epochs)


# A batch that is too large to be taken at once


@pytest.fixture
def small_parts(monkeypatch):
    """Show a linear model for two classes ten images at once, larger ones fewer."""
    monkeypatch.setattr(bookkeeping, "WORK_AT_ONCE", 10 * 785)


@pytest.mark.parametrize("zero_grad", [True, False], ids=["zeroed", "kept"])
@pytest.mark.parametrize("config", [CONFIG, Config(hidden=3, loss="binary cross-entropy"), Config()], ids=repr)
def test_a_batch_in_parts_is_the_step_that_the_whole_batch_takes(config, zero_grad, monkeypatch):
    hyper = Hyperparameters(lr=0.1, batch_size=37, momentum=0.5, zero_grad=zero_grad)
    whole, expected = train(8, config, hyper)
    monkeypatch.setattr(bookkeeping, "WORK_AT_ONCE", 10 * 785)
    parts, found = train(8, config, hyper)
    assert whole.epoch == parts.epoch == 2
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-4)
    assert found.positions == expected.positions
    np.testing.assert_allclose(found.epochs, expected.epochs, rtol=1e-4)
    for one, other in zip(parts.params, whole.params, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_a_call_shows_a_model_no_more_images_than_it_takes_at_once(small_parts, monkeypatch):
    shown, predict = [], sgd.predict
    monkeypatch.setattr(sgd, "predict", lambda xb, params: shown.append(len(xb)) or predict(xb, params))
    hyper, state = Hyperparameters(batch_size=IMAGES, max_epochs=2), start(CONFIG)
    calls = 0
    while not state.stopped:
        state, _ = train_steps(state, DATA, CONFIG, hyper, 10**9, seconds=0)
        calls += 1
    assert max(shown) == 10
    assert sum(shown) == 2 * IMAGES + 3 * len(DATA.valid_x)
    assert calls >= 2 * IMAGES / 10


@pytest.mark.parametrize("zero_grad", [True, False], ids=["zeroed", "kept"])
def test_a_run_in_parts_has_one_history_however_its_calls_are_divided(small_parts, zero_grad):
    hyper = Hyperparameters(lr=0.1, batch_size=37, momentum=0.5, zero_grad=zero_grad)
    whole, progress = train(9, CONFIG, hyper)
    state, losses, epochs = start(CONFIG), [], []
    while state.step < 9 or (state.validation and state.epoch < 3):
        state = pickle.loads(pickle.dumps(state))
        state, more = train_steps(state, DATA, CONFIG, hyper, 9 - state.step, seconds=0)
        losses += more.losses
        epochs += more.epochs
    assert losses == progress.losses
    assert epochs == progress.epochs
    assert same(state, whole)


@pytest.mark.parametrize("change", [{"batch_size": 20}, {"zero_grad": False}], ids=str)
def test_a_step_that_has_begun_begins_again_with_other_hyperparameters_but_keeps_its_part_with_another_rate(
    small_parts, change
):
    hyper = Hyperparameters(lr=0.1, batch_size=37)
    state, _ = train(2, CONFIG, hyper)
    begun, _ = train_steps(state, DATA, CONFIG, hyper, 1, seconds=0)
    assert begun.partial
    assert begun.step == state.step
    for other in (replace(hyper, **change), replace(hyper, lr=0.3)):
        (one, first), (another, second) = (train(3, CONFIG, other, state=before) for before in (state, begun))
        assert first.losses == second.losses
        assert same(one, another)


@settings(max_examples=20)
@given(run=runs, steps=st.integers(0, 40))
def test_steps_leave_the_state_and_the_data_as_they_were(run, steps):
    (config, data), hyper = run
    state, _ = train(3, config, hyper, data)
    before = copy.deepcopy((state, data))
    train(steps, config, hyper, data, state)
    assert same(state, before[0])
    assert all(torch.equal(getattr(data, name), getattr(before[1], name)) for name in vars(data))


def test_a_call_whose_time_is_over_has_taken_one_step():
    state, progress = train_steps(start(CONFIG), DATA, CONFIG, Hyperparameters(batch_size=8), 10**9, seconds=0)
    assert state.step == len(progress.losses) == 1


@pytest.mark.parametrize("seconds", [1, 3])
def test_a_call_goes_on_until_its_time_is_over(monkeypatch, seconds):
    # A clock that goes on by a second whenever it is looked at: before the first step and after each.
    monkeypatch.setattr("core.training.bookkeeping.time", SimpleNamespace(perf_counter=count(100).__next__))
    state, progress = train_steps(start(CONFIG), DATA, CONFIG, Hyperparameters(batch_size=8), 9, seconds)
    assert state.step == len(progress.losses) == seconds


def test_no_step_leaves_no_trace():
    first = start(CONFIG)
    state, progress = train(0)
    assert same(state, first)
    assert progress.losses == progress.epochs == []


def test_a_state_can_be_sent_elsewhere_and_go_on_there():
    hyper = Hyperparameters(lr=0.1, batch_size=8, momentum=0.9, zero_grad=False)
    state, _ = train(17, hyper=hyper)
    sent = pickle.loads(pickle.dumps(state))
    assert same(sent, state)
    assert same(train(9, hyper=hyper, state=sent)[0], train(9, hyper=hyper, state=state)[0])
    assert len(pickle.dumps(state)) < 20_000  # 785 parameters, velocities, gradients: no data and no graph


@pytest.mark.parametrize("value", [Config(), Hyperparameters(), start(CONFIG)], ids=lambda value: type(value).__name__)
def test_what_a_run_is_and_where_it_stands_cannot_be_changed(value):
    for name in vars(value):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, None)


# Learning


@pytest.mark.parametrize("data", [DATA, THREE, TEN], ids=["2", "3", "10"])
@pytest.mark.parametrize("hidden", [0, 10])
def test_two_to_ten_classes_are_learned(data, hidden):
    classes = int(data.train_y.max()) + 1
    config = Config(tuple(range(classes)), hidden, "binary cross-entropy" if classes == 2 else "cross-entropy")
    _, progress = train(300, config, Hyperparameters(lr=0.05, batch_size=30), data)
    assert progress.epochs[-1].valid_accuracy > progress.epochs[0].valid_accuracy
    assert progress.epochs[-1].valid_accuracy > 0.9
    assert progress.epochs[-1].train_loss < progress.epochs[0].train_loss


@pytest.mark.parametrize("seed", range(3))
def test_a_hidden_layer_learns_either_or_and_a_linear_model_cannot(seed):
    data, accuracy = made_up.either_or(), {}
    for hidden in (0, 16):
        config = Config(hidden=hidden, loss="binary cross-entropy", seed=seed)
        _, progress = train(1500, config, Hyperparameters(lr=0.05, batch_size=32), data)
        accuracy[hidden] = progress.epochs[-1].valid_accuracy
    assert accuracy[0] <= 0.75  # a line puts at most three of the four pictures on their sides
    assert accuracy[16] == 1


def test_threes_and_sevens_are_told_apart_after_a_few_epochs(built_in_folder):
    data = DataSource(str(built_in_folder), (3, 7)).load()
    state, progress = train(40, Config(), Hyperparameters(), data)
    assert state.epoch == 10
    assert progress.epochs[-1].valid_accuracy > 0.9


# Mistakes


def test_along_the_gradient_the_step_is_the_same_the_other_way_and_the_loss_rises():
    hyper = Hyperparameters(lr=0.05, batch_size=IMAGES)
    (_, falling), (_, rising) = (train(20, hyper=replace(hyper, uphill=way)) for way in (False, True))
    assert falling.losses == sorted(falling.losses, reverse=True)
    assert rising.losses == sorted(rising.losses)
    (down, _), (up, _) = (train(1, hyper=replace(hyper, uphill=way)) for way in (False, True))
    for before, one, other in zip(start(CONFIG).params, down.params, up.params, strict=True):
        torch.testing.assert_close(other - before, before - one, atol=1e-6, rtol=1e-4)


def test_a_gradient_that_is_not_set_to_zero_is_added_to_all_before_it():
    # All images in a batch, and a rate of 0: each step has the same gradient g, and the sum is g, 2g, 3g.
    still, move = (
        Hyperparameters(lr=0.0, batch_size=IMAGES, zero_grad=False),
        Hyperparameters(lr=0.1, batch_size=IMAGES, zero_grad=False),
    )
    state, _ = train(2, hyper=still)
    after, _ = train(1, hyper=move, state=state)
    once, _ = train(1, hyper=Hyperparameters(lr=0.1, batch_size=IMAGES))
    for before, three, one in zip(start(CONFIG).params, after.params, once.params, strict=True):
        torch.testing.assert_close(three - before, 3 * (one - before), atol=1e-5, rtol=1e-3)


def test_gradients_that_were_kept_are_forgotten_once_they_are_set_to_zero_again():
    state, _ = train(5, hyper=Hyperparameters(lr=0.0, zero_grad=False))
    state, _ = train(1, hyper=Hyperparameters(lr=0.0), state=state)
    assert state.grads == ()

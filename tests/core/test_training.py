"""Training against torch.optim.SGD, and what a run must be whatever way it is taken: whole, in steps, or paused."""

import copy
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.loss import mnist_loss
from core.model import predict
from core.training import (
    DIVERGED,
    ENOUGH,
    OVERFITTING,
    Config,
    Knobs,
    TrainState,
    epoch_order,
    evaluate,
    start,
    train_steps,
    training_rows,
)
from core.training_data import Source, TrainingData
from tests.core import made_up

DATA, THREE, TEN = made_up.digits(), made_up.digits(3), made_up.digits(10)
IMAGES = len(DATA.train_x)
CONFIG = Config(loss="binary cross-entropy")
STAND_STILL = Knobs(lr=0.0, batch_size=1)  # so that the loss of a step tells which image it was taken on


def train(steps: int, config=CONFIG, knobs=None, data=DATA, state=None):
    return train_steps(state or start(config), data, config, knobs or Knobs(), steps)


def in_chunks(sizes, config, knobs, data):
    """Take steps in several calls, as a run that is paused now and then; return the last state and the history."""
    state, losses, positions, epochs = start(config), [], [], []
    for size in sizes:
        state, progress = train(size, config, knobs, data, pickle.loads(pickle.dumps(state)))
        losses += progress.losses
        positions += progress.positions
        epochs += progress.epochs
    return state, losses, positions, epochs


def bits(state: TrainState) -> list:
    """Return all that a state consists of, so that two are equal if they are the same to the last bit."""
    return [[p.numpy().tobytes() for p in value] if isinstance(value, tuple) else repr(value)
            for value in vars(state).values()]  # fmt: skip


def same(a: TrainState, b: TrainState) -> bool:
    return bits(a) == bits(b)


# Against the library


def librarys_run(config, turns, data):
    """Train with torch.optim.SGD. turns: (steps, knobs) one after the other. Return parameters and losses."""
    params = [p.clone().requires_grad_() for p in start(config).params]
    xb, rows, losses, position, epoch = data.train_x.float() / 255, training_rows(config, data), [], 0, 0
    optimiser = torch.optim.SGD(params, lr=1.0)
    for steps, knobs in turns:
        optimiser.param_groups[0].update(lr=knobs.lr, momentum=knobs.momentum, maximize=knobs.uphill)
        for _ in range(steps):
            batch = epoch_order(config, rows, epoch)[position : position + knobs.batch_size]
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
            if knobs.zero_grad:
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
    knobs = Knobs(lr=0.01, batch_size=32, momentum=momentum, **mistake)
    params, losses = librarys_run(config, [(20, knobs)], data)
    state, progress = train(20, config, knobs, data)
    np.testing.assert_allclose(progress.losses, losses, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(list(state.params), params, rtol=1e-4, atol=1e-5)


def test_knobs_that_are_turned_on_the_way_act_as_in_the_librarys_optimiser():
    turns = [
        (5, Knobs(lr=0.1, batch_size=16, momentum=0.5)),
        (7, Knobs(lr=0.02, batch_size=40, momentum=0.9)),
        (4, Knobs(lr=0.3, batch_size=1, momentum=0.9)),
    ]
    params, losses = librarys_run(CONFIG, turns, DATA)
    state, found = start(CONFIG), []
    for steps, knobs in turns:
        state, progress = train(steps, CONFIG, knobs, DATA, state)
        found += progress.losses
    np.testing.assert_allclose(found, losses, rtol=1e-4)
    torch.testing.assert_close(list(state.params), params, rtol=1e-4, atol=1e-5)


# One run, however it is taken


runs = st.tuples(
    st.sampled_from([
        (Config(seed=3), DATA), (Config(hidden=4, order="fixed", loss="binary cross-entropy"), DATA),
        (Config(train_size=20), DATA), (Config((1, 3, 7), loss="cross-entropy"), THREE),
    ]),
    st.builds(
        Knobs, lr=st.sampled_from([0.01, 1.0, 100.0]), batch_size=st.sampled_from([1, 7, 32, 90, 500]),
        momentum=st.sampled_from([0.0, 0.9]), zero_grad=st.booleans(), uphill=st.booleans(),
        max_epochs=st.sampled_from([None, 2]), patience=st.sampled_from([None, 1]),
    ),
)  # fmt: skip


@settings(max_examples=40)
@given(run=runs, sizes=st.lists(st.integers(0, 12), max_size=8))
def test_a_run_has_one_history_however_its_steps_are_divided(run, sizes):
    (config, data), knobs = run
    whole, progress = train(sum(sizes), config, knobs, data)
    for division in (sizes, [1] * sum(sizes)):
        state, losses, positions, epochs = in_chunks(division, config, knobs, data)
        assert same(state, whole)
        np.testing.assert_array_equal(losses, progress.losses)  # one that is no number is equal to itself here
        np.testing.assert_array_equal(positions, progress.positions)
        np.testing.assert_array_equal(epochs, progress.epochs)


@settings(max_examples=20)
@given(run=runs, steps=st.integers(0, 40))
def test_steps_leave_the_state_and_the_data_as_they_were(run, steps):
    (config, data), knobs = run
    state, _ = train(3, config, knobs, data)
    before = copy.deepcopy((state, data))
    train(steps, config, knobs, data, state)
    assert same(state, before[0])
    assert all(torch.equal(getattr(data, name), getattr(before[1], name)) for name in vars(data))


def test_a_call_whose_time_is_over_has_taken_one_step():
    state, progress = train_steps(start(CONFIG), DATA, CONFIG, Knobs(batch_size=8), 10**9, seconds=0)
    assert state.step == len(progress.losses) == 1


def test_no_step_leaves_no_trace():
    first = start(CONFIG)
    state, progress = train(0)
    assert same(state, first)
    assert progress.losses == progress.epochs == []


def test_a_state_can_be_sent_elsewhere_and_go_on_there():
    knobs = Knobs(lr=0.1, batch_size=8, momentum=0.9, zero_grad=False)
    state, _ = train(17, knobs=knobs)
    sent = pickle.loads(pickle.dumps(state))
    assert same(sent, state)
    assert same(train(9, knobs=knobs, state=sent)[0], train(9, knobs=knobs, state=state)[0])
    assert len(pickle.dumps(state)) < 20_000  # 785 parameters, velocities, gradients: no data and no graph


# Which images, in which order


def seen(config, epochs, data=DATA):
    """Return the number of each image in the order of training: (epochs, images)."""
    _, progress = train(epochs * len(training_rows(config, data)), config, STAND_STILL, data)
    each = [mnist_loss(predict(x[None] / 255, start(config).params), y[None]).item()
            for x, y in zip(data.train_x, data.train_y, strict=True)]  # fmt: skip
    distances = abs(np.array(progress.losses)[:, None] - each)
    assert (np.sort(distances)[:, 1] > 1e-6).all()  # no two images have the same loss
    return distances.argmin(1).reshape(epochs, -1)


@pytest.mark.parametrize("order", ["shuffled", "fixed", "sorted"])
def test_every_image_has_its_turn_once_an_epoch(order):
    for epoch in seen(Config(order=order), 3):
        assert sorted(epoch) == list(range(IMAGES))


def test_shuffled_images_come_in_another_order_every_epoch():
    one, two, three = seen(Config(), 3)
    assert (one != two).any()
    assert (two != three).any()
    assert (DATA.train_y[one[: IMAGES // 2]] == 0).sum() > 10  # both labels from the beginning
    assert (DATA.train_y[one[: IMAGES // 2]] == 1).sum() > 10


def test_a_fixed_order_is_mixed_once():
    one, two = seen(Config(order="fixed"), 2)
    assert (one == two).all()
    assert (one != np.arange(IMAGES)).any()


def test_sorted_images_come_label_by_label():
    one, two = seen(Config(order="sorted"), 2)
    labels = DATA.train_y[one]
    assert torch.equal(labels, labels.sort().values)
    assert (one == two).all()


def test_a_part_of_the_images_is_chosen_by_the_seed():
    config = Config(train_size=25)
    one, two = seen(config, 2)
    assert len(set(one)) == 25
    assert set(one) == set(two) == set(seen(config, 1)[0])
    assert set(one) != set(seen(replace(config, seed=38), 1)[0])
    assert len(set(DATA.train_y[one].tolist())) == 2


def test_another_seed_is_another_run():
    histories = {tuple(train(10, Config(seed=seed))[1].losses) for seed in range(5)}
    assert len(histories) == 5


@pytest.mark.parametrize(("batch_size", "steps"), [(32, 3), (30, 3), (90, 1), (1000, 1), (1, 90)])
def test_an_epoch_has_as_many_steps_as_its_batches_need(batch_size, steps):
    state, progress = train(steps, knobs=Knobs(lr=0.01, batch_size=batch_size))
    assert (state.epoch, state.seen) == (1, 0)
    ends = [min(batch_size * n, IMAGES) / IMAGES for n in range(1, steps + 1)]
    assert progress.positions == pytest.approx(ends)
    assert [(epoch.epoch, epoch.step) for epoch in progress.epochs] == [(0, 0), (1, steps)]


def test_a_batch_of_all_images_has_the_loss_of_all():
    _, progress = train(1, knobs=Knobs(batch_size=10_000))
    loss, _ = evaluate(start(CONFIG).params, DATA.train_x / 255, DATA.train_y, CONFIG.loss)
    assert progress.losses == pytest.approx([loss], rel=1e-5)


# What an epoch came to


@pytest.mark.parametrize("train_size", [None, 40])
def test_an_epoch_tells_loss_and_accuracy_on_training_and_validation_images(train_size):
    config, knobs = replace(CONFIG, train_size=train_size), Knobs(lr=0.0, batch_size=32)
    (weights, bias), rows = (p.double() for p in start(config).params), training_rows(config, DATA)
    expected = []
    for x, y in ((DATA.train_x[rows] / 255, DATA.train_y[rows]), (DATA.valid_x, DATA.valid_y)):
        first = 1 / (1 + np.exp(-(x.numpy() @ weights.numpy()[0] + bias.numpy())))
        right = np.where(y == 0, first, 1 - first)
        expected += [-np.log(right).mean(), (right > 0.5).mean()]
    _, progress = train(6, config, knobs)
    for number, epoch in enumerate(progress.epochs):  # nothing moves, so the look before the first step is the same
        assert epoch.epoch == number
        assert epoch[2:] == pytest.approx(expected, rel=1e-4)


def test_validation_is_of_the_parameters_after_the_epoch():
    state, progress = train(3, knobs=Knobs(batch_size=32))
    assert progress.epochs[-1][4:] == evaluate(state.params, DATA.valid_x, DATA.valid_y, CONFIG.loss)


# Learning


@pytest.mark.parametrize("data", [DATA, THREE, TEN], ids=["2", "3", "10"])
@pytest.mark.parametrize("hidden", [0, 10])
def test_two_to_ten_classes_are_learned(data, hidden):
    classes = int(data.train_y.max()) + 1
    config = Config(tuple(range(classes)), hidden, "binary cross-entropy" if classes == 2 else "cross-entropy")
    _, progress = train(300, config, Knobs(lr=0.05, batch_size=30), data)
    assert progress.epochs[-1].valid_accuracy > progress.epochs[0].valid_accuracy
    assert progress.epochs[-1].valid_accuracy > 0.9
    assert progress.epochs[-1].train_loss < progress.epochs[0].train_loss


@pytest.mark.parametrize("seed", range(3))
def test_a_hidden_layer_learns_either_or_and_a_linear_model_cannot(seed):
    data, accuracy = made_up.either_or(), {}
    for hidden in (0, 16):
        config = Config(hidden=hidden, loss="binary cross-entropy", seed=seed)
        _, progress = train(1500, config, Knobs(lr=0.05, batch_size=32), data)
        accuracy[hidden] = progress.epochs[-1].valid_accuracy
    assert accuracy[0] <= 0.75  # a line puts at most three of the four pictures on their sides
    assert accuracy[16] == 1


def test_threes_and_sevens_are_told_apart_after_a_few_epochs(built_in_folder):
    data = Source(str(built_in_folder), (3, 7)).load()
    state, progress = train(40, Config(), Knobs(), data)
    assert state.epoch == 10
    assert progress.epochs[-1].valid_accuracy > 0.9


# Mistakes


def test_along_the_gradient_the_step_is_the_same_the_other_way_and_the_loss_rises():
    knobs = Knobs(lr=0.05, batch_size=IMAGES)
    (_, falling), (_, rising) = (train(20, knobs=replace(knobs, uphill=way)) for way in (False, True))
    assert falling.losses == sorted(falling.losses, reverse=True)
    assert rising.losses == sorted(rising.losses)
    (down, _), (up, _) = (train(1, knobs=replace(knobs, uphill=way)) for way in (False, True))
    for before, one, other in zip(start(CONFIG).params, down.params, up.params, strict=True):
        torch.testing.assert_close(other - before, before - one, atol=1e-6, rtol=1e-4)


def test_a_gradient_that_is_not_set_to_zero_is_added_to_all_before_it():
    # All images in a batch, and a rate of 0: each step has the same gradient g, and the sum is g, 2g, 3g.
    still, move = Knobs(lr=0.0, batch_size=IMAGES, zero_grad=False), Knobs(lr=0.1, batch_size=IMAGES, zero_grad=False)
    state, _ = train(2, knobs=still)
    after, _ = train(1, knobs=move, state=state)
    once, _ = train(1, knobs=Knobs(lr=0.1, batch_size=IMAGES))
    for before, three, one in zip(start(CONFIG).params, after.params, once.params, strict=True):
        torch.testing.assert_close(three - before, 3 * (one - before), atol=1e-5, rtol=1e-3)


def test_gradients_that_were_kept_are_forgotten_once_they_are_set_to_zero_again():
    state, _ = train(5, knobs=Knobs(lr=0.0, zero_grad=False))
    state, _ = train(1, knobs=Knobs(lr=0.0), state=state)
    assert state.grads == ()


# Stopping


@pytest.mark.parametrize(
    "knobs", [Knobs(lr=1000.0), Knobs(lr=10.0, uphill=True), Knobs(lr=1e38)], ids=["rate", "uphill", "no number"]
)
def test_a_run_that_diverges_stops_at_that_step(knobs):
    state, progress = train(1000, knobs=replace(knobs, batch_size=8))
    assert state.stopped == DIVERGED
    assert state.step == len(progress.losses) < 1000
    first, *others, last = progress.losses
    most = 100 * max(first, 1)
    assert all(loss <= most for loss in others)
    assert not last <= most
    again, nothing = train(10, state=state)
    assert same(again, state)
    assert nothing.losses == nothing.epochs == []


def test_a_loss_that_is_no_number_is_divergence():
    params = tuple(p + math.nan for p in start(CONFIG).params)
    state, progress = train(5, state=TrainState(params))
    assert (state.stopped, state.step) == (DIVERGED, 1)
    assert math.isnan(progress.losses[0])


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_a_run_stops_after_as_many_epochs_as_asked(chunk):
    knobs = Knobs(batch_size=32, max_epochs=4)
    state, losses, _, epochs = in_chunks([chunk] * 20, CONFIG, knobs, DATA)
    assert (state.stopped, state.epoch, state.step) == (ENOUGH, 4, len(losses))
    assert [epoch.epoch for epoch in epochs] == [0, 1, 2, 3, 4]


def wrong_for_validation() -> TrainingData:
    """Digits whose validation labels are the wrong way round: to learn is to get worse on them."""
    return replace(DATA, valid_y=1 - DATA.valid_y)


@pytest.mark.parametrize("patience", [1, 3])
def test_a_run_that_overfits_stops_and_puts_the_best_parameters_back(patience):
    data = wrong_for_validation()
    knobs = Knobs(lr=0.02, batch_size=32, patience=patience)
    state, progress = train(1000, CONFIG, knobs, data)
    assert (state.stopped, state.epoch, state.best_epoch) == (OVERFITTING, 1 + patience, 1)
    valid = [epoch.valid_loss for epoch in progress.epochs[1:]]
    assert valid == sorted(valid)
    best, _ = train(3, CONFIG, Knobs(lr=0.02, batch_size=32), data)  # one epoch
    assert all(map(torch.equal, state.params, best.params))
    assert evaluate(state.params, data.valid_x, data.valid_y, CONFIG.loss)[0] == valid[0] == state.best_loss


def test_patience_begins_anew_with_every_fall_of_validation_loss():
    state, progress = train(300, knobs=Knobs(lr=0.02, batch_size=32, patience=2))
    valid = [epoch.valid_loss for epoch in progress.epochs]
    assert (state.stopped, state.epoch, state.best_epoch) == ("", 100, 100)
    assert valid == sorted(valid, reverse=True)


@pytest.mark.parametrize("zero_grad", [True, False])
def test_a_run_that_has_stopped_can_still_be_sent_elsewhere(zero_grad):
    state, _ = train(1000, CONFIG, Knobs(lr=0.02, batch_size=32, patience=1, zero_grad=zero_grad),
                     wrong_for_validation())  # fmt: skip
    assert state.stopped == OVERFITTING
    assert all(isinstance(grad, torch.Tensor) for grad in state.grads)
    assert same(pickle.loads(pickle.dumps(state)), state)


def test_well_trained_weights_that_are_loaded_have_not_diverged_at_the_first_hard_image():
    state, _ = train(600, knobs=Knobs(lr=0.05, batch_size=30))
    hard = replace(DATA, train_y=DATA.train_y.clone())
    hard.train_y[::45] = 1 - hard.train_y[::45]  # two images of ninety are labelled wrongly
    after, _ = train(90, CONFIG, Knobs(lr=0.001, batch_size=1), hard, TrainState(state.params))
    assert after.stopped == ""

"""An epoch of training: every image has its turn, in the order that was asked for, and what it came to is told."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.loss import mnist_loss
from core.model import predict
from core.training.data import batches, epoch_order, training_rows
from core.training.evaluation import evaluate
from core.training.run import Config, Hyperparameters
from core.training.sgd import start
from tests import made_up
from tests.core.runs import CONFIG, DATA, IMAGES, STAND_STILL, same, train

# Which images, in which order


def seen(config, epochs, data=DATA):
    """Return the number of each image in the order of training: (epochs, images)."""
    _, progress = train(epochs * len(training_rows(config, data)), config, STAND_STILL, data)
    each = [
        mnist_loss(predict(x[None] / 255, start(config).params), y[None]).item()
        for x, y in zip(data.train_x, data.train_y, strict=True)
    ]
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


def test_every_epoch_of_every_seed_has_an_order_of_its_own():
    orders = []
    for seed in range(4):
        config = Config(seed=seed)
        those = [epoch_order(config, torch.arange(IMAGES), epoch).tolist() for epoch in range(9)]
        assert training_rows(config, DATA).tolist() not in those  # nor is the choice of images mixed by itself
        orders += those
    assert all(sorted(order) == list(range(IMAGES)) for order in orders)
    assert len(set(map(tuple, orders))) == 4 * 9


@pytest.mark.parametrize("size", [3, 1000, 4096, 5000, 10_000])
def test_thousands_of_images_come_in_order_and_in_batches_of_the_size_asked_for(size):
    rows = torch.randint(IMAGES, (9_000,), generator=torch.Generator().manual_seed(0))
    found = [xb.clone() for xb, _ in batches(DATA, rows, size)]
    assert [len(xb) for xb in found] == [len(some) for some in rows.split(size)]
    torch.testing.assert_close(torch.cat(found), DATA.train_x[rows].float() / 255)


@pytest.mark.parametrize(("batch_size", "steps"), [(32, 3), (30, 3), (90, 1), (1000, 1), (1, 90)])
def test_an_epoch_has_as_many_steps_as_its_batches_need(batch_size, steps):
    state, progress = train(steps, hyper=Hyperparameters(lr=0.01, batch_size=batch_size))
    assert (state.epoch, state.seen) == (1, 0)
    ends = [min(batch_size * n, IMAGES) / IMAGES for n in range(1, steps + 1)]
    assert progress.positions == pytest.approx(ends)
    assert [(epoch.epoch, epoch.step) for epoch in progress.epochs] == [(0, 0), (1, steps)]


def test_a_batch_size_beyond_all_images_takes_no_room_for_more_than_there_are():
    enormous, all_of_them = (
        train(2, hyper=Hyperparameters(batch_size=size)) for size in (10**12, IMAGES)
    )  # petabytes of floats
    assert same(enormous[0], all_of_them[0])


def test_a_batch_of_all_images_has_the_loss_of_all():
    _, progress = train(1, hyper=Hyperparameters(batch_size=10_000))
    loss, _ = evaluate(start(CONFIG).params, DATA.train_x / 255, DATA.train_y, CONFIG.loss)
    assert progress.losses == pytest.approx([loss], rel=1e-5)


# What an epoch came to


@pytest.mark.parametrize("train_size", [None, 40])
def test_an_epoch_tells_loss_and_accuracy_on_training_and_validation_images(train_size):
    config, hyper = replace(CONFIG, train_size=train_size), Hyperparameters(lr=0.0, batch_size=32)
    (weights, bias), rows = (p.double() for p in start(config).params), training_rows(config, DATA)
    expected = []
    for x, y in ((DATA.train_x[rows] / 255, DATA.train_y[rows]), (DATA.valid_x, DATA.valid_y)):
        first = 1 / (1 + np.exp(-(x.numpy() @ weights.numpy()[0] + bias.numpy())))
        right = np.where(y == 0, first, 1 - first)
        expected += [-np.log(right).mean(), (right > 0.5).mean()]
    expected += [0, ((weights**2).sum() + (bias**2).sum()).sqrt().item()]
    _, progress = train(6, config, hyper)
    for number, epoch in enumerate(progress.epochs):  # nothing moves, so the look before the first step is the same
        assert epoch.epoch == number
        assert epoch[2:] == pytest.approx(expected, rel=1e-4)
        assert {type(value) for value in epoch[2:]} == {float}  # no tensors, which hold on to more than a number


@pytest.mark.parametrize(("order", "looked_at"), [("shuffled", 2000), ("fixed", 2000), ("sorted", 2200)])
def test_the_look_before_the_first_step_is_at_2000_images_but_at_all_if_they_are_sorted(order, looked_at):
    config, data = replace(CONFIG, order=order), made_up.digits(train=2200)
    rows = epoch_order(config, training_rows(config, data), 0)[:looked_at]
    logits = F.linear(data.train_x[rows].float() / 255, *start(config).params)[:, 0]
    first = data.train_y[rows] == 0
    expected = F.binary_cross_entropy_with_logits(logits, first.float()), ((logits > 0) == first).float().mean()
    _, progress = train(1, config, STAND_STILL, data)
    assert progress.epochs[0][2:4] == pytest.approx([value.item() for value in expected], rel=1e-5)


def test_validation_is_of_the_parameters_after_the_epoch():
    state, progress = train(3, hyper=Hyperparameters(batch_size=32))
    assert progress.epochs[-1][4:6] == evaluate(state.params, DATA.valid_x, DATA.valid_y, CONFIG.loss)

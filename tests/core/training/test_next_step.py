"""The next step taken apart: it is the step that training takes next, and its numbers are torch's own."""

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

from core.training.data import epoch_order, training_rows
from core.training.next_step import look_at_step
from core.training.run import DIVERGED, Config, Hyperparameters
from core.training.sgd import start, train_steps
from tests import made_up

DATA, THREE = made_up.digits(), made_up.digits(3)
setups = given(
    setup=st.sampled_from(
        [
            (Config(), DATA),
            (Config(hidden=5, loss="binary cross-entropy", train_size=50), DATA),
            (Config((1, 3, 7), loss="cross-entropy", order="fixed"), THREE),
            (Config((1, 3, 7), 4, "cross-entropy", order="sorted"), THREE),
        ]
    ),
    hyper=st.builds(
        Hyperparameters,
        lr=st.sampled_from([0.01, 0.1]),
        batch_size=st.sampled_from([1, 20, 1000]),
        momentum=st.sampled_from([0.0, 0.9]),
        zero_grad=st.booleans(),
        uphill=st.booleans(),
    ),
    steps=st.integers(0, 9),
)


@settings(max_examples=50)
@setups
def test_it_is_the_step_that_training_takes_next(setup, hyper, steps):
    config, data = setup
    state, _ = train_steps(start(config), data, config, hyper, steps)
    before = copy.deepcopy(state)
    look = look_at_step(state, data, config, hyper)
    after, progress = train_steps(state, data, config, hyper, 1)
    if state.stopped:
        return
    assert look.loss == progress.losses[0]
    assert all(map(torch.equal, look.before, before.params))
    assert all(map(torch.equal, state.params, before.params))
    for one, other in zip(look.after, after.params, strict=True):
        np.testing.assert_array_equal(one, other)  # NaN is equal to NaN here


def test_a_run_that_diverged_in_the_last_batch_of_an_epoch_would_begin_the_next():
    hyper = Hyperparameters(batch_size=len(DATA.train_x))
    lost = replace(start(Config()), params=tuple(p * math.nan for p in start(Config()).params))
    state, _ = train_steps(lost, DATA, Config(), hyper, 1)
    assert (state.stopped, state.epoch, state.seen) == (DIVERGED, 0, len(DATA.train_x))
    order = epoch_order(Config(), training_rows(Config(), DATA), 1)
    pixels = 255 * look_at_step(state, DATA, Config(), hyper, shown=len(order)).images
    assert torch.equal(pixels.round().byte(), DATA.train_x[order])


@settings(max_examples=50)
@setups
def test_its_numbers_are_those_of_its_batch(setup, hyper, steps):
    config, data = setup
    state, _ = train_steps(start(config), data, config, Hyperparameters(lr=0.01, batch_size=hyper.batch_size), steps)
    look = look_at_step(state, data, config, hyper, shown=1000)
    params = [p.clone().requires_grad_() for p in look.before]

    def loss_and_probs(params):
        logits = F.linear(look.images, *params[:2])
        if config.hidden:
            logits = F.linear(F.relu(logits), *params[2:])
        if config.outputs > 1:
            return F.cross_entropy(logits, look.targets), logits.softmax(1)
        first = logits.sigmoid()
        right = (look.targets == 0).float()
        of = {"mnist_loss": F.l1_loss, "binary cross-entropy": F.binary_cross_entropy}[config.loss]
        return of(first[:, 0], right), torch.cat([first, 1 - first], 1)

    loss, probs = loss_and_probs(params)
    gradient = torch.autograd.grad(loss, params)
    loss_after, probs_after = loss_and_probs(look.after)
    assert look.loss == pytest.approx(loss.item(), rel=1e-4, abs=1e-5)
    assert look.loss_after == pytest.approx(loss_after.item(), rel=1e-3, abs=1e-4)
    right, right_after = (each[torch.arange(len(each)), look.targets] for each in (probs, probs_after))
    assert look.batch_size == len(look.images)
    torch.testing.assert_close(look.p, right, atol=1e-5, rtol=1e-4)
    assert look.mean_p == pytest.approx(right.mean().item(), rel=1e-4, abs=1e-5)
    assert look.mean_p_after == pytest.approx(right_after.mean().item(), rel=1e-3, abs=1e-5)
    torch.testing.assert_close(look.gradient, gradient, atol=1e-5, rtol=1e-3)
    for after, p, g in zip(look.after, look.before, look.gradient, strict=True):
        expected = p + hyper.lr * g if hyper.uphill else p - hyper.lr * g
        torch.testing.assert_close(after, expected, atol=1e-5, rtol=1e-4)  # nothing was kept from earlier steps


@pytest.mark.parametrize("batch_size", [1, 32, 1000])
def test_one_look_after_the_other_goes_through_the_images_of_an_epoch_once(batch_size):
    config, hyper, seen = Config(), Hyperparameters(batch_size=batch_size), []
    state = start(config)
    while state.epoch == 0:
        look = look_at_step(state, DATA, config, hyper, shown=1000)
        assert len(look.images) == len(look.targets) == look.batch_size <= batch_size
        seen += [
            (image.numpy().tobytes(), label) for image, label in zip(look.images, look.targets.tolist(), strict=True)
        ]
        state, _ = train_steps(state, DATA, config, hyper, 1)
    pixels = DATA.train_x.numpy() * np.float32(1 / 255)
    everything = [(x.tobytes(), y) for x, y in zip(pixels, DATA.train_y.tolist(), strict=True)]
    assert sorted(seen) == sorted(everything)


def test_momentum_and_kept_gradients_are_part_of_the_step():
    config = Config()
    for hyper in (Hyperparameters(lr=0.1, momentum=0.9), Hyperparameters(lr=0.1, zero_grad=False)):
        state, _ = train_steps(start(config), DATA, config, hyper, 3)
        look, plain = (look_at_step(state, DATA, config, k) for k in (hyper, Hyperparameters(lr=0.1)))
        assert look.loss == plain.loss
        assert not torch.allclose(look.after[0], plain.after[0], atol=1e-5)


def test_of_a_large_batch_only_the_first_images_are_kept():
    config, hyper = Config(), Hyperparameters(batch_size=len(DATA.train_x))
    look, whole = (look_at_step(start(config), DATA, config, hyper, **more) for more in ({}, {"shown": 1000}))
    assert look.batch_size == whole.batch_size == len(whole.images) == len(DATA.train_x) > 16
    for kept, every in ((look.images, whole.images), (look.targets, whole.targets), (look.p, whole.p)):
        assert torch.equal(kept, every[:16])
    of_the_batch = ("mean_p", "mean_p_after", "loss", "loss_after")
    assert [getattr(look, name) for name in of_the_batch] == [getattr(whole, name) for name in of_the_batch]


def test_a_large_batch_makes_no_larger_message_than_a_small_one():
    data, config = made_up.digits(train=3000), Config()
    small, large = (
        pickle.dumps(look_at_step(start(config), data, config, Hyperparameters(batch_size=size))) for size in (16, 3000)
    )
    assert abs(len(large) - len(small)) < 100
    assert len(large) < 100_000

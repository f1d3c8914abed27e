"""The training of the classifiers is a value, and only the logits of the digits in play are used."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core import model
from core.classifiers import convolution
from core.classifiers.training import (
    KINDS,
    MANY_IMAGES,
    PLANS,
    Plan,
    in_play,
    lengthen,
    logits,
    lr_at,
    stamp,
    start,
    train_steps,
)
from core.dataset import read_dataset
from core.distance import accuracy
from core.training.data import TrainingData, from_dataset
from tests import made_up

DIGITS = (1, 3, 7)
SHORT = Plan(steps=9, batch_size=16, lr=0.01, hidden=5)


def plan_of(kind: str) -> Plan:
    return SHORT if kind == "hidden" else replace(SHORT, hidden=0)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return made_up.digits(classes=3)


def same(a, b) -> bool:
    return all(map(torch.equal, a, b))


# Training


@pytest.mark.parametrize("kind", KINDS)
def test_training_in_chunks_gives_exactly_the_parameters_of_training_at_once(kind, data):
    whole = train_steps(start(kind, DIGITS, plan_of(kind)), data, 9)
    pieces = start(kind, DIGITS, plan_of(kind))
    shares = []
    for most in (1, 3, 2, 5):
        pieces = train_steps(pieces, data, most)
        shares.append(pieces.progress)
    assert same(whole.params, pieces.params)
    assert shares == [1 / 9, 4 / 9, 6 / 9, 1.0]
    assert whole.done
    assert pieces.done


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_is_not_changed_by_training(kind, data):
    begun = train_steps(start(kind, DIGITS, plan_of(kind)), data, 2)
    first = train_steps(begun, data, 3)
    assert same(first.params, train_steps(begun, data, 3).params)
    assert not same(first.params, begun.params)
    assert begun.step == 2


def test_no_step_is_taken_beyond_the_plan(data):
    done = train_steps(start("linear", DIGITS, plan_of("linear")), data, 10**9)
    assert done.step == 9
    assert same(train_steps(done, data, 5).params, done.params)


def test_a_large_dataset_gets_three_times_the_steps_and_another_stamp(data):
    assert lengthen(SHORT, MANY_IMAGES - 1) == SHORT
    assert lengthen(SHORT, MANY_IMAGES) == replace(SHORT, steps=27)
    assert stamp(start("linear", DIGITS, lengthen(SHORT, MANY_IMAGES)), data) != stamp(
        start("linear", DIGITS, SHORT), data
    )


def test_a_chunk_without_time_takes_one_step(data):
    assert train_steps(start("linear", DIGITS, plan_of("linear")), data, 9, seconds=0).step == 1


def test_the_learning_rate_rises_then_falls_to_0_along_a_cosine():
    plan = Plan(steps=100, batch_size=1, lr=0.5)
    rates = [lr_at(plan, step) for step in range(100)]
    assert rates[0] == pytest.approx(0.05)
    assert rates.index(max(rates)) == 5
    assert rates[50] == pytest.approx(0.25)
    assert rates[75] == pytest.approx(0.5 * (1 + math.cos(0.75 * math.pi)) / 2)
    assert rates[-1] < 0.001


@pytest.mark.parametrize(
    ("kind", "steps", "at_least"), [("linear", 100, 0.70), ("hidden", 150, 0.80), ("conv", 80, 0.85)]
)
def test_real_digits_are_learned_within_a_few_steps(built_in_folder, kind, steps, at_least):
    data = from_dataset(read_dataset(built_in_folder))
    state = start(kind, tuple(range(10)), replace(PLANS[kind], steps=steps))
    params = train_steps(state, data, steps).params
    assert accuracy(logits(kind, params, data.valid_x).argmax(1), data.valid_y) > at_least


# What is asked of them


def test_each_kind_computes_the_logits_of_its_model(data):
    xb = data.valid_x
    linear, hidden, conv = (start(kind, DIGITS, plan_of(kind)).params for kind in KINDS)
    torch.testing.assert_close(logits("linear", linear, xb), xb @ linear[0].T + linear[1])
    torch.testing.assert_close(logits("hidden", hidden, xb), model.predict(xb, hidden))
    torch.testing.assert_close(logits("conv", conv, xb), convolution.predict(xb, conv))
    assert logits("conv", conv, xb).shape == (len(xb), 3)


@given(st.permutations(range(10)), st.integers(2, 10))
def test_the_softmax_of_the_digits_in_play_is_their_conditional_probability(order, count):
    every, digits = tuple(range(10)), tuple(order[:count])
    all_logits = torch.randn(4, 10, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    probs = all_logits.softmax(1)
    expected = torch.stack([probs[:, digit] for digit in digits], 1)
    expected /= expected.sum(1, keepdim=True)
    torch.testing.assert_close(in_play(all_logits, every, digits).softmax(1), expected)


def test_a_digit_that_a_classifier_does_not_know_is_an_error():
    with pytest.raises(ValueError, match="5"):
        in_play(torch.zeros(1, 3), DIGITS, (3, 5))


# Stamps


def test_the_stamp_depends_on_the_data_the_plan_the_kind_and_the_digits_alone(data):
    state = start("hidden", DIGITS, SHORT)
    first = stamp(state, data)
    assert stamp(train_steps(state, data, 1), data) == first
    other_ink = replace(data, train_x=data.train_x.flip(0))
    stamps = {
        first,
        stamp(state, other_ink),
        stamp(start("hidden", DIGITS, replace(SHORT, lr=0.02)), data),
        stamp(start("hidden", DIGITS, replace(SHORT, distortion=replace(SHORT.distortion, turn=0.3))), data),
        stamp(start("conv", DIGITS, SHORT), data),
        stamp(start("hidden", (1, 3, 8), SHORT), data),
    }
    assert len(stamps) == 6
    assert all(len(one) == 64 for one in stamps)

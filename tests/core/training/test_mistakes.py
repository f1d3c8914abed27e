"""What Training says to look for when a mistake is made on purpose is what the losses show."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.data_source import DataSource

pytestmark = pytest.mark.usefixtures("one_thread")
RUNS = {
    "mnist_loss": (Config(), 1.0),
    "hidden": (Config(hidden=30), 1.0),
    "cross-entropy of two": (Config(loss="binary cross-entropy"), 1.0),
    "cross-entropy of ten": (Config(tuple(range(10)), 0, "cross-entropy"), 0.1),
}
every_run = pytest.mark.parametrize(("config", "rate"), RUNS.values(), ids=RUNS)


def trained(folder, config, rate, **mistake):
    data = DataSource(str(folder), config.digits).load()
    return train_steps(start(config), data, config, Hyperparameters(rate, max_epochs=20, **mistake), 10**9)[1]


@every_run
def test_gradients_that_are_kept_let_the_loss_fall_faster_at_first(built_in_folder, config, rate):
    right, wrong = (trained(built_in_folder, config, rate, zero_grad=zero).losses for zero in (True, False))
    assert sum(wrong[2:5]) < sum(right[2:5])
    if "cross" in config.loss:  # and later it swings
        assert np.std(wrong[-20:]) > 2 * np.std(right[-20:])


@every_run
def test_along_the_gradient_the_loss_rises_from_the_first_step_on(built_in_folder, config, rate):
    losses = trained(built_in_folder, config, rate, uphill=True).losses
    assert all(b > a for a, b in pairwise(losses[:4]))
    assert min(losses[4:]) > losses[0]


def test_sorted_batches_have_saw_teeth_and_can_have_a_low_accuracy_at_first(built_in_folder):
    lower = []
    for config, rate in RUNS.values():
        right, wrong = (trained(built_in_folder, replace(config, order=each), rate) for each in ("shuffled", "sorted"))
        assert np.abs(np.diff(wrong.losses)).mean() > np.abs(np.diff(right.losses)).mean()
        lower.append(wrong.epochs[1].valid_accuracy < right.epochs[1].valid_accuracy - 0.1)
    assert any(lower)

"""The rates to try on Training: what each tells to look for is there to be seen, whatever digits are in play."""

from itertools import pairwise

import pytest

from core.model import answers, predict
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.data_source import DataSource
from tests.pages.training_page import run_of
from ui.training.presets import PRESETS

DIGITS = [(3, 7), (4, 9), (0, 1), tuple(range(10))]


def trained(shared_home, label: str, digits: tuple[int, ...], steps: int):
    """Return the validation images, the trained state and what the run of a preset has gone through."""
    model, rate = PRESETS[label][len(digits) > 2]
    hidden = 30 if model == "Hidden layer" else 0
    loss = "cross-entropy" if len(digits) > 2 else "binary cross-entropy" if hidden else "mnist_loss"
    data = DataSource(str(shared_home / "mnist-5000"), digits).load()
    config = Config(digits, hidden, loss)
    return data, *train_steps(start(config), data, config, Hyperparameters(rate), steps)


@pytest.mark.parametrize("digits", DIGITS, ids=str)
def test_a_good_rate_falls_fast_and_stays_low(shared_home, digits):
    _, _, progress = trained(shared_home, "Good", digits, 120)
    assert min(progress.losses[:40]) < 0.6 * progress.losses[0]
    assert max(progress.losses[60:]) < 0.6 * progress.losses[0]


@pytest.mark.parametrize("digits", DIGITS, ids=str)
def test_a_rate_that_is_too_small_hardly_moves(shared_home, digits):
    _, _, progress = trained(shared_home, "Too small", digits, 120)
    assert 0.8 * progress.losses[0] < progress.losses[-1] < 1.02 * progress.losses[0]


@pytest.mark.parametrize("digits", DIGITS, ids=str)
def test_a_bouncing_rate_jumps_up_and_down(shared_home, digits):
    _, _, progress = trained(shared_home, "Bouncing", digits, 100)
    losses = progress.losses
    assert sum(after > 1.3 * before for before, after in pairwise(losses)) >= 3
    assert sum(after < before / 1.3 for before, after in pairwise(losses)) >= 3


@pytest.mark.parametrize("digits", DIGITS, ids=str)
def test_a_rate_that_is_too_large_shoots_up_and_gives_every_image_the_same_answer(shared_home, digits):
    data, state, progress = trained(shared_home, "Too large", digits, 100)
    assert max(progress.losses[:5]) > 50 * progress.losses[0]
    assert len(answers(predict(data.valid_x, state.params)).unique()) == 1


@pytest.mark.parametrize("label", PRESETS)
def test_a_preset_begins_its_run_and_says_what_to_look_for(training, label):
    visitor = training().press(label)
    model, rate = PRESETS[label][0]
    run = run_of(visitor)
    assert run.playing
    assert (run.hyper.lr, bool(run.config.hidden)) == (rate, model == "Hidden layer")
    assert f"Look for {PRESETS[label][2]}." in visitor.text
    assert PRESETS[label][2] not in visitor.set(lr=0.1).text

"""Links to the Training page: nonsense, and sizes that the digits in play do not have."""

import pytest

from core.training.run import Config, Hyperparameters
from tests.pages.training_page import run_of, step
from ui.kit.widgets import batch_sizes
from ui.state import keys, settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", "nan"),
        ("lr", "inf"),
        ("lr", "-1"),
        ("lr", "0"),
        ("lr", "1e9"),
        ("batch", "-1"),
        ("batch", "0"),
        ("batch", "nan"),
        ("batch", "x"),
        ("momentum", "1"),
        ("momentum", "nan"),
        ("momentum", "-0.1"),
        ("optimiser", "adam"),
        ("optimiser", ""),
        ("decay", "2"),
        ("decay", "nan"),
        ("decay", "-0.001"),
        ("model", "<b>"),
        ("units", "9999"),
        ("units", "0"),
        ("images", "0"),
        ("images", "nan"),
        ("shuffle", "maybe"),
        ("seed", "-1"),
        ("seed", "1e3"),
        ("loss", "cross-entropy"),
        ("stop", "now"),
        ("epochs", "0"),
        ("patience", "-5"),
        ("uphill", "2"),
        ("stage", "<b>"),
        ("stage", "8 Rest"),
        ("log_loss", ""),
    ],
)
def test_nonsense_in_a_link_opens_with_the_defaults_and_says_so(training, name, value):
    visitor = training(**{name: value})
    (warning,) = visitor.said("warning")
    assert f"{name}={value}" in warning
    assert visitor.value(name) == (800 if name == "images" else settings.SETTINGS[name].default)
    assert (run_of(visitor).config, run_of(visitor).hyper) == (Config(), Hyperparameters())


@pytest.mark.parametrize(
    ("link", "config", "batch_size"),
    [
        ({"batch": "100000"}, Config(), 800),
        ({"batch": "100"}, Config(), 128),
        ({"images": "9000000"}, Config(), 256),
        ({"images": "800"}, Config(), 256),
        ({"images": "333"}, Config(train_size=200), 256),
    ],
    ids=str,
)
def test_a_size_that_these_digits_do_not_have_gives_way_to_the_nearest(training, link, config, batch_size):
    visitor = training(**link)
    assert (run_of(visitor).config, run_of(visitor).hyper.batch_size) == (config, batch_size)
    assert step(visitor.press("One step")) == 1


def test_all_images_stay_all_when_other_digits_come_into_play(training):
    visitor = training()
    for digits in ([0, 1, 2, 3, 4], [3, 7], list(range(10)), [4, 9]):
        visitor.set(digits=digits)
        assert run_of(visitor).images == 400 * len(digits)
        assert visitor.told(f"{keys.SLIDER}images")["texts"][-1] == f"all {400 * len(digits):,}"
    visitor.set(images=500).set(digits=[1, 2, 3])
    assert run_of(visitor).images == 500


def test_a_batch_may_have_one_image_or_all(training):
    assert (batch_sizes(800)[0], batch_sizes(800)[-1]) == (1, 800)
    for size in (1, 800):
        assert step(training(batch=str(size)).press("One step")) == 1

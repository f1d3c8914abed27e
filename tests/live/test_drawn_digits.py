"""How often a method knows a drawn digit is told once the validation digits have been redrawn."""

import pytest
import torch

from core.classifiers.redraw import accuracy_on_drawn, drawn_digits
from live.drawn_digits import DrawnDigits
from tests import made_up
from tests.executors import InlineExecutor, ManualExecutor

KNOWN = (2, 5, 9)


@pytest.fixture(scope="module")
def data():
    return made_up.digits(classes=3)


def by_two_pixels(xb: torch.Tensor) -> torch.Tensor:
    return xb[:, 300:302]


def test_nothing_is_known_until_the_digits_are_redrawn_once(data):
    executor = ManualExecutor()
    drawn = DrawnDigits(executor, data, KNOWN)
    assert drawn.accuracy(by_two_pixels, (2, 9)) is None
    executor.answer()
    expected = accuracy_on_drawn(by_two_pixels, drawn_digits(data), KNOWN, (2, 9))
    assert drawn.accuracy(by_two_pixels, (2, 9)) == expected
    assert drawn.accuracy(by_two_pixels, (2, 9)) == expected
    assert len(executor.calls) == len(KNOWN)  # one for each class, which takes a worker a tenth of a second


def test_nothing_is_known_if_the_digits_can_not_be_redrawn(data):
    drawn = DrawnDigits(InlineExecutor(error=RuntimeError("The worker died.")), data, KNOWN)
    assert drawn.accuracy(by_two_pixels, (2, 9)) is None


def test_an_executor_that_has_gone_is_asked_again_a_minute_later(data):
    now, executor = [0.0], InlineExecutor(error=RuntimeError("The workers have been shut down."), refuses=True)
    drawn = DrawnDigits(executor, data, KNOWN, clock=lambda: now[0])
    assert drawn.accuracy(by_two_pixels, (2, 9)) is None
    assert not drawn.waits
    now[0], executor.error = 60.0, None
    drawn.retry()
    expected = accuracy_on_drawn(by_two_pixels, drawn_digits(data), KNOWN, (2, 9))
    assert drawn.accuracy(by_two_pixels, (2, 9)) == expected


def test_what_has_failed_is_redrawn_a_minute_later(data):
    now, executor = [0.0], InlineExecutor(error=RuntimeError("The worker died."), after=1)
    drawn = DrawnDigits(executor, data, KNOWN, clock=lambda: now[0])
    for second in range(130):  # it fails again after a minute, and is mended before the next
        now[0] = float(second)
        if second == 100:
            executor.error = None
        drawn.retry()
        assert drawn.ready == (second >= 120)
    expected = accuracy_on_drawn(by_two_pixels, drawn_digits(data), KNOWN, (2, 9))
    assert drawn.accuracy(by_two_pixels, (2, 9)) == expected
    assert len(executor.calls) == 3 + 2 + 2  # the first class was redrawn at once

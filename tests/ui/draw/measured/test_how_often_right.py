"""The page says how often each method knows a redrawn digit, from what was counted."""

from types import SimpleNamespace

from live import drawn_digits
from live.drawn_digits import DrawnDigits
from tests import made_up
from tests.executors import InlineExecutor
from ui.draw.measured import how_often_right
from ui.draw.measured.how_often_right import sentence


def test_shares_are_those_of_the_counts_and_only_a_full_one_is_100_percent():
    said = sentence({"L1": (0, 2000), "L2": (1875, 2000), "Convolution": (1999, 2000), "Linear": (2000, 2000)})
    assert "Of 2,000 validation images" in said
    assert said.endswith("the methods know: L1 **0.0%**, L2 **93.8%**, Convolution **99.9%**, Linear **100.0%**.")


def test_one_image_is_not_several():
    assert "Of 1 validation image, warped" in sentence({"L1": (1, 1)})


def test_digits_that_could_not_be_redrawn_are_redrawn_at_a_later_visit(monkeypatch):
    executor = InlineExecutor(error=MemoryError())
    drawn = DrawnDigits(executor, made_up.digits(classes=2), (3, 7))
    monkeypatch.setattr(how_often_right, "_kept", lambda dataset: drawn)
    monkeypatch.setattr(drawn_digits, "RETRY_SECONDS", 0)
    scene = SimpleNamespace(dataset=None)
    executor.error = None
    assert not how_often_right.is_redrawing(scene)
    assert drawn.ready

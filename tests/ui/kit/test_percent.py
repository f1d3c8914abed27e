"""Shares as all pages write them."""

import pytest

from ui.kit.text import percent


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0.0%"), (0.9851, "98.5%"), (0.993, "99.3%"), (0.9996, "99.9%"), (9_999 / 10_000, "99.9%"), (1, "100.0%")],
)
def test_one_decimal_and_a_hundred_only_if_it_is_all(share, written):
    assert percent(share) == written

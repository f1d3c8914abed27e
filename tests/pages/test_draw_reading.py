"""Draw: how often each method knows a drawn digit is counted by the server, on digits that it redraws."""

import re
import time

from core.classifiers.redraw import drawn_digits
from live.data_source import DataSource
from tests.pages.draw_page import SEVEN, draw, until_trained
from tests.pages.oracle import distances, ideal


def said(visitor) -> str:
    return next((one.value for one in visitor.app.caption if one.value.startswith("Which one to trust?")), "")


def test_the_shares_are_those_of_an_own_count_and_every_method_has_one(visit, home, mnist):
    visitor = until_trained(draw(visit("draw"), SEVEN))
    end = time.monotonic() + 60
    while not said(visitor) and time.monotonic() < end:
        visitor.run()
    shares = dict(re.findall(r"([\w ]+) \*\*([\d.]+)%\*\*", said(visitor)))
    assert [name.strip() for name in shares] == ["L1", "L2", "Linear", "Hidden layer", "Convolution"]
    images, classes = drawn_digits(DataSource(str(home / "mnist-5000"), tuple(range(10))).load())
    chosen = (classes == 3) | (classes == 7)
    pixels = 255 * images[chosen].view(-1, 28, 28).numpy()
    to_each = distances(pixels, [ideal(mnist, digit) for digit in (3, 7)], "L1")
    right = to_each.argmin(1) == (classes[chosen] == 7).numpy()
    assert float(shares[next(iter(shares))]) == round(100 * right.mean(), 1)

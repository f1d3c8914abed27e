"""Ideal digits: the means, their spread and their difference are NumPy's."""

import numpy as np
import pytest

from tests.pages.oracle import ideal
from tests.pages.visitor import numbers, shrunk

DIGITS = (2, 3, 7)


@pytest.fixture
def visitor(visit):
    return visit("ideal_digits", digits=list(map(str, DIGITS)))


@pytest.mark.parametrize("n", [1, 3, 50, 400])
def test_the_ideals_are_the_means_of_the_first_n_images(visitor, mnist, n):
    visitor.set(n=n)
    for digit in DIGITS:
        (picture,) = visitor.pictures(f"The mean of {n} image{'s' if n > 1 else ''} of a {digit}")
        np.testing.assert_allclose(255 - shrunk(picture), 255 * ideal(mnist, digit, n), atol=1)


def test_playing_goes_from_one_image_to_all_and_stops(visitor):
    seen = [visitor.press("Run").value("n")]
    while visitor.app.get_by_key("n_play").label == "Pause":
        seen.append(visitor.run().value("n"))
        assert len(seen) < 100
    assert seen[0] <= 3
    assert seen == sorted(seen)
    assert seen[-1] == 400
    assert len(set(seen)) > 10


def test_playing_goes_on_from_where_somebody_moves_the_slider(visitor):
    assert visitor.press("Run").set(n=100).value("n") == 125  # one frame later


def test_playing_can_be_stopped_where_it_is(visitor):
    visitor.press("Run").run().run()
    stopped = visitor.press("Pause").value("n")
    assert visitor.app.get_by_key("n_play").label == "Run"
    assert visitor.run().run().value("n") == stopped < 400
    assert visitor.press("Run").value("n") > stopped


def test_one_pixel_shows_its_mean_and_its_spread(visitor, mnist):
    for row, column, shown in [(9, 14, 3), (5, 13, 7), (20, 9, 2), (0, 0, 3)]:
        visitor.set(pixel_row=row, pixel_column=column, shown=shown)
        values = {digit: mnist["train", digit][:, row, column] for digit in DIGITS}
        assert numbers(visitor.metric(f"images of a {shown}"))[0] == pytest.approx(
            values[shown].mean() / 255, abs=0.006
        )
        bins = visitor.charts("low", "high", "count")
        assert len(bins) == len(DIGITS)
        for data in bins:
            # in 2550ths: ten bins of a tenth of 255, the last with both its ends
            counts, _ = np.histogram(10 * values[int(data.digit.iloc[0])].astype(int), bins=range(0, 2551, 255))
            assert data["count"].tolist() == counts.tolist()
            np.testing.assert_allclose(data.low, np.arange(10) / 10)
        means = sorted(data["mean"].iloc[0] for data in visitor.charts("mean"))
        np.testing.assert_allclose(means, sorted(one.mean() / 255 for one in values.values()), atol=1e-5)


def test_the_histograms_have_the_same_scale(visitor):
    visitor.set(pixel_row=9, pixel_column=14)
    most = max(data["count"].max() for data in visitor.charts("low", "high", "count"))
    specs = [one.proto.spec for one in visitor.app.get("vega_lite_chart") if "Images of" in one.proto.spec]
    assert len(specs) == len(DIGITS)
    assert all(f'"domain": [0, {most}]' in spec for spec in specs)


def test_a_click_on_the_ideal_picks_a_pixel(visitor, mnist):
    visitor.point("ideal_picture", 15, 11)
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (15, 11)
    mean = mnist["train", visitor.value("shown")][:, 15, 11].mean()
    assert numbers(visitor.metric("Mean of this pixel"))[0] == pytest.approx(mean / 255, abs=0.006)


def test_the_ideal_to_point_at_is_the_one_chosen(visitor, mnist):
    for digit in (2, 7):
        visitor.set(shown=digit)
        np.testing.assert_allclose(visitor.told("ideal_picture")["values"], ideal(mnist, digit).flatten(), atol=0.0051)


def test_the_difference_of_two_ideals_is_theirs(visitor, mnist):
    visitor.set(a=7).set(b=2)
    difference = ideal(mnist, 7) - ideal(mnist, 2)
    (data,) = (one for one in visitor.charts("row", "column", "place", "value") if one.value.min() < 0)
    np.testing.assert_allclose(data.sort_values("place").value, difference.flatten(), atol=1e-5)
    line = visitor.line("stands out most")
    for place, size in ((difference.argmax(), difference.max()), (difference.argmin(), -difference.min())):
        row, column = np.unravel_index(place, difference.shape)
        assert f"row {row}, column {column} (by {size:.2f})" in line


def test_a_digit_is_never_compared_with_itself(visit):
    visitor = visit("ideal_digits", digits=list(map(str, DIGITS)), a="7", b="7")
    assert visitor.value("b") == 2
    assert visitor.set(b=3).set(a=3).value("b") == 7
    assert list(visitor.app.get_by_key("b").options) == ["2", "7"]


@pytest.mark.parametrize("n", [1, 7, 400])
def test_the_image_that_was_just_added_is_shown(visitor, mnist, n):
    visitor.set(n=n)
    for digit in DIGITS:
        (picture,) = visitor.pictures(f"Image {n} of a {digit}")
        np.testing.assert_allclose(255 - shrunk(picture[1:-1, 1:-1]), mnist["train", digit][n - 1], atol=1)


def test_the_page_begins_with_one_image_and_says_so(visitor):
    assert visitor.value("n") == 1
    assert "3: the mean of 1 image." in visitor.text
    assert "3: the mean of 2 images." in visitor.set(n=2).text


@pytest.mark.parametrize("digits", [(3, 7), (1, 8), (0, 9)], ids=str)
def test_the_guess_tells_of_the_most_inked_pixel(visit, mnist, digits):
    visitor = visit("ideal_digits", digits=list(map(str, digits)))
    inked = (mnist["train", digits[0]] > 0).sum(0)
    visitor.set(guess_ideal_digits="Yes" if inked.max() == 400 else "No")
    line = visitor.line("is right.")
    row, column = np.unravel_index(inked.argmax(), inked.shape)
    assert numbers(line) == [row, column, inked.max(), 400]

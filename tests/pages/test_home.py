"""Home: the way through the app, with the specimen in every step."""

import numpy as np
import pytest

from tests.pages.oracle import distances, ideal
from tests.pages.visitor import numbers, recognised, shrunk


def test_every_step_leads_to_its_page(visit):
    links = [link.proto.page for link in visit().app.page_link]
    lesson = ["pixels", "tensors", "ideal_digits", "distance", "gradient_descent", "training", "learning_rates", "draw"]
    assert links == ["draw", "data", *lesson, "data"]


@pytest.mark.parametrize("digits", [["3", "7"], ["0", "1"]])
def test_a_link_leads_straight_to_drawing_whatever_digits_are_in_play(visit, digits):
    visitor = visit(digits=digits).follow("Draw a digit")
    assert [title.value for title in visitor.app.title] == ["Draw"]


def test_the_steps_show_the_specimen(visit, mnist):
    visitor = visit(split="Training", digit="7", number="33")
    image = mnist["train", 7][33]
    (zoomed,) = visitor.pictures("enlarged")
    ink = image / 255
    middle = [int(places.mean() - 3.5) for places in np.nonzero(image)]  # of its ink
    square = ink[middle[0] : middle[0] + 7, middle[1] : middle[1] + 7]
    large = 1 - zoomed[123:249, 123:249].mean(2) / 255
    np.testing.assert_allclose(large[9::18, 9::18], square, atol=0.01)
    left = 1 - zoomed[3:168:6, 3:168:6].mean(2) / 255  # a point in the middle of each pixel
    assert np.corrcoef(left[:12].ravel(), ink[:12].ravel())[0, 1] > 0.9
    (whole,) = visitor.pictures("The specimen, a 7")
    assert recognised(whole, mnist["train", 7]) == 33
    (mean,) = visitor.pictures("The mean of 400 images of a 7")
    np.testing.assert_allclose(255 - shrunk(mean), 255 * ideal(mnist, 7), atol=1)


@pytest.mark.parametrize(("digit", "colour"), [(3, (11, 107, 181)), (7, (224, 123, 0))])
def test_the_specimen_pushes_the_weights_by_its_own_ink_in_the_colour_of_its_digit(visit, mnist, digit, colour):
    # By hand: the loss is 1 - p, p = sigmoid(±(w · x + b)), so the gradient is a number times x.
    visitor = visit(split="Training", digit=str(digit), number="33")
    ink = (mnist["train", digit][33] / mnist["train", digit][33].max())[..., None]
    (push,) = visitor.pictures("should rise")
    np.testing.assert_allclose(push[::9, ::9], 255 + ink * (np.array(colour) - 255), atol=1)


def test_the_more_the_rate_the_more_of_the_specimen_is_in_the_weights_after_a_step(visit, mnist):
    visitor = visit(digits=["3", "5", "8"], digit="5", number="4")
    (sheet,) = visitor.pictures("after one step")
    cells = [sheet[top : top + 140 : 5, left : left + 140 : 5] for top in (0, 145) for left in (0, 145)]
    blue = [cell[..., 2].astype(float) - cell[..., 0] for cell in cells]  # above 0 where a weight is, below for orange
    alike = [np.corrcoef(one.ravel(), mnist["valid", 5][4].ravel())[0, 1] for one in blue]
    assert alike == sorted(alike)
    assert alike[-1] > 0.9


@pytest.mark.parametrize("number", range(0, 100, 9))
def test_the_answer_is_the_nearest_ideal_by_l2(visit, mnist, number):
    visitor = visit(digits=["3", "5", "8"], digit="5", number=str(number))
    to_each = distances(mnist["valid", 5][number : number + 1], [ideal(mnist, d) for d in (3, 5, 8)], "L2")[0]
    answer = (3, 5, 8)[to_each.argmin()]
    line = visitor.line("Nearest of all ideals")
    assert numbers(line)[0] == answer
    assert ("right" in line) == (answer == 5)


def test_a_picture_is_784_numbers_which_is_not_told_before_it_is_guessed(visit):
    visitor = visit()
    assert "784" not in visitor.text
    assert "**784** is right" in visitor.set(guess_home="784").text
    assert "It is **784**" in visitor.set(guess_home="28").text

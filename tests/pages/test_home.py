"""Home: the way through the app, with the specimen in every step."""

import numpy as np
import pytest

from tests.pages.oracle import distances, ideal
from tests.pages.visitor import numbers, recognised, shrunk


def test_every_step_leads_to_its_page(visit):
    links = [link.proto.page for link in visit().app.page_link]
    assert links == ["pixels", "tensors", "ideal_digits", "distance", "draw", "draw"]


@pytest.mark.parametrize("digits", [["3", "7"], ["0", "1"]])
def test_a_link_leads_straight_to_drawing_whatever_digits_are_in_play(visit, digits):
    visitor = visit(digits=digits).follow("Draw a digit")
    assert [title.value for title in visitor.app.title] == ["Draw"]


def test_the_steps_show_the_specimen(visit, mnist):
    visitor = visit(split="Training", digit="7", number="33")
    image = mnist["train", 7][33]
    (enlarged,) = visitor.pictures("enlarged")
    np.testing.assert_allclose(shrunk(enlarged, 14, 14), 255 - image[4:18, 7:21].astype(int), atol=1)
    (whole,) = visitor.pictures("The specimen, a 7")
    assert recognised(whole, mnist["train", 7]) == 33
    (mean,) = visitor.pictures("The mean of many images of a 7")
    np.testing.assert_allclose(255 - shrunk(mean), 255 * ideal(mnist, 7), atol=1)


@pytest.mark.parametrize("number", range(0, 100, 9))
def test_the_answer_is_the_nearest_ideal_by_l2(visit, mnist, number):
    visitor = visit(digits=["3", "5", "8"], digit="5", number=str(number))
    to_each = distances(mnist["valid", 5][number : number + 1], [ideal(mnist, d) for d in (3, 5, 8)], "L2")[0]
    answer = (3, 5, 8)[to_each.argmin()]
    line = visitor.line("Nearest of all ideals")
    assert numbers(line)[0] == answer
    assert ("right" in line) == (answer == 5)


def test_a_picture_is_784_numbers(visit):
    visitor = visit()
    assert 784 in numbers(visitor.line("An image is"))
    assert "**784** is right" in visitor.set(guess_home="784").text
    assert "It is **784**" in visitor.set(guess_home="28").text

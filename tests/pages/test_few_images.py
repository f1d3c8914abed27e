"""Datasets with very few images, or with unusual counts of them: every page works, and every control fits the data."""

import re

import numpy as np
import pytest

from core.dataset import SPLITS
from sources import library
from tests.pages.visitor import PAGES

pytestmark = pytest.mark.usefixtures("fresh_server")
ALL_PAGES = (*PAGES, "data", "gradient_descent", "training", "learning_rates")


@pytest.fixture
def with_images(own_home, mnist, anywhere):
    """Return a function that opens a page with a dataset of so many images of each of 3 and 7."""

    def open_page(page: str, train: int, valid: int, **link):
        counts = {"train": train, "valid": valid}
        images = {split: {digit: mnist[split, digit][:n] for digit in (3, 7)} for split, n in counts.items()}
        name = library.publish(library.stage(images, "a few"))
        return anywhere(page, dataset=name, **link)

    return open_page


@pytest.mark.parametrize("page", ALL_PAGES)
def test_a_page_opens_with_two_images_of_each_label_and_does_not_speak_of_one_image_as_many(with_images, page):
    visitor = with_images(page, train=1, valid=1)
    assert visitor.said("error") == []
    said = "\n".join(
        [
            visitor.text,
            *visitor.said("warning"),
            *(picture.alt for one in visitor.app.image for picture in one.proto.imgs),
        ]
    )
    assert re.findall(r"(?<![0-9,.])1 (?:\w+ )?(?:images|items|steps)|last of these 1", said) == []
    assert visitor.run().said("error") == []


def test_one_image_of_each_digit_is_its_own_mean(with_images, mnist):
    visitor = with_images("ideal_digits", train=1, valid=1, n="5")
    assert "the mean of 1 image. The specimen" in visitor.text
    assert [slider.key for slider in visitor.app.slider if slider.key == "n"] == []
    visitor.press("Run")
    assert visitor.run().run().said("error") == []


@pytest.mark.parametrize("count", [2, 7, 19])
def test_a_slider_over_images_ends_where_the_images_do(with_images, count):
    visitor = with_images("tensors", train=count, valid=2)
    assert visitor.options("stacked")[-1] == visitor.value("stacked") == count
    assert f"(({count}, 28, 28), torch.uint8)" in visitor.text
    assert visitor.open("ideal_digits").options("n")[-1] == count


def test_one_image_is_stacked_without_a_slider(with_images):
    visitor = with_images("tensors", train=1, valid=1)
    assert "((1, 28, 28), torch.uint8)" in visitor.text
    assert "stacked" not in visitor.live_sliders


def test_no_two_options_of_the_question_on_tensors_are_the_same(with_images):
    visitor = with_images("tensors", train=2, valid=28)
    options = visitor.app.get_by_key("guess_tensors").options
    assert len(options) == len(set(options)) == 3
    assert "**(28, 28, 28)** is right" in visitor.set(guess_tensors="(28, 28, 28)").text


@pytest.mark.parametrize("count", [3, 28, 1010])  # 1,010 of a 3 are in all of MNIST
def test_every_example_of_broadcasting_is_offered_once(own_home, mnist, anywhere, count):
    images = {split: {digit: np.resize(mnist[split, digit], (count, 28, 28)) for digit in (3, 7)} for split in SPLITS}
    visitor = anywhere("tensors", dataset=library.publish(library.stage(images, "many")))
    offered = [button.label for button in visitor.app.button if ") − (" in button.label]
    assert f"({count}, 28, 28) − (28, 28)" in offered
    assert len({*offered}) == len(offered)

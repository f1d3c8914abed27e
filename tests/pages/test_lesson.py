"""The way through the lesson: every page ends with the next one, and the specimen is chosen by its picture."""

import pytest

from tests.pages.visitor import recognised

LESSON = ["data", "pixels", "tensors", "ideal_digits", "distance", "gradient_descent", "training", "learning_rates"]


def next_page(visitor) -> str:
    """Return the page to which the link at the end leads."""
    (link,) = (one.proto for one in visitor.app.page_link if one.proto.label.startswith("**Next: "))
    return link.page


def test_the_lesson_can_be_walked_from_home_to_draw_by_the_links_at_the_end(visit):
    visitor, way = visit(), []
    while not way or way[-1] != "draw":
        way.append(next_page(visitor))
        visitor.follow("**Next: ")
        assert visitor.said("error") == visitor.said("warning") == []
    assert way == [*LESSON, "draw"]
    assert next_page(visitor) == "pixels"  # there, a drawing is followed


def test_the_link_at_the_end_has_a_picture_of_its_page(visit, mnist):
    (picture,) = visit("learning_rates", digit="7", number="12", split="Training").pictures("A preview of Draw")
    assert recognised(picture, mnist["train", 7]) == 12


@pytest.mark.parametrize(("number", "first", "shown"), [(2, 0, 24), (98, 96, 4)])
def test_the_chooser_shows_the_images_around_the_specimen_and_a_click_chooses_one(visit, number, first, shown):
    visitor = visit(digit="7", number=str(number))
    images = visitor.app.get_by_key("specimen_thumbnails")
    assert images.value == number
    assert len(images.options) == shown
    assert f"![Number {first}](data:image/png;base64," in images.options[0]
    visitor.app.get_by_key("specimen_thumbnails").set_value(first + 1)
    assert visitor.run().specimen == f"valid/7/{first + 1:04}.png"


def test_the_chooser_turns_to_later_and_earlier_images(visit):
    visitor = visit(number="30").press("Later images")
    assert visitor.specimen == "valid/3/0048.png"
    assert visitor.press("Earlier images").specimen == "valid/3/0024.png"

"""A drawing can be the specimen, on every page and in a link, and nothing in such a link does harm."""

import numpy as np
import pytest

from tests.pages.draw_page import SEVEN, THREE, draw, judged_by, picture_of_seven, seen, stroke, upload
from tests.pages.oracle import distances, ideal
from tests.pages.visitor import numbers, recognised, shrunk
from ui.state import choices
from ui.state.drawing_text import LINK_LIMIT, parse_pixels, write_pixels, write_strokes

PAGES = ("home", "pixels", "tensors", "ideal_digits", "distance", "gradient_descent", "training", "draw")
BLANK = write_pixels(np.zeros((28, 28), np.uint8))
MINE = "**The specimen**: **your drawing**"


def take(visit, text: str = SEVEN, **link):
    """Draw, and make it the specimen."""
    return draw(visit("draw", **link), text).press("Make it the specimen")


def in_view(visitor) -> np.ndarray:
    """Return the specimen's pixels as the page shows them above all else."""
    picture, *_ = visitor.pictures("The specimen: your drawing")
    return 255 - shrunk(picture).astype(int)


@pytest.mark.parametrize("digits", [(3, 7), (0, 1), tuple(range(10))], ids=str)
def test_a_drawing_goes_through_every_page(visit, digits):
    visitor = take(visit, digits=list(map(str, digits)))
    for page in PAGES:
        visitor.open(page)
        assert MINE in visitor.text, page
        assert abs(in_view(visitor) - seen(SEVEN)).max() <= 1
        assert visitor.said("error") == visitor.said("warning") == []


def test_a_link_carries_the_drawing_and_its_strokes_to_every_page(visit):
    link = dict(take(visit).open("pixels").app.query_params)
    assert link["strokes"] == SEVEN
    drawn = visit("draw", **link)
    for page in PAGES:
        other = visit(page, **link)
        assert (in_view(other) == in_view(drawn)).all(), page
        assert other.said("warning") == [], page
    assert (judged_by(drawn, "L2") == judged_by(draw(visit("draw"), SEVEN), "L2")).all()


def test_of_a_drawing_with_too_many_strokes_for_a_link_only_the_pixels_are_linked(visit):
    scribble = ".".join(stroke((20, y), (260, y + 10), (20, y + 20), pen=8) for y in range(20, 240, 10))
    assert len(scribble) > LINK_LIMIT
    visitor = draw(visit("draw"), scribble)
    assert "its many strokes don't" in visitor.line("fit into a link")
    visitor.press("Make it the specimen")
    link = dict(visitor.app.query_params)
    assert "strokes" not in link
    assert abs(in_view(visit("pixels", **link)) - seen(scribble)).max() <= 1
    assert "fit into a link" not in draw(visit("draw"), SEVEN).text


def test_a_photo_and_a_changed_drawing_become_the_specimen_as_shown(visit):
    visitor = upload(visit("draw"), picture_of_seven()).press("Make it the specimen")
    assert (in_view(visitor) == parse_pixels(visitor.app.query_params["own"])).all()
    assert "strokes" not in visitor.app.query_params
    turned = draw(visit("draw"), SEVEN).set(turn=30).press("Make it the specimen")
    assert abs(in_view(turned) - seen(SEVEN)).max() > 50


@pytest.mark.parametrize("way", ["Next", "Random", "Back to the dataset"])
def test_the_dataset_is_one_click_away(visit, way):
    visitor = take(visit).open("pixels")
    labels = [button.label for button in visitor.app.button]
    if way not in labels:
        assert way == "Next"
        return
    assert visitor.press(way).specimen.startswith("valid/")
    assert {"own", "strokes"}.isdisjoint(visitor.app.query_params)


def test_choosing_an_image_of_the_dataset_replaces_the_drawing(visit, mnist):
    visitor = take(visit).open("pixels").set(number=17)
    assert visitor.specimen == "valid/3/0017.png"
    (picture,) = visitor.pictures("The specimen: a 3")
    assert recognised(picture, mnist["valid", 3]) == 17


def test_a_drawing_on_the_canvas_survives_another_specimen(visit):
    visitor = take(visit).open("pixels").press("Random").open("draw")
    assert np.isfinite(judged_by(visitor, "L1")).all()


# What the pages say about it


def test_pixels_shows_its_array_and_the_file_that_it_would_be(visit):
    visitor = take(visit).open("pixels")
    assert "Image.open('your_drawing.png')" in visitor.text
    assert f"is **{seen(SEVEN)[14, 14]}**" in visitor.set(pixel_row=14, pixel_column=14).line(", at place")


def test_ideal_digits_says_how_far_it_is_from_each(visit, mnist):
    visitor = take(visit).open("ideal_digits").set(n=400)
    for digit in (3, 7):
        expected = distances(seen(SEVEN)[None], [ideal(mnist, digit)], "L2")[0, 0]
        assert numbers(visitor.line(f"{digit}: the mean of"))[-1] == pytest.approx(expected, abs=6e-5)


def test_distance_says_which_ideal_is_nearest_and_only_with_a_meaning_whether_it_is_right(visit):
    visitor = take(visit).open("distance")
    assert "is nearest to your drawing" in visitor.line("By **L2** the ideal **7**")
    assert ", which is right" in visitor.set(meant=7).line("By **L2** the ideal **7**")
    assert ", but the specimen is a 3" in visitor.set(meant=3).line("By **L2** the ideal **7**")


def test_the_meaning_of_a_drawing_is_linked_and_dropped_with_its_digit(visit):
    visitor = take(visit).set(meant=7).open("distance")
    assert visitor.value("meant") == 7
    link = dict(visitor.app.query_params)
    assert ", which is right" in visit("distance", **link).line("By **L2** the ideal **7**")
    visitor.set(digits=[3, 4])
    assert visitor.value("meant") is None
    assert MINE in visitor.text


@pytest.mark.parametrize("model", ["Linear", "Hidden layer"])
def test_every_stage_of_training_explains_itself_with_the_drawing(visit, model):
    visitor = take(visit, THREE).open("training").set(model=model)
    for stage in choices.STAGES:
        texts = [one.value for one in visitor.set(stage=stage).app.markdown]
        said = [text for text in texts if text.startswith("**The specimen") and MINE not in text]
        assert len(said) == 1, stage
        assert visitor.said("error") == visitor.said("warning") == [], stage


def test_the_stages_show_the_drawings_own_probability_and_loss(visit):
    visitor = take(visit, THREE).open("training").set(stage="2 Predict")
    p, _ = (share / 100 for share in numbers(visitor.line("**The specimen** gets").replace("%", ""))[1::2])
    said = numbers(visitor.set(stage="3 Loss").line("**The specimen** has a loss"))
    assert said == pytest.approx([3, 1 - p, 7, p], abs=6e-4)  # mnist_loss is 1 - p of the right digit
    known = visitor.set(meant=3).line("**The specimen** is a 3")
    assert numbers(known)[-1] == pytest.approx(1 - p, abs=6e-4)


# Nonsense


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strokes", "x"),
        ("strokes", "UAAAA"),
        ("strokes", "_AAA"),
        ("strokes", f"{SEVEN}."),
        ("strokes", "g" * 5000),
        ("strokes", [SEVEN, SEVEN]),
        ("own", "x"),
        ("own", "A" * 3000),
        ("own", BLANK[:-2]),
        ("own", "<script>"),
        ("meant", "5"),
        ("meant", "x"),
    ],
)
@pytest.mark.parametrize("page", ["draw", "pixels", "training"])
def test_a_tampered_part_of_a_link_is_ignored_with_a_warning(visit, page, name, value):
    visitor = visit(page, **{name: value})
    (warning,) = visitor.said("warning")
    assert f"{name}=" in warning
    assert visitor.specimen == "valid/3/0002.png"
    assert name not in visitor.app.query_params


def test_a_blank_drawing_from_a_link_does_no_harm(visit):
    for page in ("home", "distance", "training", "draw"):
        visitor = visit(page, own=BLANK)
        assert MINE in visitor.text
        assert visitor.said("error") == []


def test_a_link_with_strokes_only_puts_them_on_the_canvas(visit):
    visitor = visit("draw", strokes=THREE)
    assert (judged_by(visitor, "L2") == judged_by(draw(visit("draw"), THREE), "L2")).all()
    assert write_strokes(()) == ""

"""Draw: what is drawn or uploaded is judged as core judges it. The canvas needs a browser; what it sends does not."""

import itertools
import reprlib

import numpy as np
import pytest
from PIL import Image

from core.drawing import photo
from core.drawing.normalise import Switches, go_through, ink_of
from core.drawing.pen import fit_pen
from core.drawing.strokes import draw_strokes
from core.drawing.transform import Adjustment, adjust
from sources.readers import picture
from tests.pages.draw_page import (
    CROSSED_SEVEN,
    SEVEN,
    SMALL,
    THREE,
    card,
    data_of,
    draw,
    is_blank,
    judged_by,
    picture_of_seven,
    seen,
    send_drawing,
    shown,
    stroke,
    to_ideals,
    upload,
    verdicts,
)
from ui import server
from ui.draw.canvas_json import write_drawing
from ui.state import keys
from ui.state.drawing_text import CANVAS_LIMIT, parse_strokes


def nested(stroke: dict, depth: int) -> dict:
    """Return a drawing of one stroke whose path is a list in a list, and so on."""
    path = []
    for _ in range(depth):
        path = [path]
    return {"objects": [stroke | {"path": path}]}


# Drawn


def test_before_the_first_stroke_the_page_invites_to_draw(visit):
    visitor = visit("draw")
    assert is_blank(visitor)
    assert "Draw a 3 or a 7" in verdicts(visitor)["said"]


def test_an_emptied_canvas_gets_the_invitation_again(visit):
    visitor = draw(visit("draw"), SEVEN)
    assert not is_blank(visitor)
    assert is_blank(draw(visitor, ""))


@pytest.mark.parametrize("digits", [(3, 7), (1, 3, 7), tuple(range(10))], ids=str)
def test_a_drawing_is_judged_by_its_distance_to_each_ideal(visit, mnist, digits):
    visitor = visit("draw", digits=list(map(str, digits)))
    for text, digit in ((SEVEN, 7), (THREE, 3)):
        draw(visitor, text)
        for name in ("L1", "L2"):
            expected = to_ideals(mnist, seen(text), name, digits)
            np.testing.assert_allclose(judged_by(visitor, name), expected, atol=1e-5)
            if digits == (3, 7):
                assert digits[expected.argmin()] == digit
        assert card(visitor, "L2")["digit"] == str(digits[judged_by(visitor, "L2").argmin()])


def test_the_page_shows_the_pixels_that_are_judged(visit):
    assert abs(shown(draw(visit("draw"), SEVEN)) - seen(SEVEN)).max() <= 1


def test_each_stroke_changes_the_answers(visit):
    visitor = draw(visit("draw"), SEVEN)
    before = judged_by(visitor, "L2")
    assert (judged_by(draw(visitor, CROSSED_SEVEN), "L2") != before).all()


def test_a_dot_anywhere_is_judged_too(visit):
    visitor = visit("draw")
    for dot, pen in itertools.product([(0, 0), (140, 140), (279, 279)], (8, 28)):
        draw(visitor, stroke(dot, pen=pen))
        assert np.isfinite(judged_by(visitor, "L2")).all(), (dot, pen)


NO_DRAWINGS = [
    7,
    [],
    "objects",
    {},
    {"objects": 7},
    {"objects": [7]},
    {"objects": [{"type": "Path"}]},
    {"objects": [{"type": "Path", "strokeWidth": "wide", "path": [["M", 1, 2], ["L", 3, 4]]}]},
    {"objects": [{"type": "Path", "strokeWidth": 20, "path": [["M", 1e999, 2], ["L", 3, 4]]}]},
    {"objects": [{"type": "Image", "src": "https://localhost/cat.png"}]},
    nested({}, 900),
    nested({"type": "Path", "strokeWidth": 20}, 900),
    {"objects": 50 * write_drawing(parse_strokes(stroke(*(20 * [(20, 20), (260, 260)])), CANVAS_LIMIT))["objects"]},
    {"objects": 50_000 * write_drawing(parse_strokes(stroke((9, 9)), CANVAS_LIMIT))["objects"]},
]


def test_what_no_canvas_would_send_gets_one_warning_and_the_next_stroke_is_judged(visit):
    visitor = visit("draw")
    for drawing in NO_DRAWINGS:
        named = reprlib.repr(drawing)
        send_drawing(visitor, drawing)
        (sentence,) = visitor.said("warning")
        too_much = isinstance(drawing, dict) and len(str(drawing)) > 30_000
        said = "more on this paper than can be judged" if too_much else "has sent no drawing"
        assert said in sentence, named
        assert visitor.said("error") == [], named
        assert is_blank(visitor), named
    assert not is_blank(draw(visitor, SEVEN))


@pytest.mark.parametrize(
    "state", [{"drawing": 7}, {"drawing": [7]}, {"drawing": {"data": None}}, {"backgroundFit": 7}], ids=str
)
def test_a_component_that_sends_something_else_gets_one_warning(visit, state):
    visitor = visit("draw")
    visitor.app.session_state[keys.DRAWING] = state
    visitor.run()
    assert [one.startswith("The canvas has sent no drawing") for one in visitor.said("warning")] == [True]


def test_two_strokes_that_arrive_together_are_undone_and_redone_one_by_one(visit):
    visitor = visit("draw")
    draw(visitor, CROSSED_SEVEN)
    after_both = judged_by(visitor, "L2")
    visitor.press("Undo")
    after_one = judged_by(visitor, "L2")
    assert (after_one != after_both).all()
    visitor.press("Undo")
    assert is_blank(visitor)
    visitor.press("Redo")
    assert (judged_by(visitor, "L2") == after_one).all()
    visitor.press("Redo")
    assert (judged_by(visitor, "L2") == after_both).all()
    visitor.press("Clear")
    assert is_blank(visitor)
    visitor.press("Undo")
    assert (judged_by(visitor, "L2") == after_both).all()


def test_a_second_click_with_nothing_left_to_undo_or_redo_changes_nothing(visit):
    visitor = visit("draw")
    draw(visitor, SEVEN)
    history = visitor.app.session_state[keys.PAPER]
    history.past.clear()  # as the first click does, before the page is drawn again
    visitor.press("Undo")
    assert (history.text, [*history.past], history.future) == (SEVEN, [], [])
    draw(visitor, "").press("Undo")
    history.future.clear()
    visitor.press("Redo")
    assert (history.text, [*history.past], history.future) == (SEVEN, [], [])


def test_examples_can_be_put_on_the_canvas_without_a_pen_and_be_undone(visit):
    visitor = visit("draw").press("A 3")
    three = judged_by(visitor, "L2")
    assert three.argmin() == 0
    assert judged_by(visitor.press("A 7"), "L2").argmin() == 1
    for odd in ("An 8", "Scribble"):
        assert "every ideal**" in visitor.press(odd).text
    assert is_blank(visitor.press("Clear"))
    for _ in range(4):
        visitor.press("Undo")
    assert (judged_by(visitor, "L2") == three).all()


def test_a_drawing_is_still_there_after_other_pages(visit):
    visitor = draw(visit("draw"), SEVEN)
    before = judged_by(visitor, "L2")
    assert (judged_by(visitor.open("pixels").open("draw"), "L2") == before).all()


def test_the_digits_in_play_are_named(visit):
    assert "Draw a 0, a 4 or an 8" in verdicts(visit("draw", digits=["0", "4", "8"]))["said"]


# Uploaded and photographed


@pytest.mark.parametrize(("ink", "paper"), [(30, 220), (220, 30)], ids=["dark on light", "light on dark"])
def test_an_uploaded_picture_is_judged_as_a_drawing_is(visit, mnist, ink, paper):
    visitor = upload(visit("draw"), picture_of_seven(ink, paper))
    digit = go_through(photo.find_ink(np.asarray(picture_of_seven(ink, paper))).kept).digit
    assert abs(shown(visitor) - digit).max() <= 1
    np.testing.assert_allclose(judged_by(visitor, "L2"), to_ideals(mnist, digit, "L2"), atol=1e-5)
    assert ("dark ink on light paper" in visitor.text) == (ink < paper)


def test_the_decision_which_is_ink_can_be_overruled(visit):
    visitor = upload(visit("draw"), picture_of_seven())
    right = shown(visitor)
    visitor.set(ink_is="Light on dark")
    assert "light ink on dark paper" in visitor.text or visitor.said("warning")
    assert (shown(visitor.set(ink_is="Decide")) == right).all()


@pytest.mark.parametrize("name", ["even", "threshold", "largest"])
def test_each_stage_of_a_photo_can_be_switched_off(visit, name):
    noisy = np.asarray(picture_of_seven()) * np.linspace(0.3, 1, 320)[None] * np.linspace(0.3, 1, 240)[:, None]
    noisy[215:225, 120:130] = 20
    visitor = upload(visit("draw"), Image.fromarray(noisy.astype(np.uint8)))
    before = shown(visitor)
    assert (shown(visitor.set(**{name: False})) != before).any()


def test_a_file_that_is_no_picture_gets_one_error_and_the_drawing_stays(visit):
    visitor = draw(visit("draw"), SEVEN)
    before = judged_by(visitor, "L2")
    for content in (b"", b"no picture", b"\x89PNG\r\n\x1a\n", bytes(100)):
        upload(visitor, content)
        problems = [one.startswith("This file can't be read as a picture") for one in visitor.said("error")]
        assert problems == [True], content
        assert (judged_by(visitor.set(way="Draw"), "L2") == before).all(), content


def test_a_white_photo_has_no_ink(visit):
    visitor = upload(visit("draw"), Image.new("L", (300, 200), 255))
    assert [one.startswith("There is no ink") for one in visitor.said("warning")] == [True]
    assert is_blank(visitor)
    assert verdicts(visitor)["said"] == "Nothing to judge yet. Show a picture of a 3 or a 7."


def test_the_page_asks_for_the_camera_only_when_it_is_chosen(visit):
    visitor = visit("draw")
    assert len(visitor.app.get("camera_input")) == 0
    assert len(visitor.set(way="Camera").app.get("camera_input")) == 1


# Stages and changes


@pytest.mark.parametrize("name", ["crop", "fit", "centre"])
def test_switching_a_stage_off_changes_what_is_judged(visit, mnist, name):
    visitor = draw(visit("draw"), SMALL).set(**{name: False})
    digit = go_through(ink_of(draw_strokes(fit_pen(parse_strokes(SMALL)))), Switches(**{name: False})).digit
    assert abs(shown(visitor) - digit).max() <= 1
    np.testing.assert_allclose(judged_by(visitor, "L1"), to_ideals(mnist, digit, "L1"), atol=1e-5)


def test_without_the_first_stage_paper_is_taken_for_ink(visit):
    inverted = shown(draw(visit("draw"), SEVEN).set(find_ink=False))
    assert inverted[0].min() == 0  # the paper is 20 x 20 of the 28 x 28 pixels
    assert inverted[10, 5] > 250


CHANGES = {
    "move_right": (4, Adjustment(right=4)),
    "move_down": (-3, Adjustment(down=-3)),
    "scale": (0.7, Adjustment(scale=0.7)),
    "turn": (30, Adjustment(turn=30)),
    "thicker": (3, Adjustment(thicker=3)),
}


def test_a_slider_changes_what_is_judged_and_one_click_resets_it(visit):
    visitor = draw(visit("draw"), SEVEN)
    for name, (value, by) in CHANGES.items():
        visitor.set(**{name: value})
        assert abs(shown(visitor) - adjust(seen(SEVEN), by)).max() <= 1, name
        assert abs(shown(visitor.press("Back to the usual")) - seen(SEVEN)).max() <= 1, name


@pytest.mark.parametrize(
    ("name", "values", "field"), [("turn", range(-45, 46, 3), "turn"), ("move_right", range(-8, 9), "right")]
)
def test_each_method_shows_where_it_gives_way_while_the_drawing_is_pushed(visit, mnist, name, values, field):
    visitor = draw(visit("draw"), SEVEN).set(**{name: values[-3]})
    pushed = data_of(visitor, keys.PUSH)
    (card,) = (one for one in pushed["cards"] if one["method"] == "L2")
    to_3, to_7 = np.array(
        [to_ideals(mnist, adjust(seen(SEVEN), Adjustment(**{field: value})), "L2") for value in values]
    ).T
    assert card["answers"] == (to_7 < to_3).astype(int).tolist()
    np.testing.assert_allclose(card["shares"], to_3 / (to_3 + to_7), atol=1e-4)  # of the 7, its answer without a push
    first, last = card["kept"]
    assert (to_7 < to_3)[first : last + 1].all()
    assert pushed["at"] == pytest.approx((len(values) - 3) / (len(values) - 1))
    assert is_blank(visitor) is False
    assert (shown(visitor.press("Undo the push")) == seen(SEVEN)).all()


def test_every_stage_is_shown(visit):
    visitor = draw(visit("draw"), SEVEN)
    assert len(visitor.pictures("Stage: ")) == 4
    assert len(upload(visitor, picture_of_seven()).pictures("Stage: ")) == 6


def test_a_picture_is_read_outside_the_servers_process(visit, monkeypatch):
    monkeypatch.setattr(photo, "opened", None)  # in this process no picture can be opened
    visitor = upload(visit("draw"), picture_of_seven())
    assert "dark ink on light paper" in visitor.text


def test_a_picture_that_has_to_wait_for_others_can_be_tried_again(visit, monkeypatch):
    monkeypatch.setattr(picture, "MOST_IN_LINE", 0.01)
    slots = [server.picture_slots() for _ in range(picture.MOST_AT_ONCE)]
    for slot in slots:
        slot.acquire()
    visitor = upload(visit("draw"), picture_of_seven())
    assert [one.startswith("Other pictures are being read") for one in visitor.said("warning")] == [True]
    for slot in slots:
        slot.release()
    assert "dark ink on light paper" in visitor.press("Try again").text

"""Draw: what is drawn or photographed is judged as core judges it. The canvas needs a browser; its text does not."""

import io
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from core.classifiers import training
from core.drawing import photo
from core.drawing.normalise import Switches, go_through, ink_of
from core.drawing.strokes import PenStroke, draw_strokes
from core.drawing.transform import Adjustment, adjust
from tests.pages.oracle import Judged, distances, ideal
from tests.pages.visitor import numbers, shrunk
from ui import server
from ui.draw.canvas_json import write_drawing
from ui.frame import own_model
from ui.state import keys
from ui.state.drawing_text import CANVAS_LIMIT, parse_strokes, write_strokes


def stroke(*corners: tuple[int, int], pen: int = 20) -> str:
    """Write one stroke along these corners as the canvas does, in steps of a few pixels."""
    points = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        parts = max(1, max(abs(x1 - x0), abs(y1 - y0)) // 6)
        points += [(x0 + (x1 - x0) * n // parts, y0 + (y1 - y0) * n // parts) for n in range(1, parts + 1)]
    return write_strokes((PenStroke(pen, np.array(points)),))


SEVEN = stroke((70, 60), (210, 60), (120, 230))
THREE = stroke((80, 60), (180, 60), (200, 95), (180, 130), (120, 135), (190, 150), (205, 190), (180, 225), (80, 230))
SMALL = stroke((20, 20), (55, 20), (35, 65), pen=8)  # a small 7 in a corner
INVITATION = "The paper is blank. Draw "


def seen(text: str) -> np.ndarray:
    """Return what the models see of strokes."""
    return go_through(ink_of(draw_strokes(parse_strokes(text, CANVAS_LIMIT)))).digit


def draw(visitor, text: str):
    """Lift the pen: hand the page what the canvas would."""
    return hand_over(visitor, write_drawing(parse_strokes(text, len(text))))


def hand_over(visitor, drawing):
    """Hand the page a drawing in the canvas' own terms."""
    visitor.app.session_state[keys.DRAWING] = {"drawing": {"raw": drawing, "data": None}}
    return visitor.run()


def upload(visitor, picture, name: str = "digit.png"):
    """Upload a picture, or the bytes of a file."""
    if not isinstance(picture, bytes):
        file = io.BytesIO()
        picture.save(file, "PNG")
        picture = file.getvalue()
    visitor.set(way="Upload")
    visitor.app.file_uploader[0].set_value((name, picture, "image/png"))
    return visitor.run()


def picture_of_seven(ink: int = 30, paper: int = 220) -> Image.Image:
    picture = Image.new("L", (320, 240), paper)
    ImageDraw.Draw(picture).line([(110, 60), (210, 60), (150, 190)], ink, 16, joint="curve")
    return picture


def shown(visitor) -> np.ndarray:
    """Return the 28 x 28 pixels that the page says are all that the methods see."""
    (picture,) = visitor.pictures("The drawing as 28 × 28")
    return 255 - shrunk(picture).astype(int)


def judged_by(visitor, method: str) -> np.ndarray:
    """Return the numbers of one method for each digit in play."""
    return visitor.table("L1").loc[method].to_numpy(dtype=float)


# Drawn


def test_before_the_first_stroke_there_is_an_invitation(visit):
    visitor = visit("draw")
    assert [one.startswith(f"{INVITATION}a 3 or a 7") for one in visitor.said("info")] == [True]
    assert "methods say" not in visitor.text


def test_an_emptied_canvas_gets_the_invitation_again(visit):
    visitor = draw(visit("draw"), SEVEN)
    assert visitor.said("info") == []
    assert len(draw(visitor, "").said("info")) == 1


@pytest.mark.parametrize(("text", "digit"), [(SEVEN, 7), (THREE, 3)], ids=["seven", "three"])
@pytest.mark.parametrize("digits", [(3, 7), (1, 3, 7), tuple(range(10))], ids=str)
def test_a_drawing_is_judged_by_its_distance_to_each_ideal(visit, mnist, text, digit, digits):
    visitor = draw(visit("draw", digits=list(map(str, digits))), text)
    for name in ("L1", "L2"):
        expected = distances(seen(text)[None], [ideal(mnist, d) for d in digits], name)[0]
        np.testing.assert_allclose(judged_by(visitor, name), expected, atol=1e-5)
        if digits == (3, 7):
            assert digits[expected.argmin()] == digit
    assert f'<dt>L2</dt><dd class="answer">{digits[judged_by(visitor, "L2").argmin()]}' in visitor.text


def test_the_page_shows_the_pixels_that_are_judged(visit):
    assert abs(shown(draw(visit("draw"), SEVEN)) - seen(SEVEN)).max() <= 1


def test_each_stroke_changes_the_verdict(visit):
    visitor = draw(visit("draw"), SEVEN)
    before = judged_by(visitor, "L2")
    assert (judged_by(draw(visitor, f"{SEVEN}.{stroke((110, 150), (200, 140))}"), "L2") != before).all()


@pytest.mark.parametrize("dot", [(0, 0), (140, 140), (279, 279)], ids=str)
@pytest.mark.parametrize("pen", [8, 28])
def test_a_dot_anywhere_is_judged_too(visit, dot, pen):
    visitor = draw(visit("draw"), stroke(dot, pen=pen))
    assert np.isfinite(judged_by(visitor, "L2")).all()


@pytest.mark.parametrize(
    "drawing",
    [
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
        {"objects": 50 * write_drawing(parse_strokes(stroke(*(20 * [(20, 20), (260, 260)])), CANVAS_LIMIT))["objects"]},
    ],
    ids=lambda drawing: str(drawing)[:60],
)
def test_what_no_canvas_would_hand_over_is_one_sentence_and_the_next_stroke_is_judged(visit, drawing):
    visitor = hand_over(visit("draw"), drawing)
    (sentence,) = visitor.said("warning")
    assert "more on this paper than can be judged" in sentence
    assert visitor.said("error") == []
    assert "methods say" not in visitor.text
    assert "methods say" in draw(visitor, SEVEN).text


def test_undo_takes_strokes_back_one_by_one_though_two_came_in_one_go_and_redo_brings_them(visit):
    visitor = visit("draw")
    both = f"{SEVEN}.{stroke((110, 150), (200, 140))}"
    draw(visitor, both)
    after_both = judged_by(visitor, "L2")
    visitor.press("Undo")
    after_one = judged_by(visitor, "L2")
    assert (after_one != after_both).all()
    visitor.press("Undo")
    assert len(visitor.said("info")) == 1
    visitor.press("Redo")
    assert (judged_by(visitor, "L2") == after_one).all()
    visitor.press("Redo")
    assert (judged_by(visitor, "L2") == after_both).all()
    visitor.press("Clear")
    assert len(visitor.said("info")) == 1
    visitor.press("Undo")
    assert (judged_by(visitor, "L2") == after_both).all()


def test_the_second_click_of_two_finds_nothing_to_undo_or_redo_and_the_paper_stays_as_it_is(visit):
    visitor = visit("draw")
    draw(visitor, SEVEN)
    paper = visitor.app.session_state[keys.PAPER]
    paper.past.clear()  # as the first click has, whose page is not drawn yet
    visitor.press("Undo")
    assert (paper.text, [*paper.past], paper.future) == (SEVEN, [], [])
    draw(visitor, "").press("Undo")
    paper.future.clear()
    visitor.press("Redo")
    assert (paper.text, [*paper.past], paper.future) == (SEVEN, [], [])


def test_without_a_pen_a_three_a_seven_and_an_eight_can_be_put_on_the_paper_and_taken_back(visit):
    visitor = visit("draw").press("A 3")
    three = judged_by(visitor, "L2")
    assert three.argmin() == 0
    assert judged_by(visitor.press("A 7"), "L2").argmin() == 1
    for odd in ("An 8", "Scribble"):
        assert "every ideal**" in visitor.press(odd).text
    assert len(visitor.press("Clear").said("info")) == 1
    for _ in range(4):
        visitor.press("Undo")
    assert (judged_by(visitor, "L2") == three).all()


def test_a_drawing_is_still_there_after_other_pages(visit):
    visitor = draw(visit("draw"), SEVEN)
    before = judged_by(visitor, "L2")
    assert (judged_by(visitor.open("pixels").open("draw"), "L2") == before).all()


def test_the_digits_in_play_are_named(visit):
    assert any(f"{INVITATION}a 0, a 4 or an 8" in one for one in visit("draw", digits=["0", "4", "8"]).said("info"))


# Photographed


@pytest.mark.parametrize(("ink", "paper"), [(30, 220), (220, 30)], ids=["dark on light", "light on dark"])
def test_an_uploaded_picture_is_judged_as_a_drawing_is(visit, mnist, ink, paper):
    visitor = upload(visit("draw"), picture_of_seven(ink, paper))
    digit = go_through(photo.find_ink(np.asarray(picture_of_seven(ink, paper))).kept).digit
    assert abs(shown(visitor) - digit).max() <= 1
    expected = distances(digit[None], [ideal(mnist, d) for d in (3, 7)], "L2")[0]
    np.testing.assert_allclose(judged_by(visitor, "L2"), expected, atol=1e-5)
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


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", bytes(100)])
def test_a_file_that_is_no_picture_is_one_sentence_and_the_drawing_stays(visit, content):
    visitor = draw(visit("draw"), SEVEN)
    before = judged_by(visitor, "L2")
    upload(visitor, content)
    assert [one.startswith("This file can't be read as a picture") for one in visitor.said("error")] == [True]
    assert (judged_by(visitor.set(way="Draw"), "L2") == before).all()


def test_a_white_photo_has_no_ink(visit):
    visitor = upload(visit("draw"), Image.new("L", (300, 200), 255))
    assert [one.startswith("There is no ink") for one in visitor.said("warning")] == [True]


def test_the_camera_is_asked_for_only_when_it_is_chosen(visit):
    visitor = visit("draw")
    assert len(visitor.app.get("camera_input")) == 0
    assert len(visitor.set(way="Camera").app.get("camera_input")) == 1


# Stages and changes


@pytest.mark.parametrize("name", ["crop", "fit", "centre"])
def test_switching_a_stage_off_changes_what_is_judged(visit, mnist, name):
    visitor = draw(visit("draw"), SMALL).set(**{name: False})
    digit = go_through(ink_of(draw_strokes(parse_strokes(SMALL))), Switches(**{name: False})).digit
    assert abs(shown(visitor) - digit).max() <= 1
    expected = distances(digit[None], [ideal(mnist, d) for d in (3, 7)], "L1")[0]
    np.testing.assert_allclose(judged_by(visitor, "L1"), expected, atol=1e-5)


def test_without_the_first_stage_paper_is_taken_for_ink(visit):
    assert shown(draw(visit("draw"), SEVEN).set(find_ink=False))[0].min() == 0  # 20 x 20 of them lie in 28 x 28
    assert shown(draw(visit("draw"), SEVEN).set(find_ink=False))[10, 5] > 250


@pytest.mark.parametrize(
    ("name", "value", "by"),
    [
        ("move_right", 4, Adjustment(right=4)),
        ("move_down", -3, Adjustment(down=-3)),
        ("scale", 0.7, Adjustment(scale=0.7)),
        ("turn", 30, Adjustment(turn=30)),
        ("thicker", 3, Adjustment(thicker=3)),
    ],
)
def test_a_slider_changes_what_is_judged_and_the_usual_is_one_click_away(visit, name, value, by):
    visitor = draw(visit("draw"), SEVEN).set(**{name: value})
    assert abs(shown(visitor) - adjust(seen(SEVEN), by)).max() <= 1
    assert abs(shown(visitor.press("Back to the usual")) - seen(SEVEN)).max() <= 1


def test_every_stage_is_drawn(visit):
    visitor = draw(visit("draw"), SEVEN)
    assert len(visitor.pictures("Stage: ")) == 4
    assert len(upload(visitor, picture_of_seven()).pictures("Stage: ")) == 6


# The models


def until_trained(visitor):
    """Run the page until its models have learned: by its own clock it would do so each second."""
    for _ in range(300):
        if "training, " not in visitor.text:
            return visitor.run()
        time.sleep(0.1)
        visitor.run()
    raise TimeoutError(visitor.text)


@pytest.mark.parametrize("digits", [(3, 7), (2, 3, 7), tuple(range(10))], ids=str)
def test_every_model_answers_with_its_probabilities_of_the_digits_in_play(visit, home, digits):
    visitor = until_trained(draw(visit("draw", digits=list(map(str, digits))), SEVEN))
    judges = server.classifiers(server.builtin_digits().dataset())
    xb = torch.tensor(seen(SEVEN)).reshape(1, -1) / 255
    for kind, name in (("linear", "Linear"), ("hidden", "Hidden layer"), ("conv", "Convolution")):
        logits = training.logits(kind, judges.params(kind), xb)[0].double().numpy()[list(digits)]
        expected = np.exp(logits) / np.exp(logits).sum()
        np.testing.assert_allclose(judged_by(visitor, name), expected, atol=1e-4)
    assert len(visitor.pictures("the gradient with respect to each pixel")) == 2


def test_models_that_cannot_be_trained_are_said_and_the_baselines_answer(fresh_server, own_home, anywhere, monkeypatch):
    monkeypatch.setattr("live.classifiers.train_steps", None)  # which no worker can call
    visitor = draw(anywhere("draw"), SEVEN)
    for _ in range(100):
        if visitor.said("warning"):
            break
        time.sleep(0.1)
        visitor.run()
    visitor.run()  # it may have happened when the cards above it were there already
    assert [one.startswith("The models could not be trained") for one in visitor.said("warning")] == [True]
    assert visitor.text.count("could not be trained") >= 3
    assert np.isfinite(judged_by(visitor, "L2")).all()


def test_weight_times_pixel_sums_to_the_logit_that_the_probability_comes_from(visit):
    visitor = until_trained(draw(visit("draw"), SEVEN))
    said = visitor.line("For the 3", "biases")
    for_3, for_7, biases, total = (numbers(said)[place] for place in (3, 5, 6, 7))
    assert for_3 + for_7 + biases == pytest.approx(total, abs=0.02)
    p3, p7 = judged_by(visitor, "Linear")
    assert total == pytest.approx(np.log(p3 / p7), abs=0.01)


def test_the_learners_own_model_is_among_the_methods(visit):
    weights = torch.linspace(-1, 1, 784)[None]
    visitor = visit("draw")
    visitor.app.session_state[keys.MODEL] = own_model.OwnModel((3, 7), (weights, torch.tensor([0.5])), "mine")
    draw(visitor, SEVEN)
    logit = (seen(SEVEN).ravel() / 255 * np.linspace(-1, 1, 784)).sum() + 0.5
    assert judged_by(visitor, "Your model")[0] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-3)
    assert len(visitor.pictures("Your model: weight times pixel")) == 1
    assert "Your model" not in draw(visit("draw", digits=["3", "8"]), SEVEN).text


# Why, and neither


def test_the_difference_to_each_ideal_is_shown_in_blue_and_orange(visit, mnist):
    visitor = draw(visit("draw"), SEVEN)
    for digit in (3, 7):
        (picture,) = visitor.pictures(f"The drawing minus the ideal {digit}")
        difference = seen(SEVEN) / 255 - ideal(mnist, digit)
        drawn = np.asarray(Image.fromarray(picture).resize((28, 28), Image.Resampling.BOX)).astype(int)
        blue, orange = difference > 0.1, difference < -0.1
        assert (drawn[blue][:, 2] > drawn[blue][:, 0]).all()
        assert (drawn[orange][:, 0] > drawn[orange][:, 2]).all()


@pytest.mark.parametrize("text", [SEVEN, stroke((20, 20), (260, 30), (20, 60), (260, 90), (20, 150), (260, 250))])
def test_how_unlike_a_drawing_is_to_all_ideals_is_its_rank_among_validation_images(visit, mnist, text):
    visitor = draw(visit("draw"), text)
    others = Judged(mnist, "valid", (3, 7), "L2").distances
    nearest = np.concatenate([others[3], others[7]]).min(1)
    own = distances(seen(text)[None], [ideal(mnist, d) for d in (3, 7)], "L2")[0].min()
    said = visitor.line("Of 100 validation images")
    assert numbers(said)[1] == round(100 * (nearest < own).mean())
    assert ("every ideal" in said) == ((nearest < own).mean() >= 0.8)


@pytest.mark.parametrize("digits", [(3, 7), (4, 9), tuple(range(10))], ids=str)
def test_the_guess_tells_how_often_l1_and_l2_differ(visit, mnist, digits):
    visitor = visit("draw", digits=list(map(str, digits)))
    one, two = (Judged(mnist, "valid", digits, name).answers for name in ("L1", "L2"))
    differ = np.concatenate([one[digit] != two[digit] for digit in digits]).mean()
    options = visitor.app.get_by_key("guess_draw").options
    visitor.set(guess_draw=options[0] if differ == 0 else options[1] if differ <= 0.1 else options[2])
    assert numbers(visitor.line("is right."))[-2] == pytest.approx(100 * differ, abs=0.06)

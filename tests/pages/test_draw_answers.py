"""Draw: the answers of the models, the reasons for them, the question asked first, and the code that is shown."""

import io
import re
import shutil
import time

import numpy as np
import pytest
import torch

from core.classifiers import training
from live import weights_file
from sources.readers import picture
from tests.pages.draw_page import (
    SEVEN,
    THREE,
    draw,
    judged_by,
    picture_of_seven,
    seen,
    shown,
    stroke,
    to_ideals,
    until_trained,
    upload,
    verdicts,
)
from tests.pages.oracle import Judged, ideal
from tests.pages.shown_code import recorded_calls, shown_functions
from tests.pages.visitor import numbers, shrunk
from ui import server
from ui.frame.own_model import OwnModel
from ui.state import keys

BASELINES = {"l1_distance", "l2_distance", "distances_to", "nearest"}


@pytest.fixture
def own_weights() -> torch.Tensor:
    return torch.linspace(-1, 1, 784)[None]


def with_own_model(visitor, weights: torch.Tensor):
    """Put a linear model in the session, as Training does when the learner takes it along."""
    visitor.app.session_state[keys.MODEL] = OwnModel((3, 7), (weights, torch.tensor([0.5])), "mine")
    return visitor


# The models


@pytest.mark.parametrize("digits", [(3, 7), (2, 3, 7), tuple(range(10))], ids=str)
def test_every_model_answers_with_its_probabilities_of_the_digits_in_play(visit, home, digits):
    visitor = until_trained(draw(visit("draw", digits=list(map(str, digits))), SEVEN))
    classifiers = server.classifiers(server.builtin_digits().dataset())
    xb = torch.tensor(seen(SEVEN)).reshape(1, -1) / 255
    for kind, name in (("linear", "Linear"), ("hidden", "Hidden layer"), ("conv", "Convolution")):
        logits = training.logits(kind, classifiers.params(kind), xb)[0].double().numpy()[list(digits)]
        expected = np.exp(logits) / np.exp(logits).sum()
        np.testing.assert_allclose(judged_by(visitor, name), expected, atol=1e-4)
    assert len(visitor.pictures("the gradient with respect to each pixel")) == 2


def test_where_models_cannot_be_trained_the_page_says_so_and_the_baselines_answer(
    fresh_server, own_home, anywhere, monkeypatch
):
    shutil.rmtree(own_home / weights_file.FOLDER)
    monkeypatch.setattr("live.classifiers.train_steps", None)  # which no worker can call
    visitor = draw(anywhere("draw"), SEVEN)
    for _ in range(100):
        if visitor.said("warning"):
            break
        time.sleep(0.1)
        visitor.run()
    visitor.run()  # training may have failed after the cards above the warning were written
    assert [one.startswith("The models could not be trained") for one in visitor.said("warning")] == [True]
    assert [card["more"] for card in verdicts(visitor)["cards"][2:]] == 3 * ["could not be trained"]
    assert np.isfinite(judged_by(visitor, "L2")).all()
    assert not {"logits", "predict", "saliency", "contributions"} & {*shown_functions(visitor)}


def test_weight_times_pixel_sums_to_the_logit_that_the_probability_comes_from(visit):
    visitor = until_trained(draw(visit("draw"), SEVEN))
    said = visitor.line("For the 3", "biases")
    for_3, for_7, biases, total = (numbers(said)[place] for place in (3, 5, 6, 7))
    assert for_3 + for_7 + biases == pytest.approx(total, abs=0.02)
    assert "-" not in said  # minus signs are real ones
    p3, p7 = judged_by(visitor, "Linear")
    assert total == pytest.approx(np.log(p3 / p7), abs=0.01)


def test_the_learners_own_model_is_among_the_methods(visit, own_weights):
    visitor = draw(with_own_model(visit("draw"), own_weights), SEVEN)
    logit = (seen(SEVEN).ravel() / 255 * np.linspace(-1, 1, 784)).sum() + 0.5
    assert judged_by(visitor, "Your model")[0] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-3)
    assert len(visitor.pictures("Your model: weight times pixel")) == 1
    other = verdicts(draw(visit("draw", digits=["3", "8"]), SEVEN))
    assert "Your model" not in [card["method"] for card in other["cards"]]


@pytest.mark.parametrize("digits", [(3, 7), tuple(range(10))], ids=str)
def test_the_pixels_that_change_its_mind_turn_the_hidden_layer_and_a_new_stroke_takes_them_off(visit, digits):
    visitor = until_trained(draw(visit("draw", digits=list(map(str, digits))), SEVEN))
    before, unchanged = judged_by(visitor, "Hidden layer"), shown(visitor)
    assert len(visitor.pictures("The pixels that would change the answer")) == 1
    (promised,) = re.findall(r"and it says \*\*(\d)\*\*", visitor.line("Hidden layer says", "and it says"))
    visitor.press("Put them on the picture")
    after, changed = judged_by(visitor, "Hidden layer"), shown(visitor)
    assert digits[before.argmax()] != digits[after.argmax()] == int(promised)
    assert set(changed[changed != unchanged]) <= {0, 255}
    assert len(visitor.pictures("The pixels that are on the picture now")) == 1
    assert verdicts(visitor)["said"] in visitor.line("The pixels are on the picture now")
    assert (changed != unchanged).sum() < 100
    assert (judged_by(visitor.press("Take them off"), "Hidden layer") == before).all()
    visitor.press("Put them on the picture")
    draw(visitor, THREE)
    assert (shown(visitor) == seen(THREE)).all()


# Reasons and novelty


def test_the_difference_to_each_ideal_is_shown_in_blue_and_orange(visit, mnist):
    visitor = draw(visit("draw"), SEVEN)
    for digit in (3, 7):
        (picture,) = visitor.pictures(f"The drawing minus the ideal {digit}")
        difference = seen(SEVEN) / 255 - ideal(mnist, digit)
        colours = shrunk(picture)
        blue, orange = difference > 0.1, difference < -0.1
        assert (colours[blue][:, 2] > colours[blue][:, 0]).all()
        assert (colours[orange][:, 0] > colours[orange][:, 2]).all()


@pytest.mark.parametrize("text", [SEVEN, stroke((20, 20), (260, 30), (20, 60), (260, 90), (20, 150), (260, 250))])
def test_how_unlike_all_ideals_a_drawing_is_comes_from_its_rank_among_validation_images(visit, mnist, text):
    visitor = draw(visit("draw"), text)
    others = Judged(mnist, "valid", (3, 7), "L2").distances
    nearest = np.concatenate([others[3], others[7]]).min(1)
    own = to_ideals(mnist, seen(text), "L2").min()
    said = visitor.line("of the validation images lie nearer")
    assert f"**{100 * (nearest < own).mean():.1f}%** of the validation images" in said
    assert ("every ideal" in said) == ((nearest < own).mean() >= 0.8)


@pytest.mark.parametrize("digits", [(3, 7), (1, 3), tuple(range(10))], ids=str)
def test_the_guess_tells_how_often_l1_and_l2_differ(visit, mnist, digits):
    visitor = visit("draw", digits=list(map(str, digits)))
    one, two = (Judged(mnist, "valid", digits, name).answers for name in ("L1", "L2"))
    differ = np.concatenate([one[digit] != two[digit] for digit in digits])
    options, count = visitor.app.get_by_key("guess_draw").options, differ.sum()
    visitor.set(guess_draw=options[0] if count == 0 else options[1] if 10 * count <= len(differ) else options[2])
    assert f"they differ on {count:,} of {len(differ):,}." in visitor.line("is right.")


# The code drawer

FROM_BLANK_TO_INK = {"ink_of", "go_through", "box_of_ink", "fit_to_box", "centre_in_field", "adjust"}
STATES = {
    "blank": ({}, lambda visitor: visitor, BASELINES),
    "drawn": ({}, lambda visitor: draw(visitor, SEVEN), BASELINES | FROM_BLANK_TO_INK),
    "drawn, stages off": ({"fit": "false", "centre": "false"}, lambda visitor: draw(visitor, SEVEN), {"ink_of"}),
    "own model": ({}, lambda visitor: draw(visitor, SEVEN), {"as_classes", "contributions"}),
    "uploaded": ({}, lambda visitor: upload(visitor, picture_of_seven()), {"open_grey", "even_light", "largest_piece"}),
    "uploaded, stages off": (
        {"even": "false", "largest": "false", "ink_is": "Dark on light"},
        lambda visitor: upload(visitor, picture_of_seven()),
        {"open_grey", "otsu_level"},
    ),
}


@pytest.mark.parametrize(("link", "act", "expected"), STATES.values(), ids=STATES)
def test_the_code_drawer_shows_only_functions_that_the_page_has_called(
    request, fresh_server, visit, monkeypatch, own_weights, link, act, expected
):
    def read(kind, content, _slots):  # as the subprocess does, where calls can't be seen
        return picture.KINDS[kind][0](io.BytesIO(content))

    monkeypatch.setattr(picture, "read_apart", read)
    with recorded_calls() as called:
        visitor = visit("draw", **link)
        if "own model" in request.node.name:
            with_own_model(visitor, own_weights)
        functions = shown_functions(act(visitor))
    assert {name: place for name, place in functions.items() if place not in called} == {}
    assert expected <= {*functions}


def test_the_code_drawer_follows_the_drawing(visit):
    visitor = visit("draw")
    blank = shown_functions(visitor)
    drawn = shown_functions(draw(visitor, SEVEN))
    assert "ink_of" in drawn
    assert "ink_of" not in shown_functions(upload(visitor, picture_of_seven()))
    assert shown_functions(visitor.set(way="Draw").press("Clear")) == blank

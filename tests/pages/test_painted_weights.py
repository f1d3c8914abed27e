"""Paint the weights, on Training: what is said of a painting, against NumPy, and the run that goes on from it."""

import numpy as np
import pytest

from tests.pages.draw_page import SEVEN, draw, until_trained
from tests.pages.training_page import live, run_of, step
from ui.state import keys
from ui.state.painting_text import write_painting

EMPTY = np.zeros((28, 28), np.int8)
HOOK = EMPTY.copy()
HOOK[18:24, 6:20], HOOK[8:14, 5:11] = 2, -1


def words(visitor) -> str:
    return visitor.given(keys.PAINT)["words"]


def stroke(visitor, sent):
    """Report a stroke as the canvas in the browser does."""
    value = sent if not isinstance(sent, np.ndarray) else "".join(str(v + 2) for v in sent.ravel().tolist())
    return visitor.use(keys.PAINT, "stroke", value)


def judged(painting, mnist, digits=(3, 7)) -> list[np.ndarray]:
    """Say for each validation image of both digits whether it is right, by NumPy."""
    train, valid = ([mnist[split, d].reshape(-1, 784) / 255 for d in digits] for split in ("train", "valid"))
    weights = painting.ravel().astype(float)
    middle = sum(images.mean(0) @ weights for images in train) / 2
    return [valid[0] @ weights > middle, valid[1] @ weights <= middle]


def test_each_stroke_is_counted(training, mnist):
    visitor = training()
    assert words(visitor) == "Nothing is painted yet."
    assert [one.disabled for one in visitor.app.button if one.key == "train_painted"] == [True]
    for painting in (HOOK, -HOOK, np.maximum(HOOK, 0)):
        of_3, of_7 = judged(painting, mnist)
        both = np.concatenate([of_3, of_7])
        said = f"{both.mean():.1%} right: {of_3.mean():.1%} of the 3s and {of_7.mean():.1%} of the 7s"
        assert words(stroke(visitor, painting)) == said
        assert f"{(~of_3).sum()} of the 3s, taken for a 7" in visitor.text
        assert f"{(~of_7).sum()} of the 7s, taken for a 3" in visitor.text
    assert words(stroke(visitor, EMPTY)) == "Nothing is painted yet."


def test_what_is_no_painting_changes_nothing(training):
    visitor = stroke(training(), HOOK)
    before = words(visitor)
    for sent in ("", "2" * 783, "5" * 784, 7, None, {"a": 1}, ["2"] * 784, "²" * 784):
        assert words(stroke(visitor, sent)) == before, sent


def test_a_link_carries_the_painting(training):
    first = stroke(training(), HOOK)
    second = training(**dict(first.app.query_params))
    assert words(second) == words(first)
    assert "paint" not in stroke(second, EMPTY).app.query_params
    (warning,) = training(paint="nonsense").said("warning")
    assert "paint=nonsense" in warning


def test_gradient_descent_goes_on_from_painted_weights_and_shows_what_it_changed(training):
    visitor = stroke(training(pace="1").press("One step"), HOOK)
    said = words(visitor)
    visitor.press("Train from these weights").press("Pause")
    run = run_of(visitor)
    assert run.loaded
    weights = run.first[0].reshape(28, 28).numpy()
    np.testing.assert_allclose(weights / weights.max(), HOOK / 2, atol=1e-6)
    assert step(visitor) == 0
    assert "gradient descent changed" not in visitor.text
    visitor.press("One epoch")
    assert f"{run.history.at_epoch(0).valid_accuracy:.1%} right" in said
    assert float(live(visitor)["Validation loss"]) < run.history.at_epoch(0).valid_loss
    assert "What 4 steps of gradient descent changed" in visitor.text
    assert "no seed to repeat it from" in visitor.text
    assert "were not drawn at random" in visitor.set(stage="1 Initialise").text
    assert "gradient descent changed" not in visitor.press("Reset").press("One step").text


def test_pixels_that_change_a_mind_on_draw_do_not_touch_the_painted_weights(training):
    visitor = stroke(training(), HOOK).press("Train from these weights").press("Pause").press("One step")
    assert "What 1 step of gradient descent changed" in visitor.text
    until_trained(draw(visitor.open("draw"), SEVEN)).press("Put them on the picture").press("Take them off")
    assert "What 1 step of gradient descent changed" in visitor.open("training").text


def test_the_ideal_digits_can_paint(training):
    visitor = training()
    before = visitor.given(keys.PAINT)["edition"]
    visitor.press("Let the ideal digits paint")
    assert float(words(visitor).split("%")[0]) > 90
    assert visitor.given(keys.PAINT)["edition"] != before


@pytest.mark.parametrize("link", [{"model": "Hidden layer"}, {"digits": ["2", "3", "7"]}], ids=str)
def test_where_nothing_can_be_painted_a_sentence_says_why(training, link):
    visitor = training(paint=write_painting(HOOK), **link)
    assert "Weights can be painted for a linear model that tells two digits apart" in visitor.text
    visitor.press("One step")
    assert step(visitor) == 1

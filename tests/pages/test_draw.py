"""Draw: the canvas's picture is judged as core judges it. The canvas itself needs a browser; its answer does not."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.drawing import digit_from_drawing
from tests.pages.oracle import Judged, distances, ideal
from tests.pages.visitor import numbers, shrunk
from ui import state

SIDE = 280


def paper(**lines) -> Image.Image:
    """Return a white canvas with black strokes on it."""
    picture = Image.new("RGBA", (SIDE, SIDE), "white")
    for points in lines.values():
        ImageDraw.Draw(picture).line(points, fill="black", width=20, joint="curve")
    return picture


SEVEN = paper(top=[(70, 60), (210, 60)], down=[(210, 60), (120, 230)])
THREE = paper(upper=[(80, 60), (180, 60), (200, 95), (180, 130), (120, 135)],
              lower=[(120, 135), (190, 150), (205, 190), (180, 225), (80, 230)])  # fmt: skip


def draw(visitor, picture: Image.Image):
    """Lift the pen: hand the page what the canvas would."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    data = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    visitor.app.session_state[state.DRAWING] = {"drawing": {"raw": {"objects": []}, "data": data}}
    return visitor.run()


def test_before_the_first_stroke_there_is_an_invitation(visit):
    visitor = visit("draw")
    assert len(visitor.said("info")) == 1
    assert "By **L" not in visitor.text


@pytest.mark.parametrize("picture", [paper(), Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))], ids=["white", "clear"])
def test_a_blank_canvas_gets_an_invitation_and_no_verdict(visit, picture):
    visitor = draw(visit("draw"), picture)
    assert any("3 or 7" in one for one in visitor.said("info"))
    assert "By **L" not in visitor.text


@pytest.mark.parametrize(("picture", "digit"), [(SEVEN, 7), (THREE, 3)], ids=["seven", "three"])
@pytest.mark.parametrize("digits", [(3, 7), (1, 3, 7), tuple(range(10))], ids=str)
def test_a_drawing_is_judged_by_its_distance_to_each_ideal(visit, mnist, picture, digit, digits):
    visitor = draw(visit("draw", digits=list(map(str, digits))), picture)
    image = digit_from_drawing(np.asarray(picture))
    for name in ("L1", "L2"):
        expected = distances(image[None], [ideal(mnist, d) for d in digits], name)[0]
        np.testing.assert_allclose(visitor.table(name).loc[name], expected, atol=1e-5)
        first, second = np.sort(expected)[:2]
        verdict = visitor.line(f"By **{name}**")
        assert f"**{digits[expected.argmin()]}**" in verdict
        assert numbers(verdict)[-1] == pytest.approx(second - first, abs=6e-5)
    if digits == (3, 7):
        assert visitor.text.count(f"it is a **{digit}**") == 2


def test_the_page_shows_what_the_computer_sees(visit):
    (picture,) = draw(visit("draw"), SEVEN).pictures("The drawing as 28 x 28")
    np.testing.assert_allclose(shrunk(picture), 255 - digit_from_drawing(np.asarray(SEVEN)).astype(int), atol=1)


def test_each_stroke_changes_the_verdict(visit):
    visitor = draw(visit("draw"), SEVEN)
    before = visitor.table("L2").loc["L2"].tolist()
    crossed = SEVEN.copy()
    ImageDraw.Draw(crossed).line([(110, 150), (210, 150)], fill="black", width=20)
    assert draw(visitor, crossed).table("L2").loc["L2"].tolist() != before
    assert "By **L" not in draw(visitor, paper()).text


@pytest.mark.parametrize("dot", [(0, 0), (140, 140), (279, 279)], ids=str)
def test_a_dot_anywhere_is_judged_too(visit, dot):
    picture = paper()
    ImageDraw.Draw(picture).ellipse([dot[0] - 10, dot[1] - 10, dot[0] + 10, dot[1] + 10], fill="black")
    assert draw(visit("draw"), picture).text.count("By **L") == 2


def test_a_canvas_full_of_ink_is_judged_too(visit):
    assert draw(visit("draw"), Image.new("RGBA", (SIDE, SIDE), "black")).text.count("By **L") == 2


def test_the_digits_in_play_are_named_beside_the_canvas(visit):
    assert "0, 4 or 9" in visit("draw", digits=["0", "4", "9"]).line("**Draw a", "here")


@pytest.mark.parametrize("digits", [(3, 7), (4, 9), tuple(range(10))], ids=str)
def test_the_guess_tells_how_often_l1_and_l2_differ(visit, mnist, digits):
    visitor = visit("draw", digits=list(map(str, digits)))
    one, two = (Judged(mnist, "valid", digits, name).answers for name in ("L1", "L2"))
    differ = np.concatenate([one[digit] != two[digit] for digit in digits]).mean()
    options = visitor.app.get_by_key("guess_draw").options
    visitor.set(guess_draw=options[0] if differ == 0 else options[1] if differ <= 0.1 else options[2])
    assert numbers(visitor.line("is right."))[-2] == pytest.approx(100 * differ, abs=0.06)

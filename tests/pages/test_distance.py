"""Distance: every distance, accuracy, count and mistake is what NumPy finds on the same files."""

import base64
import io
import itertools

import numpy as np
import pytest
from PIL import Image

from tests.pages.oracle import Judged, distances, ideal
from tests.pages.visitor import numbers, shrunk

TWO, THREE = (3, 7), (2, 3, 7)


@pytest.fixture
def two(visit):
    """The page with the lesson's two digits, on a 7."""
    return visit("distance", digit="7", number="5")


@pytest.fixture
def three(visit):
    """The page with three digits, on a 2."""
    return visit("distance", digits=list(map(str, THREE)), digit="2", number="9")


def to_each(mnist, digit, number, digits, name):
    """The distances of one validation image to the ideals."""
    return distances(mnist["valid", digit][number : number + 1], [ideal(mnist, d) for d in digits], name)[0]


@pytest.mark.parametrize(("digits", "digit", "number"), [(TWO, 7, 5), (THREE, 2, 9), (tuple(range(10)), 4, 50)])
def test_the_specimen_is_measured_against_each_ideal(visit, mnist, digits, digit, number):
    visitor = visit("distance", digits=list(map(str, digits)), digit=str(digit), number=str(number))
    shown = [numbers(one.value) for one in visitor.app.markdown if one.value.startswith("L1 **")]
    expected = [to_each(mnist, digit, number, digits, name) for name in ("L1", "L2")]
    np.testing.assert_allclose(shown, np.transpose(expected), atol=6e-5)
    for name, distance in zip(("L1", "L2"), expected, strict=True):
        line = visitor.line(f"By **{name}**")
        order = distance.argsort()
        nearest, second = (digits[place] for place in order[:2])
        assert f"the ideal **{nearest}** is nearest" in line
        assert f"nearer than the {second} by" in line
        assert ("which is right" in line) == (nearest == digit)
        assert numbers(line)[-1] == pytest.approx(distance[order[1]] - distance[order[0]], abs=1.1e-4)


def test_the_unsigned_maps_are_darker_where_the_difference_is_larger(two, mnist):
    for kind, digit in itertools.product(("Squared", "Absolute"), TWO):
        if two.value("map") != kind:
            two.set(map=kind)
        (picture,) = two.pictures(f"{kind} difference of the specimen and the ideal {digit}")
        difference = abs(mnist["valid", 7][5] / 255 - ideal(mnist, digit)) ** (2 if kind == "Squared" else 1)
        np.testing.assert_allclose(255 - shrunk(picture), 255 * difference, atol=1)


def test_the_signed_map_is_blue_where_the_specimen_has_more_ink_and_orange_where_it_has_less(two, mnist):
    two.set(map="Absolute").set(map="Signed")
    (picture,) = two.pictures("Signed difference of the specimen and the ideal 3")
    difference = mnist["valid", 7][5] / 255 - ideal(mnist, 3)
    red, _, blue = np.moveaxis(shrunk(picture), 2, 0)
    assert (blue - red)[difference > 0.3].min() > 40
    assert (red - blue)[difference < -0.3].min() > 40
    assert abs(red - blue)[abs(difference) < 0.002].mean() < 6


def test_positive_and_negative_parts_cancel_as_they_do_in_numpy(three, mnist):
    table = three.table("Plain sum")
    for digit, (_, row) in zip(THREE, table.iterrows(), strict=True):
        difference = mnist["valid", 2][9] / 255 - ideal(mnist, digit)
        expected = [
            difference[difference > 0].sum(),
            difference[difference < 0].sum(),
            difference.sum(),
            difference.mean(),
            abs(difference).mean(),
            np.sqrt((difference**2).mean()),
        ]
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-4)


def test_the_bars_end_where_the_parts_and_their_sums_do(three, mnist):
    bars = three.chart("part", "from", "to").set_index(["name", "part"])
    for digit in THREE:
        difference = mnist["valid", 2][9] / 255 - ideal(mnist, digit)
        more, less = difference[difference > 0].sum(), difference[difference < 0].sum()
        of = bars.loc[f"ideal {digit}"]
        expected = [[0, more], [more + less, more], [0, more + less]]
        np.testing.assert_allclose(of[["from", "to"]], expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(of["sum"], [more, less, more + less], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("digits", "right"), [(TWO, 0.71), ((4, 9), 0.49), (tuple(range(10)), 0.219)], ids=["3, 7", "4, 9", "all ten"]
)
def test_the_plain_mean_is_right_on_no_more_than_these(visit, mnist, digits, right):
    table = visit("distance", digits=list(map(str, digits))).table("of all")
    for split, title in (("train", "Training"), ("valid", "Validation")):
        answers = {d: np.array(digits)[plain_means(mnist, split, d, digits).argmin(1)] for d in digits}
        right_answers = [answers[digit] == digit for digit in digits]
        expected = [one.mean() for one in (np.concatenate(right_answers), *right_answers)]
        np.testing.assert_allclose(table.loc[f"{title}, plain mean"], expected, atol=1e-6)
    assert table.loc["Validation, plain mean", "of all"] == pytest.approx(right)


def plain_means(mnist, split, digit, digits):
    """The size of the mean difference of each image of a digit to each ideal."""
    return abs(np.stack([(mnist[split, digit] / 255 - ideal(mnist, one)).mean((1, 2)) for one in digits], 1))


def test_the_button_finds_images_that_the_plain_mean_gets_wrong_one_after_the_other(two, mnist):
    found = []
    for _ in range(3):
        two.press("it gets wrong")
        digit, number = int(two.value("digit")), int(two.value("number"))
        assert two.value("split") == "valid"
        assert TWO[plain_means(mnist, "valid", digit, TWO)[number].argmin()] != digit
        assert f"but the specimen is a {digit}" in two.line("By the **plain mean**")
        assert two.line("By **L2**", f"the ideal **{digit}** is nearest")
        found.append((digit, number))
    assert found == sorted({*found})


def test_the_nearest_ideals_are_marked_among_ten(visit, mnist):
    ten = tuple(range(10))
    visitor = visit("distance", digits=list(map(str, ten)), digit="4", number="50")
    cards = [one.value for one in visitor.app.markdown if one.value.startswith("L1 **")]
    for line, name in enumerate(("L1", "L2")):
        marked = [digit for digit, card in enumerate(cards) if "nearest" in card.split("\n")[line]]
        assert marked == [to_each(mnist, 4, 50, ten, name).argmin()]


def test_by_hand_and_by_library_agree(three, mnist):
    for digit in (2, 7):
        three.set(a=digit)
        l1, l2 = (to_each(mnist, 2, 9, (digit,), name)[0] for name in ("L1", "L2"))
        results = [numbers(line)[0] for line in three.line("F.l1_loss").split("\n") if not line.startswith(">>>")]
        assert results == [pytest.approx(l1, abs=2e-6)] * 2
        results = [numbers(line)[0] for line in three.line("F.mse_loss").split("\n") if not line.startswith(">>>")]
        assert results[:2] == [pytest.approx(l2, abs=2e-6)] * 2
        assert results[2] == pytest.approx(l2**2, abs=2e-6)


@pytest.mark.parametrize("digits", [TWO, (4, 9), tuple(range(10))], ids=str)
def test_the_accuracies_are_numpys(visit, mnist, digits):
    table = visit("distance", digits=list(map(str, digits))).table("of all")
    for split, title in (("train", "Training"), ("valid", "Validation")):
        for name in ("L1", "L2"):
            judged = Judged(mnist, split, digits, name)
            expected = [judged.overall(), *(judged.accuracy(digit) for digit in digits)]
            np.testing.assert_allclose(table.loc[f"{title}, {name}"], expected, atol=1e-6)


def test_the_scatter_and_the_matrix_follow_the_split_and_the_distance(two, mnist):
    for split, name in itertools.product(("valid", "train"), ("L1", "L2")):
        two.set(scored=split, judge=name)
        judged = Judged(mnist, split, TWO, name)
        points = two.chart("to_a", "to_b", "number")
        assert len(points) == sum(len(mnist[split, digit]) for digit in TWO)
        for digit in TWO:
            own = points[points.digit == str(digit)].sort_values("number")
            np.testing.assert_allclose(own[["to_a", "to_b"]], judged.distances[digit], atol=1e-5)
            assert own.answer.astype(int).tolist() == judged.answers[digit].tolist()
        cells = two.chart("digit", "answer", "count", "share")
        counts = {(int(c.digit), int(c.answer)): c["count"] for _, c in cells.iterrows()}
        assert counts == {(d, e): judged.count(d, e) for d in TWO for e in TWO}
        assert cells.groupby("digit").share.sum().tolist() == pytest.approx([1, 1])


def test_the_ring_in_the_scatter_is_the_specimen(two, mnist):
    (ring,) = (data for data in two.charts("to_a", "to_b") if "number" not in data)
    np.testing.assert_allclose(ring[["to_a", "to_b"]], [to_each(mnist, 7, 5, TWO, "L2")], atol=1e-5)


def test_with_more_digits_the_axes_of_the_scatter_can_be_chosen(three, mnist):
    judged = Judged(mnist, "valid", THREE, "L2")
    three.set(across=7).set(up=2)
    points = three.chart("to_a", "to_b", "number")
    assert {*points.digit} == {"2", "7"}
    for digit in (2, 7):
        own = points[points.digit == str(digit)].sort_values("number")
        np.testing.assert_allclose(own.to_a, judged.distances[digit][:, 2], atol=1e-5)
        np.testing.assert_allclose(own.to_b, judged.distances[digit][:, 0], atol=1e-5)


def test_both_axes_may_show_the_same_digit(three):
    three.set(across=7).set(up=7)
    points = three.chart("to_a", "to_b", "number")
    assert {*points.digit} == {"7"}
    assert points.to_a.tolist() == points.to_b.tolist()


def test_a_click_on_a_point_takes_that_image(two):
    two.set(scored="train").click("scatter", point=[{"digit": "3", "number": 271}])
    assert two.specimen == "train/3/0271.png"
    two.click("scatter", point=[])  # a click beside all points
    assert two.specimen == "train/3/0271.png"


def test_small_pictures_of_the_images_are_in_the_tooltips_unless_there_are_too_many(two, mnist, monkeypatch):
    points = two.chart("to_a", "to_b", "number")
    point = points[(points.digit == "7") & (points.number == 41)].iloc[0]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(point.image.split(",")[1]))).convert("L"))
    np.testing.assert_allclose(255 - shrunk(picture), mnist["valid", 7][41], atol=40)
    monkeypatch.setattr("ui.distance.all_images.MOST_PICTURED", 199)
    assert "image" not in two.run().chart("to_a", "to_b", "number")


def shown(visitor):
    """Return the images of the gallery as (digit, number, caption), in order."""
    return [(*map(int, one["name"].split("/")), one["caption"]) for one in visitor.given("gallery")]


def test_a_cell_opens_the_images_in_it(two, mnist):
    for cell in itertools.product(TWO, repeat=2):
        digit, answer = cell
        two.click("confusion", cell=[{"digit": digit, "answer": answer}])
        assert two.value("confusion_cell") == cell
        inside = Judged(mnist, "valid", TWO, "L2").cell(*cell)[:16]
        if inside:
            assert [one[:2] for one in shown(two)] == [(digit, number) for number, _ in inside], cell
            captions = [numbers(caption)[0] for *_, caption in shown(two)]
            np.testing.assert_allclose(captions, [margin for _, margin in inside], atol=6e-4)
        else:
            assert any("No image" in one for one in two.said("info")), cell


def test_a_cell_can_be_opened_by_its_name_too(three, mnist):
    three.set(confusion_cell=(2, 7))
    inside = Judged(mnist, "valid", THREE, "L2").cell(2, 7)
    assert [one[:2] for one in shown(three)] == [(2, number) for number, _ in inside[:16]]


def test_a_cell_of_a_digit_out_of_play_is_closed(three):
    three.set(confusion_cell=(2, 7)).set(digits=[3, 7])
    assert three.value("confusion_cell") == "mistakes"


def test_at_first_the_most_confident_mistakes_are_shown(three, mnist):
    judged = Judged(mnist, "valid", THREE, "L2")
    margins = {digit: judged.margins(digit) for digit in THREE}
    mistakes = sorted((margins[d][n], d, n) for d in THREE for n in range(100) if margins[d][n] < 0)
    assert [one[:2] for one in shown(three)] == [(digit, number) for _, digit, number in mistakes[:16]]
    for (margin, digit, number), (*_, caption) in zip(mistakes, shown(three), strict=False):
        words, written = caption.split("\n")
        assert words == f"a {digit} taken for a {judged.answers[digit][number]}"
        assert numbers(written)[0] == pytest.approx(margin, abs=6e-4)
        assert written.startswith("−")


def test_an_image_of_the_gallery_becomes_the_specimen_when_it_is_clicked(three):
    digit, number, _ = shown(three)[1]
    three.use("gallery", "click", f"{digit}/{number}")
    assert three.specimen == f"valid/{digit}/{number:04}.png"
    assert [one["chosen"] for one in three.given("gallery")][:3] == [False, True, False]


def test_a_click_on_an_image_that_is_no_longer_shown_changes_nothing(three):
    before = three.specimen
    for sent in ("7/99", "valid", "", 3, None, [1]):
        assert three.use("gallery", "click", sent).specimen == before, sent


def test_a_nudge_moves_accuracy_and_loss_as_numpy_says(two, mnist):
    two.set(a=7)
    for nudge in (0.0001, 0.01, 1.0, 10.0, 0, -0.0001, -2.4):
        table = two.set(nudge=nudge).table("Change")
        (before, loss_before), (after, loss_after) = expected = [nudged(mnist, by) for by in (0, nudge)]
        for column, (right, loss) in zip(("Before", "After"), expected, strict=True):
            assert numbers(table.loc["Right answers", column]) == [right, 200], nudge
            assert float(table.loc["Loss", column]) == pytest.approx(loss, rel=1e-5)
        assert numbers(table.loc["Right answers", "Change"]) == [after - before], nudge
        assert numbers(table.loc["Loss", "Change"])[0] == pytest.approx(loss_after - loss_before, rel=0.02)


def nudged(mnist, by: float) -> tuple[int, float]:
    """How many validation images are right, and their loss, if this is added to one pixel of the ideal 7."""
    row, column = 7, 9  # where the pixel stands that is picked to begin with
    images = np.concatenate([mnist["valid", digit] for digit in TWO]) / 255
    targets = np.repeat([0, 1], 100)
    weights = np.stack([ideal(mnist, digit) for digit in TWO])
    weights[1, row, column] += by
    logits = -((images[:, None] - weights) ** 2).sum((2, 3))
    highest = logits.max(1)
    log_sum = highest + np.log(np.exp(logits - highest[:, None]).sum(1))
    return (logits.argmax(1) == targets).sum(), (log_sum - logits[np.arange(200), targets]).mean()


@pytest.mark.parametrize(("nudge", "ends"), [(0.0001, [-4, 4]), (-10, [-10, 10])])
def test_both_curves_go_over_negative_and_positive_nudges(two, nudge, ends):
    rows = two.set(nudge=nudge).layers("nudge", "loss", "right")
    for data in rows:
        curve = data[data.layer == "curve"]
        assert [curve.nudge.min(), curve.nudge.max()] == ends
        steps = curve.right.diff().dropna()
        assert (steps == 0).mean() > 0.3  # a staircase
        assert (curve.loss.diff().dropna() != 0).all()
        (here,) = data[data.layer == "now"].itertuples()
        assert here.nudge == nudge
    assert len(rows) == 2


@pytest.mark.parametrize("digits", [TWO, (4, 9), (3, 8), (0, 2), tuple(range(10))], ids=str)
def test_the_guess_tells_the_share_that_the_nearest_ideal_gets_right(visit, mnist, digits):
    visitor = visit("distance", digits=list(map(str, digits)))
    images = 100 * len(digits)
    right = round(Judged(mnist, "valid", digits, "L2").overall() * images)
    bands = visitor.app.get_by_key("guess_distance").options
    share = 100 * right / images
    answer = bands[0] if share < 70 else bands[1] if share < 90 else bands[2] if share < 98 else bands[3]
    visitor.set(guess_distance=answer)
    said = visitor.line("is right.", "validation images right")
    assert f"It gets {right:,} of the {images:,} validation images right: {share:.1f}%" in said

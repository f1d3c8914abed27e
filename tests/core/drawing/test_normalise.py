"""A drawing becomes 28 x 28 pixels as in MNIST: cropped, scaled to 20, centred by mass."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from core.dataset import read_dataset
from core.drawing.normalise import box_of_ink, centre_in_field, centre_of_mass, fit_to_box, go_through, ink_of

SIDE = 280  # of the canvas
MIDDLE = 14  # the row and the column where MNIST's digits balance, counted from 0: the last test holds us to it
BLACK, WHITE, CLEAR = (0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0)


def drawn(strokes, pen: int, at: tuple[int, int] = (0, 0), paper=WHITE, size: int = SIDE) -> np.ndarray:
    """Draw strokes, each a list of (x, y), with round ends: (size, size, 4) uint8."""
    canvas = Image.new("RGBA", (size, size), paper)
    pencil = ImageDraw.Draw(canvas)
    for stroke in strokes:
        points = [(x + at[0], y + at[1]) for x, y in stroke]
        pencil.line(points, BLACK, pen, joint="curve")
        for x, y in points:
            pencil.ellipse([x - pen // 2, y - pen // 2, x + pen // 2, y + pen // 2], BLACK)
    return np.asarray(canvas)


def digit_of(rgba: np.ndarray) -> np.ndarray | None:
    """Take a drawing through every stage."""
    stages = go_through(ink_of(rgba))
    return None if stages is None else stages.digit


def ink_box(image: np.ndarray) -> tuple[int, int]:
    """Return height and width of the smallest box around all that is not paper."""
    rows, columns = np.nonzero(image)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


points = st.tuples(st.integers(0, 120), st.integers(0, 120))
drawings = st.lists(st.lists(points, min_size=1, max_size=5), min_size=1, max_size=4)
pens = st.integers(8, 30)
seven = [[(60, 60), (200, 60), (120, 220)]]


# Ink


def test_dark_and_opaque_pixels_are_ink():
    black_at = [(0, 0, 0, alpha) for alpha in range(256)]
    assert ink_of(np.array([black_at], np.uint8)).tolist() == [list(range(256))]
    rgba = np.array([[BLACK, WHITE, CLEAR, (100, 100, 100, 255), (255, 0, 0, 255)]], np.uint8)
    # grey 100 is 155 from white; red shines with 0.299 of 255, so 255 - 76 = 179
    assert ink_of(rgba).tolist() == [[255, 0, 0, 155, 179]]
    assert ink_of(rgba).dtype == np.uint8


@given(hnp.arrays(np.uint8, (3, 5, 4)))
def test_ink_is_pillows_grey_of_the_drawing_on_white_paper(rgba):
    paper = Image.new("RGBA", (5, 3), "white")
    grey = np.asarray(Image.alpha_composite(paper, Image.fromarray(rgba)).convert("L"))
    # Pillow rounds after each of its two steps
    np.testing.assert_allclose(ink_of(rgba).astype(int), 255 - grey.astype(int), atol=2)


# Each stage


def test_cropping_keeps_exactly_the_rows_and_columns_with_ink():
    ink = np.zeros((9, 9), np.uint8)
    ink[2, 3], ink[5, 6] = 200, 100
    np.testing.assert_array_equal(ink[box_of_ink(ink)], ink[2:6, 3:7])


def test_faint_edges_are_cropped_away():
    ink = np.zeros((9, 9), np.uint8)
    ink[4, 4], ink[0, 0] = 255, 16
    assert ink[box_of_ink(ink)].shape == (1, 1)


def test_ink_that_is_just_dark_enough_is_kept():
    ink = np.zeros((9, 9), np.uint8)
    ink[0, 2] = ink[7, 8] = 17
    np.testing.assert_array_equal(ink[box_of_ink(ink)], ink[:8, 2:])


@pytest.mark.parametrize("value", [0, 16])
def test_paper_without_ink_has_nothing_to_crop(value):
    assert box_of_ink(np.full((9, 9), value, np.uint8)) is None


@given(st.integers(1, 600), st.integers(1, 600))
@example(1, 600)
@example(600, 1)
def test_the_longest_side_becomes_20_and_the_aspect_ratio_stays(height, width):
    h, w = fit_to_box(np.full((height, width), 255, np.uint8)).shape
    assert max(h, w) == 20
    shorter = 20 * min(height, width) / max(height, width)
    assert min(h, w) >= 1
    assert abs(min(h, w) - max(1, shorter)) <= 0.5


@given(hnp.arrays(np.uint8, (200, 120)))
def test_ten_by_ten_pixels_become_their_mean(ink):
    means = ink.reshape(20, 10, 12, 10).mean((1, 3))
    np.testing.assert_allclose(fit_to_box(ink), means, atol=1)


def test_an_edge_that_is_enlarged_is_a_cubic_curve():
    # From 0 to 255, flat on both sides, Catmull and Rom's curve is 255 / 2 (t + 3 t^2 - 2 t^3). Four pixels for one
    # lie at t = 1/8, 3/8, 5/8, 7/8 between the middles of the second and the third.
    ink = np.tile(np.array([0, 0, 255, 255, 255], np.uint8), (5, 1))
    t = np.array([1, 3, 5, 7]) / 8
    curve = 255 / 2 * (t + 3 * t**2 - 2 * t**3)
    expected = np.concatenate([np.zeros(6), curve, np.full(10, 255)])
    np.testing.assert_allclose(fit_to_box(ink), np.tile(expected, (20, 1)), atol=1)


@pytest.mark.parametrize("side", [13, 16, 19])
def test_a_linear_gradient_stays_linear_when_enlarged_a_little(side):
    ink = np.tile(np.arange(side, dtype=np.uint8) * 12, (side, 1))
    places = (np.arange(20) + 0.5) * side / 20 - 0.5  # of the new pixels' middles among the old
    within = (places >= 1) & (places <= side - 2)  # nearer to an edge there is no neighbour on one side
    np.testing.assert_allclose(fit_to_box(ink)[:, within], np.tile(12 * places[within], (20, 1)), atol=1)


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_the_centre_of_mass_is_the_mean_position_weighted_by_ink(ink):
    assume(ink.any())
    height, width = ink.shape
    row, column = centre_of_mass(ink)
    assert row == pytest.approx(np.average(np.arange(height), weights=ink.sum(1, dtype=float)))
    assert column == pytest.approx(np.average(np.arange(width), weights=ink.sum(0, dtype=float)))


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 28), st.integers(1, 28))))
def test_nothing_is_cut_off_and_the_centre_of_mass_is_as_near_the_middle_as_possible(ink):
    assume(ink.any())
    field = centre_in_field(ink)
    assert field.shape == (28, 28)
    assert sorted(field[field > 0]) == sorted(ink[ink > 0])
    for axis, (balance, before) in enumerate(zip(centre_of_mass(field), centre_of_mass(ink), strict=True)):
        moved = round(balance - before)
        inked = np.flatnonzero(ink.any(1 - axis))  # paper round it does not count
        at_an_edge = moved in (-inked[0], 27 - inked[-1])
        assert abs(balance - MIDDLE) <= 0.5 + 1e-9 or at_an_edge


def test_the_faintest_ink_is_not_cut_off_when_it_is_centred():
    ink = np.zeros((7, 9), np.uint8)
    ink[3, 4], ink[1, 2], ink[5, 7] = 255, 1, 1
    field = centre_in_field(ink)
    assert sorted(field[field > 0]) == [1, 1, 255]
    assert field[14, 14] == 255


# The whole way


@pytest.mark.parametrize("paper", [WHITE, CLEAR, (255, 255, 255, 0)])
def test_a_blank_canvas_is_no_digit(paper):
    assert digit_of(drawn([], 20, paper=paper)) is None


def test_a_few_faint_specks_far_apart_are_no_digit():
    rgba = np.full((280, 280, 4), 255, np.uint8)
    rgba[0, 0, :3] = rgba[279, 279, :3] = 235  # ink 20, which vanishes among 14 x 14 pixels of paper
    assert digit_of(rgba) is None


@given(drawings, pens)
def test_a_drawing_becomes_a_digit_of_mnists_size_and_position(strokes, pen):
    digit = digit_of(drawn(strokes, pen, (60, 60)))
    assert digit.shape == (28, 28)
    assert digit.dtype == np.uint8
    assert max(ink_box(digit)) == 20
    for axis, balance in enumerate(centre_of_mass(digit)):
        inked = np.flatnonzero(digit.any(1 - axis))
        at_an_edge = inked[0] == 0 or inked[-1] == 27
        assert abs(balance - MIDDLE) <= 0.5 + 1e-9 or at_an_edge


@given(drawings, pens, st.integers(20, 130), st.integers(20, 130))
def test_the_position_on_the_paper_does_not_matter(strokes, pen, x, y):
    rgba = drawn(strokes, pen, (60, 60))
    elsewhere = np.roll(rgba, (y - 60, x - 60), (0, 1))  # drawn there anew, a line of Pillow's may differ by a pixel
    np.testing.assert_array_equal(digit_of(elsewhere), digit_of(rgba))


@pytest.mark.parametrize("size", [280, 400, 1000])
def test_neither_the_paper_nor_its_size_matters(size):
    expected = digit_of(drawn(seven, 20))
    np.testing.assert_array_equal(digit_of(drawn(seven, 20, paper=CLEAR, size=size)), expected)


@pytest.mark.parametrize("times", [2, 3])
def test_the_size_of_the_drawing_hardly_matters(times):
    small = drawn(seven, 20)
    large = np.kron(small, np.ones((times, times, 1), np.uint8))
    difference = digit_of(large).astype(int) - digit_of(small)
    assert np.abs(difference).mean() < 1  # of 255: only edges are rounded otherwise


def test_a_tiny_drawing_is_enlarged():
    rgba = np.full((10, 10, 4), 255, np.uint8)
    rgba[2:8, 4:6, :3] = 0  # 6 high, 2 wide: 20 high and 7 wide once enlarged
    assert ink_box(digit_of(rgba)) == (20, 7)


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(4))))
def test_any_pixels_are_a_digit_or_a_blank_canvas(rgba):
    digit = digit_of(rgba)
    if digit is None:
        return
    assert digit.shape == (28, 28)
    assert digit.dtype == np.uint8
    assert digit.any()


def test_a_drawing_is_not_written_to():
    rgba = drawn(seven, 20)
    before = rgba.copy()
    digit_of(rgba)
    np.testing.assert_array_equal(rgba, before)


def test_mnists_own_digits_enlarged_ten_times_are_normalised_to_themselves(built_in_folder):
    images = read_dataset(built_in_folder).valid.images.numpy()
    for image in images[::4]:
        ink = np.kron(image, np.ones((10, 10), np.uint8))
        rgba = np.stack([255 - ink] * 3 + [np.full_like(ink, 255)], axis=-1)
        # what is too faint to count as ink, up to 16, may be cropped away
        np.testing.assert_allclose(digit_of(rgba).astype(int), image.astype(int), atol=16)

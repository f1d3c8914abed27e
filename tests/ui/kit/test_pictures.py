"""Pictures: paper is white, ink is black, and the sign of a difference is blue or orange."""

import base64
import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from ui.kit import pictures

images = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=8))
BLUE, ORANGE, WHITE = (11, 107, 181), (224, 123, 0), (255, 255, 255)


def test_0_is_white_and_255_is_black():
    drawn = np.asarray(pictures.ink(torch.tensor([[0, 255]], dtype=torch.uint8), 1))
    assert drawn.tolist() == [[255, 0]]


def test_an_image_in_0_to_1_is_drawn_like_one_in_bytes():
    drawn = np.asarray(pictures.ink(torch.tensor([[0.0, 0.5, 1.0]]), 1))
    assert drawn.tolist() == [[255, 127, 0]]  # 0.5 * 255 = 127.5, rounded to the even 128


def test_values_beyond_0_to_1_are_drawn_as_the_nearest_end():
    assert np.asarray(pictures.ink(torch.tensor([[-2.0, 3.0]]), 1)).tolist() == [[255, 0]]


@given(images, some.integers(1, 5))
def test_a_picture_is_enlarged_with_hard_edges(image, scale):
    drawn = np.asarray(pictures.ink(torch.from_numpy(image.copy()), scale))
    np.testing.assert_array_equal(drawn, np.kron(255 - image, np.ones((scale, scale), dtype=np.uint8)))


@given(images)
def test_drawing_an_image_leaves_it_as_it_was(image):
    tensor = torch.from_numpy(image.copy())
    pictures.ink(tensor, 2)
    np.testing.assert_array_equal(tensor, image)


def test_more_is_blue_less_is_orange_and_equal_is_white():
    drawn = np.asarray(pictures.signed(torch.tensor([[1.0, -1.0, 0.0]]), 1))
    assert [tuple(pixel) for pixel in drawn[0].tolist()] == [BLUE, ORANGE, WHITE]


@pytest.mark.filterwarnings("error")
def test_weights_of_a_run_that_has_diverged_are_drawn_without_a_warning():
    drawn = np.asarray(pictures.signed(torch.tensor([[np.inf, -np.inf, np.nan]]), 1))
    assert [tuple(pixel) for pixel in drawn[0].tolist()] == [BLUE, ORANGE, WHITE]


def test_a_difference_beyond_the_reach_has_the_full_colour():
    drawn = np.asarray(pictures.signed(torch.tensor([[0.2, -0.7]]), 1, reach=0.2))
    assert [tuple(pixel) for pixel in drawn[0].tolist()] == [BLUE, ORANGE]


@given(some.floats(0, 1), some.floats(0, 1))
def test_the_larger_a_difference_the_stronger_its_colour(one, other):
    small, large = sorted((one, other))
    for sign in (1, -1):
        drawn = np.asarray(pictures.signed(torch.tensor([[sign * small, sign * large]]), 1)).astype(int)
        assert (drawn[0, 1] <= drawn[0, 0]).all()


@pytest.mark.parametrize("scale", [1, 3])
def test_a_colour_image_keeps_its_channels(scale):
    tensor = torch.tensor([[[255, 1]], [[2, 254]], [[3, 4]]], dtype=torch.uint8)  # (3, 1, 2)
    drawn = np.asarray(pictures.colour(tensor, scale))
    assert drawn.shape == (scale, 2 * scale, 3)
    assert drawn[::scale, ::scale].tolist() == [[[255, 2, 3], [1, 254, 4]]]


@pytest.mark.parametrize(("n", "columns"), [(1, 3), (3, 3), (4, 3), (7, 2)])
def test_a_sheet_has_the_images_row_by_row(n, columns):
    stack = torch.randint(1, 256, (n, 5, 4), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    drawn = np.asarray(pictures.sheet(stack, columns, scale=1, gap=2))
    rows = -(-n // columns)
    assert drawn.shape == (rows * 7 - 2, columns * 6 - 2)
    for place, image in enumerate(stack.numpy()):
        top, left = place // columns * 7, place % columns * 6
        np.testing.assert_array_equal(drawn[top : top + 5, left : left + 4], 255 - image)
    assert (drawn < 255).sum() == stack.numel()  # everything else is paper


def test_a_data_url_holds_the_same_picture():
    picture = pictures.signed(torch.linspace(-1, 1, 28).reshape(4, 7), 2)
    head, packed = pictures.data_url(picture).split(",", 1)
    assert head == "data:image/png;base64"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(packed)))), np.asarray(picture))

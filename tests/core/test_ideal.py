"""The ideal digit is the mean, pixel by pixel. NumPy in float64 is the oracle."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.ideal import ideal_digit, ideal_digits, stack_images, to_unit

stacks = hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.just(28), st.just(28)))


@given(stacks)
def test_the_ideal_is_the_mean_of_each_pixel(images):
    ideal = ideal_digit(torch.from_numpy(images))
    assert ideal.shape == (28, 28)
    assert ideal.dtype == torch.float32
    np.testing.assert_allclose(ideal.numpy(), images.mean(axis=0, dtype=np.float64) / 255, atol=1e-6)


@given(stacks, st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(images, random):
    order = list(range(len(images)))
    random.shuffle(order)
    shuffled = torch.from_numpy(images[order])
    torch.testing.assert_close(ideal_digit(shuffled), ideal_digit(torch.from_numpy(images)), atol=1e-6, rtol=0)


@given(hnp.arrays(np.uint8, (28, 28)))
def test_the_ideal_of_one_image_is_that_image(image):
    assert torch.equal(ideal_digit(torch.from_numpy(image[None])), to_unit(torch.from_numpy(image)))


def test_each_stack_gets_its_own_ideal_however_many_images_it_has():
    white, black = torch.zeros(3, 28, 28, dtype=torch.uint8), torch.full((5, 28, 28), 255, dtype=torch.uint8)
    ideals = ideal_digits([black, white])
    assert ideals.shape == (2, 28, 28)
    assert ideals[0].unique().tolist() == [1.0]
    assert ideals[1].unique().tolist() == [0.0]


def test_pixels_become_floats_from_0_to_1_in_any_shape():
    unit = to_unit(torch.arange(256, dtype=torch.uint8).reshape(2, 4, 32))
    assert unit.dtype == torch.float32
    np.testing.assert_array_equal(unit.numpy(), (np.arange(256, dtype=np.float32) / 255).reshape(2, 4, 32))


@given(stacks)
def test_stacking_keeps_values_order_and_dtype(images):
    stacked = stack_images([torch.from_numpy(image) for image in images])
    assert stacked.dtype == torch.uint8
    np.testing.assert_array_equal(stacked.numpy(), np.stack(list(images)))


def test_no_images_and_unequal_shapes_can_not_be_stacked():
    with pytest.raises(RuntimeError, match="non-empty"):
        stack_images([])
    with pytest.raises(RuntimeError, match="equal size"):
        stack_images([torch.zeros(28, 28), torch.zeros(28, 27)])

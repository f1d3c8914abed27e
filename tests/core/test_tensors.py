"""What PyTorch can do that NumPy can't, and what the two share."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.tensors import derivative_of_square, share_and_copy


@given(st.floats(-1000, 1000))
def test_the_slope_of_the_square_is_two_x(x):
    assert derivative_of_square(x) == pytest.approx(2 * x, rel=1e-6)


def test_the_slope_agrees_with_a_small_finite_difference():
    x, h = 3.0, 1e-6
    assert derivative_of_square(x) == pytest.approx(((x + h) ** 2 - (x - h) ** 2) / (2 * h))


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=8), st.integers(-1000, 1000))
def test_a_shared_tensor_changes_with_the_array_and_a_copy_does_not(values, first):
    array, shared, copied = share_and_copy(values, first)
    assert array.tolist() == shared.tolist() == [first, *values[1:]]
    assert copied.tolist() == values
    assert array.dtype == np.int64
    assert shared.dtype == copied.dtype == torch.int64


def test_memory_stays_shared_after_the_call():
    array, shared, copied = share_and_copy([1, 2, 3], 42)
    array[2] = 9
    assert shared.tolist() == [42, 2, 9]
    assert copied.tolist() == [1, 2, 3]

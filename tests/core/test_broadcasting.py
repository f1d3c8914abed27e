"""Broadcasting, with NumPy and PyTorch as the oracles of what fits."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.broadcasting import MAX_AXES, MAX_SIZE, align, parse_shape, stretched_strides, subtract_shapes

shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
pairs_that_fit = hnp.mutually_broadcastable_shapes(num_shapes=2, min_dims=0, max_dims=4, min_side=0, max_side=4).map(
    lambda found: found.input_shapes
)


def result_shape(a, b):
    """Return the sizes of the aligned axes, or None if one does not fit."""
    sizes = tuple(axis.size for axis in align(a, b))
    return None if None in sizes else sizes


def by_numpy(a, b):
    """Return the shape that NumPy gives, or None if the shapes don't fit."""
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


@given(shapes, shapes)
def test_any_two_shapes_fit_exactly_if_numpy_says_so(a, b):
    assert result_shape(a, b) == by_numpy(a, b)


@given(pairs_that_fit)
def test_shapes_that_fit_give_numpys_shape_whichever_comes_first(pair):
    a, b = pair
    assert result_shape(a, b) == result_shape(b, a) == np.broadcast_shapes(a, b)
    assert subtract_shapes(a, b) == np.broadcast_shapes(a, b)


@given(shapes, shapes)
def test_shapes_that_do_not_fit_give_the_error_that_real_tensors_give(a, b):
    if by_numpy(a, b) is not None:
        assert subtract_shapes(a, b) == by_numpy(a, b)
        return
    with pytest.raises(RuntimeError) as real:
        torch.zeros(a) - torch.zeros(b)
    with pytest.raises(RuntimeError) as shown:
        subtract_shapes(a, b)
    assert str(shown.value) == str(real.value)


def test_the_example_of_the_page():
    axes = align((1010, 28, 28), (28, 28))
    assert [(axis.a, axis.b) for axis in axes] == [(1010, None), (28, 28), (28, 28)]
    assert [axis.stretched("b") for axis in axes] == [True, False, False]
    assert not any(axis.stretched("a") for axis in axes)
    assert result_shape((1010, 28, 28), (28, 28)) == (1010, 28, 28)
    # one image is 28 x 28 numbers; the next of the 1010 is 0 further: the same one again
    assert stretched_strides((28, 28), (1010, 28, 28)) == (0, 28, 1)


def test_an_axis_that_does_not_fit_has_no_size_and_stretches_nothing():
    first, last = align((5, 3), (5, 4))
    assert (first.fits, first.size) == (True, 5)
    assert (last.fits, last.size) == (False, None)
    assert not last.stretched("a")
    assert not last.stretched("b")
    assert result_shape((5, 3), (5, 4)) is None


@given(pairs_that_fit)
def test_an_axis_stretches_where_its_size_differs_from_the_results(pair):
    a, b = pair
    result = np.broadcast_shapes(a, b)
    for name, shape in (("a", a), ("b", b)):
        padded = (None,) * (len(result) - len(shape)) + shape
        expected = [own != size for own, size in zip(padded, result, strict=True)]
        assert [axis.stretched(name) for axis in align(a, b)] == expected


@given(pairs_that_fit)
def test_strides_are_numpys_wherever_there_is_a_next_element(pair):
    a, b = pair
    result = np.broadcast_shapes(a, b)
    for shape in pair:
        expected = np.broadcast_to(np.zeros(shape, np.uint8), result).strides  # one byte each: strides in numbers
        if 0 in result:
            continue
        for size, stride, theirs in zip(result, stretched_strides(shape, result), expected, strict=True):
            assert size == 1 or stride == theirs


def test_a_shape_can_not_be_expanded_to_one_that_it_does_not_fit():
    with pytest.raises(RuntimeError):
        stretched_strides((3,), (4,))


def test_the_largest_allowed_shapes_take_no_memory():
    largest = (MAX_SIZE,) * MAX_AXES
    assert subtract_shapes(largest, largest) == largest
    assert stretched_strides((1,), largest) == (0,) * MAX_AXES


@given(st.lists(st.integers(1, MAX_SIZE), max_size=MAX_AXES).map(tuple))
def test_a_shape_is_read_as_python_writes_it(shape):
    assert parse_shape(str(shape)) == shape
    assert parse_shape(str(shape)[1:-1]) == shape
    assert parse_shape(f"  {str(shape).replace(' ', '')} ") == shape


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "28 28",
        "28; 28",
        "-1, 28",
        "1.5",
        "0",
        "28, 0",
        "10001",
        "99999999999999999999",
        "1, 1, 1, 1, 1",
        "1,,2",
        ", 28",
        "٣",
        "²",
        "1e3",
        "(28), (28)",
        "__import__('os')",
        "28\n28",
        "28\x00",
    ],
)
def test_text_that_is_no_shape_or_too_large_gets_one_sentence(text):
    with pytest.raises(ValueError, match=r"^(A shape is|Try at most) [^\n]*\.$"):
        parse_shape(text)


@given(st.text(alphabet="0123456789 ,()-.x٣²\n", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_shape_within_the_limits_or_a_value_error(text):
    try:
        shape = parse_shape(text)
    except ValueError:
        return
    assert len(shape) <= MAX_AXES
    assert all(1 <= size <= MAX_SIZE for size in shape)

"""A colour picture becomes a tensor of three channels; a bad file becomes one sentence."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core import pictures
from core.tensors import channels_first
from tests.pictures import file_of, hollow_png


def open_colour(file: io.BytesIO, **options) -> torch.Tensor:
    return channels_first(pictures.open_colour(file, **options))


SOME = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30), st.just(3))))
def test_channels_come_first_and_every_value_is_kept(array):
    tensor = open_colour(file_of(array))
    assert tensor.dtype == torch.uint8
    assert tensor.is_contiguous()
    np.testing.assert_array_equal(tensor.numpy(), array.transpose(2, 0, 1))


def test_a_grey_picture_has_three_equal_channels():
    tensor = open_colour(file_of(SOME[..., 0]))
    assert torch.equal(tensor, torch.from_numpy(SOME[..., 0]).expand(3, 40, 30))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(30, 40, (3, 40, 30)), (512, 256, (3, 128, 256)), (256, 1024, (3, 256, 64)), (3000, 10, (3, 1, 256))],
)
def test_a_large_picture_is_made_smaller_and_keeps_its_aspect_ratio(kind, width, height, expected):
    assert open_colour(file_of(np.zeros((height, width, 3), np.uint8), kind)).shape == expected


def test_a_smaller_picture_keeps_its_colours():
    array = np.zeros((800, 800, 3), np.uint8)
    array[:] = 10, 200, 90
    tensor = open_colour(file_of(array, "JPEG", quality=95), longest=100)
    assert tensor.shape == (3, 100, 100)
    np.testing.assert_allclose(tensor.float().mean((1, 2)).numpy(), [10, 200, 90], atol=3)


def test_a_picture_that_claims_to_be_large_is_refused_with_the_limit():
    with pytest.raises(ValueError, match="has 60 million pixels or more: choose one of at most 55 million"):
        open_colour(io.BytesIO(hollow_png(10_000, 6_000)))


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (2**31 - 1, 1)])
def test_a_picture_that_claims_to_be_enormous_is_refused_before_it_is_unpacked(width, height):
    with pytest.raises(ValueError, match=r"choose [^\n]*\.$"):
        open_colour(io.BytesIO(hollow_png(width, height)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"This is no picture.",
        b"\x89PNG\r\n\x1a\n",
        hollow_png(30, 40),
        hollow_png(30, 40, length=5),
        hollow_png(0, 0),
        file_of(SOME).getvalue()[:-500],
        file_of(SOME, "JPEG").getvalue()[:300],
        file_of(SOME, "WEBP").getvalue()[:300],
        file_of(SOME).getvalue()[200:],
    ],
    ids=[
        "empty",
        "text",
        "a signature",
        "a header",
        "a short header",
        "no pixels",
        "half a PNG",
        "half a JPEG",
        "half a WebP",
        "the second half",
    ],
)
def test_an_unreadable_file_gets_a_sentence_that_says_what_to_choose(content):
    with pytest.raises(ValueError, match=r"choose [^\n]*\.$"):
        open_colour(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@given(place=st.integers(0, 5000), lost=st.integers(0, 40), put=st.binary(max_size=40))
def test_a_picture_damaged_anywhere_is_a_tensor_or_a_sentence(kind, place, lost, put):
    whole = file_of(SOME, kind).getvalue()
    place %= len(whole)
    try:
        tensor = open_colour(io.BytesIO(whole[:place] + put + whole[place + lost :]))
    except ValueError as problem:
        sentence = str(problem)
    else:
        assert tensor.shape[0] == 3
        assert max(tensor.shape) <= 256
        return
    assert "choose" in sentence

"""Painted weights as the text of a link."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ui.state.drawing_text import write_pixels
from ui.state.painting_text import STRONG, parse_painting, write_painting


@given(painting=arrays.arrays(np.int8, (28, 28), elements=st.integers(-STRONG, STRONG)))
def test_what_is_written_is_read_again_and_fits_into_a_link(painting):
    text = write_painting(painting)
    np.testing.assert_array_equal(parse_painting(text), painting)
    assert len(text) < 600


def test_nothing_painted_needs_no_text():
    assert write_painting(np.zeros((28, 28), np.int8)) == ""
    assert not parse_painting("").any()


@pytest.mark.parametrize("text", ["x", "3", "é", "A" * 5000, write_pixels(np.full((28, 28), 5, np.uint8))])
def test_a_text_that_is_no_painting_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_painting(text)

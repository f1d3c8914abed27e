"""Pen strokes are read from UNIPEN text, and a bad file is refused with one sentence."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.kit.unipen import parse, read_unipen
from core.dataset import DatasetError

TEXT = """.INCLUDE        dene.doc

.LEXICON "0" "1" "2"
.HIERARCHY      DIGIT

.SEGMENT DIGIT    0 ? "3"
.COMMENT 3 12  224
.PEN_DOWN
 10  50
 20  40
.PEN_UP
.DT 100
.PEN_DOWN
 15  45
.PEN_UP

.SEGMENT DIGIT    1 ? "7"
.PEN_DOWN
 1 2 128 0.5
 3.5 -4e0
.PEN_UP
"""


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file."""

    def write(content: bytes | str, name: str = "digits.unipen"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def listed(digits):
    return [(digit.label, [stroke.tolist() for stroke in digit.strokes]) for digit in digits]


EXPECTED = [(3, [[[10, -50], [20, -40]], [[15, -45]]]), (7, [[[1, -2], [3.5, 4]]])]


@pytest.mark.parametrize("name", ["digits.unipen", "digits.gz"])
def test_each_segment_is_a_digit_with_its_strokes_and_y_grows_downwards(written, name):
    assert listed(read_unipen(written(TEXT, name))) == EXPECTED


@pytest.mark.parametrize("name", ["digits.unipen.gz", "digits"])
def test_a_gzipped_file_is_unpacked_whatever_its_name(written, name):
    assert listed(read_unipen(written(gzip.compress(TEXT.encode()), name))) == EXPECTED


def test_lines_may_end_with_carriage_return_and_line_feed(written):
    assert listed(read_unipen(written(TEXT.replace("\n", "\r\n")))) == EXPECTED


def test_only_the_requested_digits_are_read(written):
    assert [digit.label for digit in read_unipen(written(TEXT), (7, 8))] == [7]


def test_points_with_the_pen_up_empty_strokes_and_segments_of_letters_are_left_out():
    text = """.SEGMENT DIGIT 0 ? "4"
5 5
.PEN_DOWN
.PEN_UP
6 6
.PEN_DOWN
1 1
.PEN_UP
.SEGMENT WORD 1 ? "seven"
.PEN_DOWN
2 2
.SEGMENT DIGIT 2 ? "5"
3 3
.SEGMENT DIGIT 3 ? "6"
.PEN_DOWN
4 4"""
    assert listed(parse(text, "file")) == [(4, [[[1, -1]]]), (6, [[[4, -4]]])]


strokes = st.lists(st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), min_size=1), min_size=1)


@given(st.lists(st.tuples(st.integers(0, 9), strokes)))
def test_strokes_written_in_the_format_are_read_back(digits):
    lines = []
    for number, (label, its_strokes) in enumerate(digits):
        lines.append(f'.SEGMENT DIGIT {number} ? "{label}"')
        for stroke in its_strokes:
            lines += [".PEN_DOWN", *(f" {x}  {-y}" for x, y in stroke), ".PEN_UP"]
    read = parse("\n".join(lines), "file")
    assert [digit.label for digit in read] == [label for label, _ in digits]
    for digit, (_, its_strokes) in zip(read, digits, strict=True):
        for stroke, expected in zip(digit.strokes, its_strokes, strict=True):
            np.testing.assert_array_equal(stroke, expected)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "holds no pen stroke of 3, 7"),
        ("hello\n", "holds no pen stroke of 3, 7"),
        (TEXT.replace('"3"', '"8"').replace('"7"', '"9"'), "holds no pen stroke of 3, 7"),
        (TEXT.replace(" 20  40", " 20  forty"), "line 10 should be a point"),
        (TEXT.replace(" 20  40", " 20"), "line 10 should be a point"),
        (TEXT.replace(" 20  40", " 20  nan"), "line 10 should be a point"),
        (gzip.compress(TEXT.encode())[:-9], "check that it is there and whole"),
        (gzip.compress(TEXT.encode())[:-8] + bytes(8), "check that it is there and whole"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\xff", "is not a text file"),
    ],
    ids=[
        "empty",
        "other text",
        "other digits",
        "a word",
        "half a point",
        "no number",
        "cut off",
        "wrong sum",
        "a picture",
    ],
)
def test_a_bad_file_is_refused_with_one_sentence_that_names_it(written, content, says):
    path = written(content)
    with pytest.raises(DatasetError) as caught:
        read_unipen(path, (3, 7))
    message = str(caught.value)
    assert says in message
    assert str(path) in message
    assert "\n" not in message


def test_a_missing_file_or_a_folder_is_refused_with_one_sentence(tmp_path):
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(DatasetError, match="can't be read"):
            read_unipen(path)

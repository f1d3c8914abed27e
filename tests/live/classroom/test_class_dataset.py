"""The class's digits as data: split by learner, and files that the app's own readers understand."""

import csv
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.dataset import DatasetError
from live.classroom.class_dataset import as_csv, as_images, as_zip, validators
from live.classroom.room import Drawing
from tests.live.classroom.conftest import picture


def drawn(*by_learner: str) -> list[Drawing]:
    """Return drawings: for each learner the digits that were meant, as a text."""
    pairs = [(learner, int(digit)) for learner, digits in enumerate(by_learner, 1) for digit in digits]
    return [Drawing(n, learner, picture(n), "", meant, False) for n, (learner, meant) in enumerate(pairs, 1)]


@given(st.lists(st.text("37", min_size=0, max_size=8), min_size=2, max_size=12))
def test_every_drawing_is_once_in_the_split_of_its_learner_under_its_digit(by_learner):
    drawings = drawn("37", "37", *by_learner)
    images, aside = as_images(drawings), validators(drawings)
    found = {
        image.tobytes(): (split, digit)
        for split, by in images.items()
        for digit, stack in by.items()
        for image in stack
    }
    assert found == {
        one.pixels.tobytes(): ("valid" if one.learner in aside else "train", one.meant) for one in drawings
    }
    assert sum(len(stack) for by in images.values() for stack in by.values()) == len(drawings)
    assert all(set(by) == {3, 7} for by in images.values())
    assert validators(drawings) == aside  # the same again


def test_about_a_quarter_is_set_aside():
    drawings = drawn(*["3377"] * 20)
    assert 4 <= len(validators(drawings)) <= 6


def test_a_digit_that_only_one_learner_has_drawn_is_left_out():
    assert set(as_images(drawn("373", "378", "37"))["train"]) == {3, 7}


@pytest.mark.parametrize("by_learner", [(), ("37",), ("3", "7"), ("37", "3")])
def test_too_few_drawings_are_said_to_be(by_learner):
    with pytest.raises(DatasetError, match="two learners"):
        as_images(drawn(*by_learner))


def test_the_zip_has_each_drawing_once_under_its_split_and_label():
    drawings = drawn("337", "377", "37")
    images = as_images(drawings)
    with zipfile.ZipFile(io.BytesIO(as_zip(drawings))) as packed:
        read = {name: np.asarray(Image.open(packed.open(name))) for name in packed.namelist()}
    for split, by in images.items():
        for digit, stack in by.items():
            for number, pixels in enumerate(stack):
                assert np.array_equal(read.pop(f"{split}/{digit}/{number:04}.png"), pixels)
    assert read == {}


def test_the_table_has_all_pixels_and_says_who_and_where():
    drawings = drawn("337", "377", "37")
    rows = list(csv.DictReader(io.StringIO(as_csv(drawings, {1: "Brave Owl", 2: "Calm Fox"}))))
    assert [row["learner"] for row in rows] == ["Brave Owl"] * 3 + ["Calm Fox"] * 3 + [""] * 2
    aside = validators(drawings)
    for row, one in zip(rows, drawings, strict=True):
        assert int(row["digit"]) == one.meant
        assert row["split"] == ("valid" if one.learner in aside else "train")
        assert [int(row[f"pixel_{place}"]) for place in range(784)] == one.pixels.ravel().tolist()

"""The listing on Data names every file, shows it, and a click on any of its cells takes it along."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from sources import builtin
from tests.pages.visitor import numbers


@pytest.mark.parametrize(("split", "count"), [("train", 400), ("valid", 100)])
def test_the_listing_names_every_file_with_its_size(visit, home, split, count):
    visitor = visit("data").set(label=7)
    (listing,) = (one.value for one in visitor.app.dataframe if one.key == f"files_{split}")
    paths = sorted((home / builtin.NAME / split / "7").iterdir())
    assert len(listing) == len(paths) == count
    assert listing["path"].tolist() == [f"{split}/7/{path.name}" for path in paths]
    for name, url in zip(paths[:3], listing["image"][:3], strict=True):
        packed = io.BytesIO(base64.b64decode(url.split(",", 1)[1]))
        np.testing.assert_array_equal(255 - np.asarray(Image.open(packed)), np.asarray(Image.open(name)))
    assert listing["bytes"].tolist() == [path.stat().st_size for path in paths]
    assert count in numbers(visitor.line(f"`{split}/7/`"))


def test_a_click_on_any_cell_of_a_listing_takes_its_file(visit):
    visitor = visit("data").set(label=3).click("files_valid", rows=[], columns=[], cells=[[64, "bytes"]])
    assert visitor.specimen == "valid/3/0064.png"
    visitor.set(label=7).click("files_train", rows=[], columns=[], cells=[[399, "image"]])
    assert visitor.specimen == "train/7/0399.png"
    visitor.click("files_train", rows=[12], columns=[], cells=[])
    assert visitor.specimen == "train/7/0012.png"


def test_the_row_of_the_specimen_is_marked_in_its_listing_and_no_other(visit):
    def marked(split):
        return visitor.app.session_state[f"files_{split}"]["selection"]

    visitor = visit("data").set(label=3)
    assert visitor.specimen == "valid/3/0002.png"
    assert (marked("valid")["rows"], marked("train")["rows"]) == ([2], [])
    visitor.click("files_train", rows=[], columns=[], cells=[[4, "path"]])
    assert (marked("train")["cells"], marked("valid")["rows"]) == ([(4, "path")], [])
    visitor.set(label=7)  # the same rows are of other files now
    assert [marked(split)[kind] for split in ("train", "valid") for kind in ("rows", "cells")] == [[], [], [], []]

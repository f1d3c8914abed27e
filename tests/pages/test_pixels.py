"""Pixels: every number on the page is one of the specimen's."""

import os
import re

import numpy as np
import pytest

from sources import builtin
from tests.pages.visitor import numbers, shrunk


@pytest.fixture
def image(mnist):
    """The specimen of these tests: (28, 28) uint8."""
    return mnist["train", 7][12]


@pytest.fixture
def visitor(visit):
    return visit("pixels", split="Training", digit="7", number="12")


def heat_map(visitor):
    """Return the numbers in the shaded table and the place that each cell's tip names: two dicts by (row, column)."""
    (html,) = (one.value for one in visitor.app.html if "<table" in one.value)
    cells = re.findall(r'title="row (\d+), column (\d+): (\d+), place (\d+)"[^>]*>(\d+)</td>', html)
    assert html.count("</td>") == len(cells)
    shown = {(int(row), int(column)): int(text) for row, column, _, _, text in cells}
    told = {(int(row), int(column)): (int(value), int(place)) for row, column, value, place, _ in cells}
    return shown, told, html


def test_a_pixel_is_read_out_by_row_and_column(visitor, image):
    for row, column in [(0, 0), (27, 27), (10, 15), (20, 13)]:
        visitor.set(pixel_row=row, pixel_column=column)
        assert int(visitor.metric("Value")) == image[row, column]
        assert numbers(visitor.metric("Row, column")) == [row, column]
        assert int(visitor.metric("Place of 784")) == np.ravel_multi_index((row, column), image.shape)


def test_a_click_on_the_picture_picks_a_pixel(visitor, image):
    visitor.click("picture", pixel=[{"row": 9, "column": 17}])
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (9, 17)
    assert int(visitor.metric("Value")) == image[9, 17]
    visitor.click("picture", pixel=[])  # a click beside the picture
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (9, 17)


def test_the_picked_pixel_is_the_same_on_other_pages(visitor, image):
    visitor.set(pixel_row=8, pixel_column=16).open("tensors").set(rank="Number")
    assert "image[8, 16]" in visitor.text
    visitor.open("ideal_digits")
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (8, 16)
    assert "Row 8, column 16" in visitor.open("distance").text


def test_the_picture_to_point_at_has_every_pixel(visitor, image):
    data = visitor.chart("row", "column", "value", "place")
    assert len(data) == 784
    np.testing.assert_array_equal(data.sort_values("place").value, image.flatten())
    np.testing.assert_array_equal(data.row * 28 + data.column, data.place)


def test_the_heat_map_shows_the_whole_image(visitor, image):
    shown, told, _ = heat_map(visitor)
    assert len(shown) == 784
    for (row, column), value in shown.items():
        assert value == image[row, column]
        assert told[row, column] == (value, row * 28 + column)


def test_the_heat_map_shows_the_crop(visitor, image):
    visitor.set(whole=False, rows=(6, 21), columns=(3, 9))
    shown, _, _ = heat_map(visitor)
    assert {*shown} == {(row, column) for row in range(6, 21) for column in range(3, 9)}
    assert all(value == image[place] for place, value in shown.items())
    assert "image[6:21, 3:9]" in visitor.text


def test_the_picked_pixel_is_outlined_in_the_heat_map(visitor):
    _, _, html = heat_map(visitor.set(pixel_row=5, pixel_column=6))
    (tag,) = re.findall(r"<td[^>]*\bpicked\b[^>]*>", html)
    assert "row5" in tag
    assert "col6" in tag


def test_an_empty_crop_is_said(visitor):
    visitor.set(whole=False, rows=(4, 4))
    assert any("no pixels" in one for one in visitor.said("info"))
    assert not [one for one in visitor.app.html if "<table" in one.value]


def test_array_and_tensor_are_cut_by_the_same_slice(visitor, image):
    visitor.set(rows=(9, 13), columns=(10, 16))
    crop = image[9:13, 10:16]
    for head in ("np.array(img)", "tensor(np.array(img))"):
        code = visitor.line(f">>> {head}[9:13, 10:16]")
        body = code.split("\n", 1)[1].split("dtype")[0]
        assert numbers(body) == crop.flatten().tolist()
    for kind in ("ndarray", "Tensor"):
        assert numbers(visitor.line(f"{kind}: shape"))[:2] == [4, 6]
    assert numbers(visitor.line("numbers are equal"))[:2] == [24, 24]


def test_the_file_is_described_as_it_is(visitor, home):
    path = home / builtin.NAME / "train" / "7" / "0012.png"
    code = visitor.line("Image.open(")
    assert "train/7/0012.png" in code
    assert "('PngImageFile', (28, 28), 'L')" in code
    assert os.path.getsize(path) in numbers(visitor.line("bytes"))


def test_the_long_row_holds_all_pixels_in_order(visitor, image):
    (strip,) = (data for data in visitor.charts("place", "value") if "row" not in data)
    np.testing.assert_array_equal(strip.sort_values("place").value, image.flatten())


@pytest.mark.parametrize("width", [14, 27, 28, 41, 56])
def test_the_long_row_can_be_cut_at_any_width(visitor, image, width):
    visitor.set(width=width)
    height = 784 // width
    (picture,) = visitor.pictures("The numbers cut every")
    cut = 255 - image.flatten()[: width * height].reshape(height, width).astype(int)
    np.testing.assert_allclose(shrunk(picture, height, width), cut, atol=1)
    assert f"reshape({height}, {width})" in visitor.text
    assert ("the image again" in visitor.text) == (width == 28)


def test_the_folders_are_counted(visitor):
    counts = visitor.table("train/")
    assert counts.loc["train/"].tolist() == [400, 400]
    assert counts.loc["valid/"].tolist() == [100, 100]


@pytest.mark.parametrize(("split", "count"), [("train", 400), ("valid", 100)])
def test_the_listing_names_every_file_with_its_size(visitor, home, split, count):
    visitor.set(label=7)
    (listing,) = (one.value for one in visitor.app.dataframe if one.key == f"files_{split}")
    paths = sorted((home / builtin.NAME / split / "7").iterdir())
    assert len(listing) == len(paths) == count
    assert listing["path"].tolist() == [f"{split}/7/{path.name}" for path in paths]
    assert listing["bytes"].tolist() == [path.stat().st_size for path in paths]
    assert count in numbers(visitor.line(f"`{split}/7/`"))


def test_a_click_on_a_row_of_a_listing_takes_that_file(visitor):
    visitor.set(label=3).click("files_valid", rows=[64], columns=[])
    assert visitor.specimen == "valid/3/0064.png"
    visitor.set(label=7).click("files_train", rows=[399], columns=[])
    assert visitor.specimen == "train/7/0399.png"


def test_the_guess_is_answered_with_the_share_of_blank_pixels(visitor, image):
    blank = int((image == 0).sum())
    share = blank / 784
    answer = "less than half" if share < 0.5 else "half to three quarters" if share <= 0.75 else "more than three"
    options = visitor.app.get_by_key("guess_pixels").options
    visitor.set(guess_pixels=next(option for option in options if option.startswith(answer)))
    line = visitor.line("is right.")
    assert numbers(line)[:2] == [blank, 784]
    assert f"{share:.0%}" in line

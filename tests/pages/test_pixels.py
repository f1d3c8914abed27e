"""Pixels: every number on the page is one of the specimen's."""

import os
import re

import numpy as np
import pytest

from sources import builtin
from tests.pages.visitor import numbers, shrunk
from ui.state import keys


@pytest.fixture
def image(mnist):
    """The specimen of these tests: (28, 28) uint8."""
    return mnist["train", 7][12]


@pytest.fixture
def visitor(visit):
    return visit("pixels", split="Training", digit="7", number="12")


def heat_map(visitor):
    """Return the numbers in the shaded table and the place that each cell's tip names: two dicts by (row, column)."""
    html = visitor.told(keys.HEATMAP)["table"]
    cells = re.findall(r'title="row (\d+), column (\d+): (\d+), place (\d+)"[^>]*>(\d+)</td>', html)
    assert html.count("</td>") == len(cells)
    shown = {(int(row), int(column)): int(text) for row, column, _, _, text in cells}
    told = {(int(row), int(column)): (int(value), int(place)) for row, column, value, place, _ in cells}
    return shown, told


def picked(visitor):
    """Return the picked pixel as each of the four forms marks it; of the array and the tensor, the marked number."""
    marks = [re.findall("<mark>(.*?)</mark>", html.value) for html in visitor.app.html if "<pre" in html.value]
    return [tuple(visitor.told(key)["picked"]) for key in (keys.PICTURE, keys.HEATMAP)], marks


def test_a_pixel_is_read_out_by_row_and_column(visitor, image):
    for row, column in [(0, 0), (27, 27), (10, 15), (20, 13)]:
        visitor.set(pixel_row=row, pixel_column=column)
        place = np.ravel_multi_index((row, column), image.shape)
        said = [row, column, image[row, column], row, 28, column, place]
        assert numbers(visitor.line(", at place")) == said


def test_a_click_on_the_picture_picks_a_pixel(visitor, image):
    visitor.point("picture", 9, 17)
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (9, 17)
    assert f"is **{image[9, 17]}**" in visitor.text
    assert (visitor.app.query_params["pixel_row"], visitor.app.query_params["pixel_column"]) == ("9", "17")


def test_a_click_on_a_cell_of_the_heat_map_picks_its_pixel(visitor):
    cell = {"picked": [5, 8], "crop": None, "number": 1, "done": True}
    visitor.tell(visitor.component(keys.HEATMAP), "move", cell)
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (5, 8)
    assert visitor.told(keys.HEATMAP)["number"] == 1
    no_longer_there = cell | {"picked": [20, 8], "number": 2}
    visitor.tell(visitor.component(keys.HEATMAP), "move", no_longer_there)
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (5, 8)


def test_dragging_the_frame_crops_all_forms_and_the_link_waits_until_it_is_let_go(visitor):
    visitor.point("picture", 7, 9, crop=[[6, 21], [3, 9]], done=False)
    assert (visitor.value("rows"), visitor.value("columns")) == ((6, 21), (3, 9))
    assert visitor.text.count("[6:21, 3:9]") == 3
    assert "rows" not in visitor.app.query_params
    visitor.point("picture", 7, 9, crop=[[6, 20], [3, 9]])
    assert visitor.app.query_params["rows"] == ["6", "20"]


NO_PLACES = [
    {"row": -1, "column": 0},
    {"row": 28, "column": 0},
    {"row": "3", "column": 0},
    {"row": True, "column": 0},
    {"row": 1.5, "column": 0},
    {"row": None, "column": None},
    {"row": 7, "column": 9, "crop": [[4, 4], [0, 28]]},
    {"row": 7, "column": 9, "crop": [[9, 4], [0, 28]]},
    {"row": 7, "column": 9, "crop": [[0, 29], [0, 28]]},
    {"row": 7, "column": 9, "crop": [[0, 3]]},
    {"row": 7, "column": 9, "crop": "all"},
]


def test_a_place_that_makes_no_sense_changes_nothing(visitor):
    names = ("pixel_row", "pixel_column", "rows", "columns")
    before = [visitor.value(name) for name in names]
    for nonsense in NO_PLACES:
        visitor.point("picture", **nonsense)
        assert [visitor.value(name) for name in names] == before, nonsense
    assert visitor.point("picture", 5, 6).value("pixel_row") == 5  # what makes sense is still heard


def test_ends_of_a_slider_that_make_no_sense_change_nothing(visitor):
    nonsense = ([-1, 5], [5, 5], [9, 5], [0, 29], [3], [1, 2, 3], ["1", 2], [1.0, 2], [True, 2], 3, None)
    for number, places in enumerate(nonsense, 1):
        data = {"places": places, "number": number, "done": True}
        visitor.tell(visitor.component(f"{keys.SLIDER}rows"), "move", data)
        assert visitor.value("rows") == (4, 10), places
    assert visitor.set(rows=(5, 10)).value("rows") == (5, 10)  # what makes sense is still heard


def test_the_picked_pixel_is_the_same_on_other_pages(visitor, image):
    visitor.set(pixel_row=8, pixel_column=16).open("tensors").set(rank="Number")
    assert "image[8, 16]" in visitor.text
    visitor.open("ideal_digits")
    assert (visitor.value("pixel_row"), visitor.value("pixel_column")) == (8, 16)
    assert "row 8, column 16" in visitor.open("distance").text


def test_the_picture_to_point_at_has_every_pixel(visitor, image):
    assert visitor.told(keys.PICTURE)["values"] == image.flatten().tolist()


def test_the_heat_map_shows_the_whole_image(visitor, image):
    shown, told = heat_map(visitor.set(whole=True))
    assert len(shown) == 784
    for (row, column), value in shown.items():
        assert value == image[row, column]
        assert told[row, column] == (value, row * 28 + column)


def test_the_heat_map_shows_the_crop_to_begin_with(visitor, image):
    assert {*heat_map(visitor)[0]} == {(row, column) for row in range(4, 10) for column in range(4, 10)}
    shown, _ = heat_map(visitor.set(rows=(6, 21), columns=(3, 9)))
    assert {*shown} == {(row, column) for row in range(6, 21) for column in range(3, 9)}
    assert all(value == image[place] for place, value in shown.items())
    assert "image[6:21, 3:9]" in visitor.text


@pytest.mark.parametrize("whole", [False, True])
def test_the_picked_pixel_is_marked_in_all_four_forms(visitor, image, whole):
    forms, numbers = picked(visitor.set(pixel_row=9, pixel_column=8, rows=(4, 22), whole=whole))
    assert forms == [(9, 8), (9, 8)]
    assert numbers == [[str(image[9, 8])]] * 2
    _, numbers = picked(visitor.set(pixel_row=22))
    assert numbers == [[], []]  # it lies outside of the crop


def test_array_and_tensor_are_cut_by_the_same_slice(visitor, image):
    visitor.set(rows=(9, 13), columns=(10, 16))
    crop = image[9:13, 10:16]
    for head in ("np.array(img)", "tensor(np.array(img))"):
        code = visitor.line(f"&gt;&gt;&gt; {head}[9:13, 10:16]")
        body = code.split("16]\n", 1)[1].split("dtype")[0]
        assert numbers(body.replace("<mark>", "").replace("</mark>", "")) == crop.flatten().tolist()
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


def test_the_long_row_can_be_cut_at_any_width(visitor, image):
    for width in (14, 27, 28, 41, 56):
        visitor.set(width=width)
        height = 784 // width
        (picture,) = visitor.pictures("The numbers cut every")
        cut = 255 - image.flatten()[: width * height].reshape(height, width).astype(int)
        assert {*picture[0], *picture[-1], *picture[:, 0], *picture[:, -1]} == {200}  # its edge
        np.testing.assert_allclose(shrunk(picture[1:-1, 1:-1], height, width), cut, atol=1)
        left_out = [line for line in visitor.text.split("\n") if "left out." in line and "fill no row" in line]
        assert [numbers(line)[0] for line in left_out] == [784 % width] * (784 % width > 0), width
        assert f"reshape({height}, {width})" in visitor.text
        assert ("the image again" in visitor.text) == (width == 28), width


@pytest.mark.parametrize("width", [14, 56])
def test_what_is_said_of_half_and_double_rows_is_so(visitor, image, width):
    visitor.set(width=width)
    (picture,) = visitor.pictures("The numbers cut every")
    cut = 255 - shrunk(picture[1:-1, 1:-1], 784 // width, width)
    if width == 14:
        assert "its left half above its right half" in visitor.text
        np.testing.assert_allclose(cut[::2], image[:, :14], atol=1)
        np.testing.assert_allclose(cut[1::2], image[:, 14:], atol=1)
    else:
        assert "one of the even rows and one of the odd" in visitor.text
        np.testing.assert_allclose(cut[:, :28], image[::2], atol=1)
        np.testing.assert_allclose(cut[:, 28:], image[1::2], atol=1)


def test_the_guess_is_answered_with_the_share_of_blank_pixels(visitor, image):
    blank = int((image == 0).sum())
    share = blank / 784
    answer = "less than half" if share < 0.5 else "half to three quarters" if share <= 0.75 else "more than three"
    options = visitor.app.get_by_key("guess_pixels").options
    visitor.set(guess_pixels=next(option for option in options if option.startswith(answer)))
    line = visitor.line("is right.")
    assert numbers(line)[:2] == [blank, 784]
    assert f"{share:.0%}" in line

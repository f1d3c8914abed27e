"""The heat map: every cell holds its pixel's number, is shaded by it, and knows its place."""

import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from ui.pixels.heatmap import pixel_frame

IMAGE = torch.arange(784).reshape(28, 28).remainder(256).to(torch.uint8)
CELL = re.compile(r'<td id="T_pixels_row\d+_col\d+"([^>]*)>(\d+)</td>')
TIP = re.compile(r'title="row (\d+), column (\d+): (\d+), place (\d+)"')
CROPS = [((0, 28), (0, 28)), ((4, 10), (4, 10)), ((27, 28), (0, 1)), ((0, 28), (13, 14))]
crops = pytest.mark.parametrize(("rows", "columns"), CROPS, ids=str)


def shown(rows, columns, picked=(0, 0), image=IMAGE) -> dict:
    """Show a heat map on a page of its own; return what its script is sent."""

    def page(image, rows, columns, picked):
        from ui.pixels.heatmap import pixel_frame, pixel_table

        pixel_table(pixel_frame(image, (slice(*rows), slice(*columns))), 28, picked)

    app = AppTest.from_function(page, default_timeout=60, args=(image, rows, columns, picked)).run()
    assert not app.exception
    (component,) = app.get("bidi_component")
    (sent,) = json.loads(component.proto.json)
    return sent


def table(rows, columns, image=IMAGE) -> str:
    """Return the HTML of a heat map."""
    return shown(rows, columns, image=image)["table"]


@given(*[some.tuples(some.integers(0, 28), some.integers(0, 28)).map(lambda ends: tuple(sorted(ends)))] * 2)
def test_a_frame_is_the_crop_labelled_by_its_place_in_the_image(rows, columns):
    frame = pixel_frame(IMAGE, (slice(*rows), slice(*columns)))
    np.testing.assert_array_equal(frame, IMAGE.numpy()[slice(*rows), slice(*columns)])
    assert list(frame.index) == list(range(*rows))
    assert list(frame.columns) == list(range(*columns))


@crops
def test_the_numbers_in_the_cells_are_the_pixels(rows, columns):
    numbers = [int(text) for _, text in CELL.findall(table(rows, columns))]
    assert numbers == IMAGE.numpy()[slice(*rows), slice(*columns)].flatten().tolist()


@crops
def test_a_tip_names_row_column_value_and_place(rows, columns):
    tips = [tuple(map(int, TIP.search(attributes).groups())) for attributes, _ in CELL.findall(table(rows, columns))]
    assert tips == [
        (row, column, IMAGE[row, column].item(), row * 28 + column)
        for row in range(*rows)
        for column in range(*columns)
    ]


def test_crops_with_the_same_pixels_keep_their_own_places():
    blank = torch.zeros(28, 28, dtype=torch.uint8)
    for rows, columns in (((0, 2), (0, 3)), ((20, 22), (0, 3)), ((0, 2), (9, 12)), ((0, 3), (0, 2))):
        tips = TIP.findall(table(rows, columns, image=blank))
        assert [(int(row), int(column)) for row, column, _, _ in tips] == [
            (row, column) for row in range(*rows) for column in range(*columns)
        ]


def shades() -> list[tuple[float, float]]:
    """Return the luminance of the cell and of the number in it, for each value from 0 to 255."""
    html = table((0, 28), (0, 28), image=torch.arange(784).clamp(max=255).to(torch.uint8).reshape(28, 28))
    found = {}
    for cells, cell, number in re.findall(
        r"((?:#T_\S+,?\s*)+){\s*background-color: (#\w{6});\s*color: (#\w{6});", html
    ):
        for row, column in re.findall(r"row(\d+)_col(\d+)", cells):
            found[int(row) * 28 + int(column)] = luminance(cell), luminance(number)
    return [found[value] for value in range(256)]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as #0b6bb5, as WCAG 2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_cells_are_shaded_from_white_to_black():
    cells = [cell for cell, _ in shades()]
    assert cells == sorted(cells, reverse=True)
    assert cells[0] > 0.95
    assert cells[255] < 0.05


def test_every_number_has_enough_contrast_with_its_cell():
    for value, pair in enumerate(shades()):
        dark, light = sorted(pair)
        assert (light + 0.05) / (dark + 0.05) >= 3, f"the contrast of {value}"  # WCAG 2, level AA for large text


def test_the_shade_of_a_value_does_not_depend_on_the_crop():
    image = torch.full((28, 28), 100, dtype=torch.uint8)
    image[10, 10] = 200
    alone, beside = table((0, 1), (0, 1), image=image), table((0, 11), (0, 11), image=image)
    (shade,) = re.findall(r"background-color: (#\w{6})", alone)
    assert shade in re.findall(r"background-color: (#\w{6})", beside)


def test_the_script_knows_where_the_table_begins_and_which_pixel_is_picked():
    sent = shown((4, 10), (5, 12), (6, 7))
    assert (sent["first"], sent["columns"], sent["picked"]) == ([4, 5], 8, [6, 7])  # one column more for the labels


def test_the_table_has_a_name_for_screen_readers():
    assert re.search(r'<table [^>]*aria-label="The values of the pixels"', table((4, 10), (4, 10)))

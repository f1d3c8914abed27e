"""Charts are valid, have the fields that they encode, the selections that pages use, and the colours of the app."""

import numpy as np
import pandas as pd
import pytest

from ui.distance import charts as charts_module
from ui.kit import image_charts

ORANGE, BLUE = "#e07b00", "#0b6bb5"


def pixels(values) -> pd.DataFrame:
    frame = pd.DataFrame({"place": range(len(values)), "value": values})
    return frame.assign(row=frame.place // 28, column=frame.place % 28)


POINTS = pd.DataFrame(
    {"digit": ["3", "7"], "answer": ["3", "3"], "number": [0, 1], "to_a": [0.2, 0.35], "to_b": [0.3, 0.25]}
)
CELLS = pd.DataFrame(
    {"digit": [3, 3, 7, 7], "answer": [3, 7, 3, 7], "count": [9, 1, 0, 5], "share": [0.9, 0.1, 0.0, 1.0]}
)
BINS = pd.DataFrame({"digit": "7", "low": [0, 0.1], "high": [0.1, 0.2], "count": [3, 4]})
CHARTS = {
    "difference": lambda: image_charts.difference(pixels(np.linspace(-0.5, 0.8, 784))),
    "pixel_strip": lambda: image_charts.pixel_strip(pixels(np.arange(784) % 256)[["place", "value"]], 88),
    "spread": lambda: image_charts.spread(BINS, 0.07, 7, (3, 7), 9),
    "distance_scatter": lambda: charts_module.distance_scatter(POINTS, 3, 7, POINTS[["to_a", "to_b"]][:1]),
    "confusion_matrix": lambda: charts_module.confusion_matrix(CELLS, 300),
}
FIELDS = {
    "difference": {"row", "column", "value"},
    "pixel_strip": {"place", "value"},
    "spread": {"low", "high", "count", "digit", "mean"},
    # and the dividing line, with the names of its sides
    "distance_scatter": {"to_a", "to_b", "digit", "answer", "number", "said", "x", "y", "name"},
    "confusion_matrix": {"digit", "answer", "count", "share"},
}
SELECTIONS = {
    "distance_scatter": ("point", ["digit", "number"]),
    "confusion_matrix": ("cell", ["digit", "answer"]),
}
every_chart = pytest.mark.parametrize("name", CHARTS)


def within(spec, key) -> list:
    """Return every value of a key, anywhere in a chart's specification."""
    if isinstance(spec, dict):
        return [value for name, value in spec.items() if name == key] + [
            found for name, value in spec.items() if name != "datasets" for found in within(value, key)
        ]
    return [found for one in spec for found in within(one, key)] if isinstance(spec, list) else []


def specification(name) -> dict:
    return CHARTS[name]().to_dict(validate=True)  # raises if Vega-Lite's own schema forbids it


@every_chart
def test_a_chart_encodes_fields_that_its_data_have(name):
    spec = specification(name)
    encoded = {field for field in within(spec, "field") if isinstance(field, str)}
    held = {field for rows in spec["datasets"].values() for row in rows for field in row}
    held |= {one for one in within(spec, "as") if isinstance(one, str)}  # computed from those
    assert encoded == FIELDS[name]
    assert encoded <= held


@every_chart
def test_every_chart_has_a_tooltip(name):
    assert within(specification(name), "tooltip")


@every_chart
def test_a_click_selects_what_the_page_needs(name):
    selections = [
        (one["name"], one["select"]["fields"]) for params in within(specification(name), "params") for one in params
    ]
    assert selections == ([SELECTIONS[name]] if name in SELECTIONS else [])


@pytest.mark.parametrize(("low", "high"), [(-0.5, 0.8), (-0.9, 0.1), (0.0, 0.3), (0.0, 0.0)])
def test_a_difference_is_orange_below_0_white_at_0_and_blue_above(low, high):
    spec = image_charts.difference(pixels(np.linspace(low, high, 784))).to_dict()
    (scale,) = (one["scale"] for one in within(spec, "color"))
    assert scale["range"] == [ORANGE, "white", BLUE]
    below, zero, above = scale["domain"]
    assert zero == 0
    assert -below == above > 0  # equally far, so that equal differences have equally strong colours
    assert above >= max(-low, high)


def test_the_dividing_line_runs_where_both_distances_are_equal():
    spec = specification("distance_scatter")
    (ends,) = (rows for rows in spec["datasets"].values() if {*rows[0]} == {"x"})
    low, high = (row["x"] for row in ends)
    assert low < POINTS[["to_a", "to_b"]].min().min()
    assert high > POINTS[["to_a", "to_b"]].max().max()
    domains = [one["domain"] for one in within(spec, "scale") if len(one.get("domain", [])) == 2 and "nice" in one]
    assert domains
    assert all(domain == [low, high] for domain in domains)  # both axes alike, so the line is the diagonal


def test_the_mean_is_written_inside_the_chart():
    for mean, side in ((0.05, "left"), (0.95, "right")):
        spec = image_charts.spread(BINS, mean, 7, (3, 7), 9).to_dict()
        (text,) = (one for one in within(spec, "mark") if one["type"] == "text")
        assert text["align"] == side
        assert f"mean {mean:.2f}" in str(within(spec, "text"))


def test_a_digit_has_the_same_colour_whichever_is_shown():
    domains = []
    for digit in (3, 7):
        spec = image_charts.spread(BINS.assign(digit=str(digit)), 0.9, digit, (3, 7), 9).to_dict()
        domains += [one["scale"]["domain"] for one in within(spec, "color") if isinstance(one, dict)]
    assert domains == [["3", "7"]] * 2

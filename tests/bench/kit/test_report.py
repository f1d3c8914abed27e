"""A figure's table, key and aim: what is shown, what the last line holds, and which aims are missed."""

import math

import numpy as np
import pytest

from bench.kit.report import Figure, nested, print_figures


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("frames", 24.96, 1, at_least=25), True),  # the rounded value counts, since it is what people see
        (Figure("frames", 24.94, 1, at_least=25), False),
        (Figure("gap_ms", 150.4, at_most=150), True),
        (Figure("gap_ms", np.float64(150.6), at_most=150), False),
        (Figure("errors", 1, at_most=0), False),
        (Figure("errors", 0, at_most=0), True),
        (Figure("gap_ms", math.nan, at_most=150), False),
        (Figure("frames", math.inf, at_least=25), False),
        (Figure("gap_ms", math.nan), True),
    ],
)
def test_an_aim_is_met_or_missed_and_a_figure_without_one_misses_nothing(figure, met):
    assert figure.met is met


def test_a_dot_in_a_name_makes_an_object_within_the_last_line():
    figures = [Figure("n", 3), Figure("l1.per_class.3", 2 / 3, 4), Figure("l1.mean", 0.5, 4), Figure("best", "conv")]
    assert nested(figures) == {"n": 3, "l1": {"per_class": {"3": 0.6667}, "mean": 0.5}, "best": "conv"}


def test_numbers_are_rounded_to_their_places_and_to_integers_without_any():
    values = nested([Figure("a", np.float64(127.6)), Figure("b", 1.23456, 3), Figure("c", math.nan), Figure("d", [1])])
    assert values == {"a": 128, "b": 1.235, "c": None, "d": [1]}
    assert type(values["a"]) is int


def test_every_figure_is_in_a_table_with_its_aim_and_whether_it_is_met(capsys):
    print_figures(
        [
            Figure("linear.core_ms", 16.42, 1, at_most=10),
            Figure("linear.sklearn_ms", 30),
            Figure("hidden.core_ms", 35.1, 1),
            Figure("frames", 28, at_least=25),
            Figure("gap_ms", 178, at_most=150),
            Figure("files", 14279),
        ]
    )
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line]
    assert rows == [
        ["linear", "hidden"],
        ["core_ms", "16.4", "(at", "most", "10)", "35.1"],
        ["sklearn_ms", "30", "–"],
        ["measured", "aim", "met"],
        ["frames", "28", "at", "least", "25", "yes"],
        ["gap_ms", "178", "at", "most", "150", "no"],
        ["files", "14,279"],
    ]

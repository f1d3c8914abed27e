"""The text of a view: it is the same view when it is read again, and no text leads out of the map."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.rates.edge import HOME, NARROWEST, View
from ui.state.view_text import parse_view, write_view

share = some.floats(0, 1)


@given(some.lists(some.tuples(share, share, share), max_size=5))
def test_a_view_is_the_same_when_it_is_read_again(boxes):
    view = HOME
    for box in boxes:
        view = view.zoom(*box)
    assert parse_view(write_view(view)) == view


def test_the_first_view_needs_no_text():
    assert write_view(HOME) == ""
    assert parse_view("") == HOME


@pytest.mark.parametrize(
    "text",
    [
        "0", "0_0", "0_0_1_1", "x_0_1", "0_0_", "nan_0_1", "0_nan_1", "0_0_nan", "inf_0_1", "0_0_inf", "0_0_0",
        "0_0_-1", "0_0_1e-300", "-2.1_0_1", "1.5_0_1", "0_1.5_1", "-2_-2_5", f"0_0_{NARROWEST / 2}", "0_0_1" * 2000,
    ],
)  # fmt: skip
def test_a_text_that_is_no_view_within_the_first_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011, float has a message of its own
        parse_view(text)


@given(some.text(max_size=40))
def test_any_other_text_is_refused_or_a_view_within_the_first(text):
    try:
        view = parse_view(text)
    except ValueError:
        return
    assert view.within(HOME) == view
    assert isinstance(view, View)

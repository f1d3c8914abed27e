"""The code drawer lists only functions that the page has called in the state that is shown."""

import pytest

from tests.pages.shown_code import recorded_calls, shown_functions

pytestmark = pytest.mark.usefixtures("fresh_server")


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("pixels", {}),
        ("tensors", {}),
        ("tensors", {"shape_b": "nonsense"}),
        ("tensors", {"shape_a": "3", "shape_b": "4"}),
        ("tensors", {"condition": "files larger than", "size": "500"}),
        ("ideal_digits", {}),
        ("distance", {}),
        ("home", {}),
        ("gradient_descent", {}),
        ("gradient_descent", {"curve": "Two valleys", "time": "Seconds", "squared": "nonsense"}),
    ],
)
def test_every_function_in_the_drawer_has_been_called(visit, page, link):
    with recorded_calls() as called:
        visitor = visit(page, **link)
        assert visitor.said("error") == [] or "nonsense" in link.values()
        functions = {*shown_functions(visitor).values()}
    assert functions
    assert functions - called == set()

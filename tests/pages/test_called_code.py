"""The code drawer lists only functions that the page has called in the state that is shown."""

import threading

import pytest

from tests.pages.visitor import ROOT, Visitor
from ui.state.drawing_text import write_pixels

pytestmark = pytest.mark.usefixtures("fresh_server")


@pytest.fixture
def called():
    """Return a set that gets the (file, first line) of each function of core that any later thread calls."""
    seen, core = set(), str(ROOT / "core")

    def trace(frame, event, argument) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(core):
            seen.add((code.co_filename.removeprefix(f"{ROOT}/"), code.co_firstlineno))

    threading.setprofile(trace)
    yield seen
    threading.setprofile(None)


def listed(visitor: Visitor) -> set[tuple[str, int]]:
    """Return the file and the first line of each function in the drawer."""
    (drawer,) = (one for one in visitor.open_code().app.expander if one.label == "Code")
    places = [one.value.split("`") for one in drawer.caption if "line" in one.value]
    return {(file, int(line.rsplit("line ", 1)[1])) for _, file, line in places}


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
def test_every_function_in_the_drawer_has_been_called(visit, called, mnist, page, link):
    if link.get("own"):
        link = {"own": write_pixels(mnist["valid", 3][0])}
    visitor = visit(page, **link)
    assert visitor.said("error") == [] or "nonsense" in link.values()
    functions = listed(visitor)
    assert functions
    assert functions - called == set()

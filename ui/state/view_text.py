"""The text of a view of the edge of learning, as a link has it; the first view, which is the whole map, has none."""

import math

from core.rates.edge import HOME, NARROWEST, View


def write_view(view: View) -> str:
    """Write a view such that `parse_view` returns the same, to the last bit."""
    return "" if view == HOME else f"{view.left!r}_{view.bottom!r}_{view.width!r}"


def parse_view(text: str) -> View:
    """Return the view that a text describes. Raises ValueError if there is none such within the first view."""
    if not text:
        return HOME
    left, bottom, width = map(float, text.split("_"))
    view = View(left, bottom, width)
    if not math.isfinite(left + bottom + width) or width < NARROWEST or view.within(HOME) != view:
        raise ValueError(text)
    return view

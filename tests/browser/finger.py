"""A finger on a phone."""

from itertools import pairwise

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
PARTS = 12  # in which a finger goes from one point to the next


def move_finger(page, points) -> None:
    """Put a finger on the first point of the window, move it to the others and lift it.

    These are the browser's own touch events, as a phone sends them: the browser may take them for scrolling.
    """
    devtools = page.context.new_cdp_session(page)

    def touch(kind, *points):
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", points[0])
    for (x0, y0), (x1, y1) in pairwise(points):
        for part in range(1, PARTS + 1):
            touch("touchMove", (x0 + (x1 - x0) * part / PARTS, y0 + (y1 - y0) * part / PARTS))
    touch("touchEnd")

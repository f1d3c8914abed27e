"""Draw: a pen on the canvas, and the verdict after the stroke."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from bench.browser import wait_until_quiet

SEVEN = [(70, 60), (200, 60), (125, 225)]  # one stroke, in pixels of the canvas of 280 x 280
INVITATION = re.compile("The paper is blank. Draw a 3 or 7")


def verdict(page, method: str):
    """Return what one method says of the drawing."""
    return page.get_by_test_id("stMarkdown").filter(has_text=re.compile(rf"^By {method} it is a \d"))


def on_screen(page, corners):
    """Return points of the canvas as points of the window."""
    canvas = page.locator(".st-key-drawing canvas.upper-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return [(box["x"] + x, box["y"] + y) for x, y in corners]


def draw_with_mouse(page, corners):
    """Draw one stroke with the mouse."""
    start, *others = on_screen(page, corners)
    page.mouse.move(*start)
    page.mouse.down()
    for corner in others:
        page.mouse.move(*corner, steps=12)
    page.mouse.up()


def draw_with_finger(page, corners):
    """Draw one stroke with a finger: the browser's own touch events, as a phone sends them."""
    devtools = page.context.new_cdp_session(page)

    def touch(kind, *points):
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    points = on_screen(page, corners)
    touch("touchStart", points[0])
    for (x0, y0), (x1, y1) in pairwise(points):
        for part in range(1, 13):
            touch("touchMove", (x0 + (x1 - x0) * part / 12, y0 + (y1 - y0) * part / 12))
    touch("touchEnd")


def test_a_blank_canvas_gets_an_invitation_and_no_verdict(visitor):
    page = visitor.open("draw", "Draw")
    expect(page.get_by_text(INVITATION)).to_be_visible()
    expect(verdict(page, "L1")).to_have_count(0)
    expect(verdict(page, "L2")).to_have_count(0)


@pytest.mark.parametrize("draw", [draw_with_mouse, draw_with_finger])
def test_a_drawn_seven_is_judged_after_the_stroke_without_a_button(visitors, app, draw):
    visitor = visitors(app.url, has_touch=draw is draw_with_finger)
    page = visitor.open("draw", "Draw")
    draw(page, SEVEN)
    for method in ("L1", "L2"):
        expect(verdict(page, method)).to_contain_text("it is a 7")
    expect(page.get_by_text(INVITATION)).to_have_count(0)


def test_a_drawing_on_a_phone_is_judged_though_a_finger_could_scroll(visitors, app):
    visitor = visitors(app.url, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    page = visitor.open("draw", "Draw")
    draw_with_finger(page, SEVEN)
    expect(verdict(page, "L2")).to_contain_text("it is a 7")


def test_a_second_stroke_is_judged_together_with_the_first(visitor):
    page = visitor.open("draw", "Draw")
    draw_with_mouse(page, SEVEN)
    expect(verdict(page, "L1")).to_be_visible()
    wait_until_quiet(page)
    first = verdict(page, "L1").inner_text()
    draw_with_mouse(page, [(110, 150), (190, 150)])
    expect(verdict(page, "L1")).not_to_have_text(first)


def test_a_cleared_canvas_gets_the_invitation_again(visitor):
    page = visitor.open("draw", "Draw")
    draw_with_mouse(page, SEVEN)
    expect(verdict(page, "L1")).to_be_visible()
    page.get_by_role("button", name="Reset canvas").click()
    expect(page.get_by_text(INVITATION)).to_be_visible()
    expect(verdict(page, "L1")).to_have_count(0)

"""Weights that are painted by hand, with a mouse and with a finger."""

import pytest
from playwright.sync_api import expect

from tests.browser.finger import PHONE, move_finger

SIDE = 28
SCROLLED = "document.querySelector('[data-testid=\"stMain\"]').scrollTop"


def canvas(page):
    """Return the canvas, in the middle of the screen."""
    found = page.locator(".paint canvas")
    found.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
    return found


def on_screen(page, column: int, row: int) -> tuple[float, float]:
    """Return where the middle of a pixel of the painting is in the window."""
    box = canvas(page).bounding_box()
    return box["x"] + (column + 0.5) / SIDE * box["width"], box["y"] + (row + 0.5) / SIDE * box["height"]


def painted(page, column: int, row: int) -> int:
    """Return the weight of a pixel as the browser has it, from -2 for orange to 2 for blue."""
    return page.locator(".paint").evaluate(f"root => root.painting.values[{row * SIDE + column}]")


def score(page):
    """Return the sentence that says how many digits the painting gets right."""
    return page.locator(".paint").get_by_role("status")


@pytest.mark.parametrize("by_touch", [False, True], ids=["mouse", "finger"])
def test_strokes_paint_in_the_chosen_colour_and_back_leaves_the_page_in_one_step(visitors, app, by_touch):
    visitor = visitors(app.url, **PHONE if by_touch else {})
    page = visitor.open("pixels", "Pixels")
    page.goto(f"{app.url}/training")
    expect(score(page)).to_have_text("Nothing is painted yet.")

    def stroke(column: int) -> None:
        start, end = on_screen(page, column, 4), on_screen(page, column, 20)
        if by_touch:
            move_finger(page, [start, end])
            return
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=5)
        page.mouse.up()

    canvas(page)
    visitor.rest()
    entries, scrolled = page.evaluate("history.length"), page.evaluate(SCROLLED)
    stroke(8)
    expect(score(page)).to_contain_text("right")
    assert [painted(page, column, 12) for column in (8, 7, 6, 5, 20)] == [2, 2, 1, 0, 0]
    page.get_by_role("radio", name="For 7").click()
    stroke(20)
    page.wait_for_url("**paint=*")
    assert [painted(page, column, 12) for column in (20, 8)] == [-2, 2]
    page.get_by_role("button", name="Undo").click()
    assert [painted(page, column, 12) for column in (20, 8)] == [0, 2]
    visitor.rest()
    assert page.evaluate(SCROLLED) == scrolled
    assert page.evaluate("history.length") == entries
    page.go_back()
    page.get_by_role("heading", name="Pixels", exact=True).wait_for()

"""The map of the edge of learning in a real browser: zoom in, look at a run, go back, and open the link."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.finger import PHONE

THE_EDGE = "learning_rates?experiment=5+The+edge"
MOST_S = 120  # a busy machine has thousands of runs to train


def view(page) -> list[float]:
    """Return the view that the address names: left, bottom, width."""
    text = parse_qs(urlsplit(page.url).query).get("edge", ["-2_-2_4"])[0]
    return [float(part) for part in text.split("_")]


def wait_for(page, left: float, bottom: float, width: float):
    page.wait_for_function(
        "width => (new URL(location).searchParams.get('edge') ?? '_4').endsWith(`_${width}`)", arg=f"{width}"
    )
    assert view(page) == pytest.approx([left, bottom, width])
    expect(page.locator(".edge .left")).to_have_text(re.compile(f"{10**left:.3g}"))


def picture(page):
    """Return the number of rows of the picture, and the bytes of its colours."""
    return page.locator(".edge .map").evaluate(
        "map => [map.height, [...map.getContext('2d').getImageData(0, 0, map.width, map.height).data].join()]"
    )


def rows(page, least: int) -> None:
    """Wait until the picture has so many rows."""
    page.wait_for_function(
        """least => [...document.querySelectorAll('*')].some(
            host => (host.shadowRoot?.querySelector('.map')?.height ?? 0) >= least)""",
        arg=least,
        timeout=1000 * MOST_S,
    )


def spot(page, across: float, up: float) -> tuple[float, float]:
    box = page.locator(".edge .over").bounding_box()
    return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]


def test_three_zooms_by_click_box_and_key_then_back_home_and_the_link(visitor):
    page = visitor.page
    page.goto(f"{visitor.url}/{THE_EDGE}")  # it is not quiet before it is complete
    rows(page, 32)
    # To where all fly apart soon, which takes little time.
    page.mouse.click(*spot(page, 0.8125, 0.8125))
    wait_for(page, 0.75, 0.75, 1.0)
    page.mouse.move(*spot(page, 0.25, 0.75))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.6, 0.6), steps=3)
    page.mouse.move(*spot(page, 0.75, 0.25), steps=3)
    page.mouse.up()
    wait_for(page, 1, 1, 0.5)
    page.locator(".edge .over").press("Enter")  # without a cross, at the middle
    wait_for(page, 1.1875, 1.1875, 0.125)
    expect(page.get_by_text("32 times")).to_be_visible()
    link = page.url
    page.get_by_role("button", name="Back").click()
    wait_for(page, 1, 1, 0.5)
    page.go_back()  # the browser's own, which undoes the last click
    wait_for(page, 1.1875, 1.1875, 0.125)
    rows(page, 256)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0, timeout=1000 * MOST_S)
    before = picture(page)
    page.get_by_role("button", name="Home", exact=True).click()
    wait_for(page, -2, -2, 4)
    page.goto(link)
    wait_for(page, 1.1875, 1.1875, 0.125)
    rows(page, 256)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0, timeout=1000 * MOST_S)
    assert picture(page) == before


def test_pointing_at_a_pixel_and_moving_the_cross_by_key_show_the_rates_and_the_curve(visitor):
    page = visitor.page
    page.goto(f"{visitor.url}/{THE_EDGE}&edge=1.5_1.5_0.25")
    rows(page, 256)
    visitor.rest()  # the page scrolls to the picture by itself
    page.mouse.move(*spot(page, 0.501, 0.251))
    words = page.locator(".edge .words")
    expect(words).to_contain_text("Flew apart")
    expect(words).to_contain_text(f"First layer {10**1.625:.4g}, second layer {10**1.5625:.4g}.")
    expect(page.locator(".edge .plot .orange")).to_have_count(1)
    page.locator(".edge .over").press("Shift+ArrowRight")
    expect(words).to_contain_text(f"First layer {10**1.65625:.4g}, second layer {10**1.5625:.4g}.")


def test_a_map_that_is_pointed_at_while_its_page_is_left_asks_for_nothing_more(visitor):
    page = visitor.page
    page.goto(f"{visitor.url}/{THE_EDGE}&edge=1.5_1.5_0.25")
    rows(page, 32)
    page.locator(".edge .over").evaluate("""over => {
        const { edge } = over.closest(".edge"), box = over.getBoundingClientRect()
        let { send } = edge, moves = 0
        window.asked = 0
        const count = () => { asked += 1 }
        const get = () => over.isConnected ? send : count, set = next => { send = next }
        Object.defineProperty(edge, "send", { get, set })
        const point = setInterval(() => {
            if (!over.isConnected) return clearInterval(point)
            const place = { clientX: box.left + 1 + ((40 * moves++) % 240), clientY: box.top + 1 }
            over.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse", ...place }))
        }, 20)
    }""")
    visitor.switch("Pixels")
    page.wait_for_timeout(500)
    assert page.evaluate("asked") == 0


def test_on_a_phone_a_tap_shows_a_run_a_button_zooms_in_and_the_picture_is_in_view(visitors, app):
    visitor = visitors(app.url, **PHONE)
    page = visitor.page
    page.goto(f"{visitor.url}/{THE_EDGE}&edge=1.0_1.0_1.0")
    rows(page, 32)
    page.wait_for_timeout(1500)  # it scrolls
    box = page.locator(".edge .over").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= PHONE["viewport"]["height"]
    closer = page.get_by_role("button", name="Zoom in at the cross")
    before = closer.bounding_box()
    assert before["y"] + before["height"] <= PHONE["viewport"]["height"]
    page.touchscreen.tap(*spot(page, 0.5, 0.5))
    expect(page.locator(".edge .words")).to_contain_text("Flew apart")
    assert closer.bounding_box() == before
    closer.tap()
    wait_for(page, 1.375, 1.375, 0.25)

"""Clicks on charts, and the play button: what only a real browser can do."""

import re

import pytest
from playwright.sync_api import expect


def marks(page, chart: str):
    """Return the marks of a chart that a mouse can meet, each with what its tooltip says as its label."""
    return page.locator(f".st-key-{chart} svg").locator("path[role='graphics-symbol']")


def labelled(marks, *parts: str):
    """Return those marks whose label has all the parts."""
    for part in parts:
        marks = marks.and_(marks.page.locator(f"[aria-label*='{part}']"))
    return marks


def test_a_click_on_a_point_makes_that_image_the_specimen(visitor):
    page = visitor.open("distance", "Distance")
    point = labelled(marks(page, "scatter"), "It is a: 7;", "Number: 41;")
    assert visitor.specimen() == "valid/3/0002.png"
    point.click(force=True)  # another point may lie on it, but then the label says so below
    expect(page.locator(".st-key-specimen code").first).to_have_text("valid/7/0041.png")
    visitor.rest("Distance")
    assert "digit=7" in page.url
    assert "number=41" in page.url


def test_a_click_on_a_confusion_cell_opens_its_images(visitor):
    page = visitor.open("distance", "Distance")
    cell = labelled(marks(page, "confusion"), "Taken for: 7; It is: 7;")
    count = int(re.search(r"Images: (\d+)", cell.get_attribute("aria-label"))[1])
    opened = page.locator(".st-key-confusion_cell input")
    expect(opened).not_to_have_value(f"a 7 taken for a 7: {count}")
    cell.click()  # in its middle, where its number stands
    expect(opened).to_have_value(f"a 7 taken for a 7: {count}")
    visitor.rest("Distance")
    images = page.get_by_role("button", name=re.compile("^Make valid.7."))
    expect(images).to_have_count(min(count, 16))
    expect(page.get_by_role("button", name=re.compile("^Make valid.3."))).to_have_count(0)
    name = images.nth(4).get_attribute("title").split()[1]
    images.nth(4).click()
    expect(page.locator(".st-key-specimen code").first).to_have_text(name)
    expect(images.nth(4)).to_have_attribute("aria-pressed", "true")


def test_a_tooltip_of_the_scatter_shows_the_image(visitor):
    page = visitor.open("distance", "Distance")
    labelled(marks(page, "scatter"), "It is a: 7;", "Number: 41;").hover(force=True)
    expect(page.locator("#vg-tooltip-element img")).to_have_js_property("naturalWidth", 56)


def test_a_click_on_a_pixel_moves_both_sliders_there(visitor):
    page = visitor.open("pixels", "Pixels")
    pixel = labelled(marks(page, "picture"), "Row: 20;", "Column: 6;")
    pixel.click(force=True)
    expect(page.locator(".st-key-pixel_row input")).to_have_value("20")
    expect(page.locator(".st-key-pixel_column input")).to_have_value("6")
    visitor.rest("Pixels")
    expect(page.get_by_test_id("stMetric").filter(has_text="Place of 784")).to_contain_text(str(20 * 28 + 6))


def slow_down(page, times: float) -> None:
    """Give the page a processor that is so many times slower than this one."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


@pytest.mark.parametrize("slower", [1, 12], ids=["", "slow at first"])
def test_the_play_button_lets_the_ideal_digits_grow_from_few_images_to_all(visitor, slower):
    page = visitor.open("ideal_digits", "Ideal digits")
    slow_down(page, slower)
    count = page.locator(".st-key-n input")
    most = int(count.get_attribute("max"))
    button = page.locator(".st-key-play").get_by_role("button")
    button.click()
    expect(button).to_contain_text("Stop")
    few = "most => Number(document.querySelector('.st-key-n input').value) < most / 4"
    page.wait_for_function(few, arg=most, polling=20)
    slow_down(page, 1)
    seen = [int(count.input_value())]
    while seen[-1] < most and len(seen) < 600:  # half a minute at most
        page.wait_for_timeout(50)
        seen.append(int(count.input_value()))
    assert seen[-1] == most
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    expect(button).to_contain_text("Play")
    visitor.rest("Ideal digits")
    expect(page.get_by_text(f"3: the mean of {most}")).to_be_visible()


def test_reset_shows_the_start_though_timers_ring_late(visitor):
    page = visitor.open("gradient_descent?rate=0.01&steps=0", "Gradient descent")
    steps = page.locator(".st-key-slide_steps output")
    for _ in range(2):
        page.get_by_role("button", name="Play", exact=True).click()
        expect(steps).to_have_text(re.compile("[3-9]"))
        slow_down(page, 4)
        page.locator(".st-key-steps_reset button").click()
        page.wait_for_timeout(500)
        slow_down(page, 1)
        visitor.rest()
        expect(steps).to_have_text("0")
        expect(page.get_by_text("This is the start.")).to_be_visible()


def test_the_ball_is_dragged_along_the_curve_and_moved_by_keys(visitor):
    page = visitor.open("gradient_descent", "Gradient descent")
    ball = page.locator("svg.ball .handle").first
    slope = page.get_by_test_id("stMetric").filter(has_text="Slope here")
    expect(ball).to_have_attribute("aria-valuetext", "w = 3.0, loss 9.00")
    box = ball.locator(".dot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y)
    w = float(ball.get_attribute("aria-valuenow"))  # at once, in the browser
    assert 0 < w < 2
    expect(slope).to_contain_text(f"{2 * w:+.4f}")  # the server has followed, though the hand has not let go
    assert "weight=" not in page.url
    page.mouse.up()
    visitor.rest("Gradient descent")
    assert f"weight={w:g}" in page.url
    page.keyboard.press("End")
    expect(slope).to_contain_text("+8.0000")
    expect(page.locator(".st-key-slide_weight output")).to_have_text("4.0")

"""Clicks on charts, and the play button: what only a real browser can do."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.dataset import SIDE
from tests.browser.finger import PHONE


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


def pixel(page, row: int, column: int) -> dict[str, float]:
    """Return the middle of a pixel within the picture, as Playwright's mouse wants it."""
    width = page.locator(".st-key-picture svg").bounding_box()["width"]
    return {"x": (column + 0.5) * width / SIDE, "y": (row + 0.5) * width / SIDE}


def test_a_picture_to_point_at_is_white_at_0_and_black_at_255_with_the_picked_pixel_marked(visitor, built_in_folder):
    page = visitor.open("pixels?pixel_row=3&pixel_column=4", "Pixels")
    canvas = page.locator(".st-key-picture canvas")
    drawn = canvas.evaluate("one => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data]")
    image = np.asarray(Image.open(built_in_folder / visitor.specimen()))
    assert drawn == np.dstack([255 - image] * 3 + [np.full_like(image, 255)]).flatten().tolist()
    mark = page.locator(".st-key-picture .picked")
    assert [mark.get_attribute(name) for name in ("x", "y", "width", "height")] == ["4", "3", "1", "1"]


def test_a_click_on_a_pixel_moves_both_sliders_there_and_marks_it_in_the_heat_map(visitor):
    page = visitor.open("pixels", "Pixels")
    page.locator(".st-key-picture svg").click(position=pixel(page, 9, 6))
    expect(page.locator(".st-key-slide_pixel_row input")).to_have_value("9")
    expect(page.locator(".st-key-slide_pixel_column input")).to_have_value("6")
    expect(page.get_by_text("at place").first).to_contain_text(str(9 * 28 + 6))
    picked = page.locator(".pixels td.picked")
    expect(picked).to_have_attribute("title", re.compile("row 9, column 6"))
    page.locator(".pixels td[title^='row 5, column 8']").click()
    expect(page.get_by_text("at place").first).to_contain_text(str(5 * 28 + 8))
    expect(page.locator(".st-key-slide_pixel_column input")).to_have_value("8")
    visitor.switch("Ideal digits")
    visitor.switch("Pixels")
    expect(page.locator(".st-key-slide_pixel_column input")).to_have_value("8")


def test_the_frame_that_crops_the_picture_can_be_dragged_by_its_middle_and_by_a_corner(visitor):
    page = visitor.open("pixels", "Pixels")
    corner = page.locator(".st-key-picture svg").bounding_box()

    def drag(*places):
        for place in places:
            at = pixel(page, *place)
            page.mouse.move(corner["x"] + at["x"], corner["y"] + at["y"], steps=5)
            page.mouse.down()
        expect(page.get_by_text(">>> np.array(img)")).to_contain_text(cropped)
        assert "rows=" not in page.url  # the link gets the place where it is let go
        page.mouse.up()
        page.wait_for_url("**rows=*")

    cropped = "[10:16, 9:15]"
    drag((6, 6), (12, 11))
    page.goto(page.url.split("?")[0])
    visitor.rest("Pixels")
    cropped = "[4:13, 4:15]"
    drag((9.5, 9.5), (12.5, 14.5))


def slow_down(page, times: float) -> None:
    """Give the page a processor that is so many times slower than this one."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


@pytest.mark.parametrize("slower", [1, 12], ids=["", "slow at first"])
def test_the_run_button_lets_the_ideal_digits_grow_from_few_images_to_all(visitor, slower):
    page = visitor.open("ideal_digits", "Ideal digits")
    slow_down(page, slower)
    count = page.locator(
        ".st-key-slide_n input"
    )  # its value is a place on the scale: the first is one image, the last all
    most = int(count.get_attribute("max"))
    button = page.locator(".st-key-n_play").get_by_role("button")
    button.click()
    expect(button).to_contain_text("Pause")
    assert int(count.input_value()) < most / 4
    slow_down(page, 1)
    seen = [int(count.input_value())]
    while seen[-1] < most and len(seen) < 600:  # half a minute at most
        page.wait_for_timeout(50)
        seen.append(int(count.input_value()))
    assert seen[-1] == most
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    expect(button).to_contain_text("Run")
    visitor.rest("Ideal digits")
    expect(page.get_by_text("3: the mean of 400 images")).to_be_visible()


def test_reset_shows_the_start_though_timers_ring_late(visitor):
    page = visitor.open("gradient_descent?rate=0.01&steps=0", "Gradient descent")
    steps = page.locator(".st-key-slide_steps output")
    for _ in range(2):
        page.get_by_role("button", name="Run", exact=True).click()
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
    expect(page).to_have_url(re.compile(f"weight={w:g}"))
    page.keyboard.press("End")
    expect(slope).to_contain_text("+8.0000")
    expect(page.locator(".st-key-slide_weight output")).to_have_text("4.0")


def test_the_last_place_of_a_slider_is_sent_again_where_it_was_lost(visitor):
    lost = []

    def listen(browser):
        server = browser.connect_to_server()

        def pass_on(packed):
            widgets = BackMsg.FromString(packed).rerun_script.widget_states.widgets
            moved = any('"move"' in widget.json_trigger_value for widget in widgets)
            if moved and not lost:
                lost.append(packed)
            else:
                server.send(packed)

        browser.on_message(pass_on)

    visitor.page.route_web_socket("**/_stcore/stream", listen)
    page = visitor.open("pixels?pixel_row=3&pixel_column=4", "Pixels")
    page.locator(".st-key-slide_pixel_row input").press("ArrowRight")
    page.wait_for_url("**pixel_row=4**")
    assert len(lost) == 1
    expect(page.get_by_text("at place").first).to_contain_text(str(4 * 28 + 4))


def test_nothing_moves_when_run_becomes_pause(visitor):
    page = visitor.open("gradient_descent", "Gradient descent")
    play, reset = (page.locator(f".st-key-steps_{name} button") for name in ("play", "reset"))
    play.evaluate("button => button.scrollIntoView({block: 'center'})")
    before = play.bounding_box(), reset.bounding_box()
    play.click()
    expect(play).to_contain_text("Pause")
    assert (play.bounding_box(), reset.bounding_box()) == before


def test_on_a_phone_a_fit_that_is_chosen_is_in_view_while_it_bends(visitors, app):
    page = visitors(app.url, **PHONE).open("gradient_descent", "Gradient descent")
    page.get_by_role("heading", name="Several weights at once").evaluate("heading => heading.scrollIntoView()")
    page.get_by_role("button", name="Good fit").click()
    expect(page.locator(".st-key-fit_steps_play button")).to_contain_text("Pause the fit")
    curve = page.get_by_test_id("stVegaLiteChart").filter(has_text="Speed in m/s")
    expect(curve).to_be_in_viewport(ratio=0.7)

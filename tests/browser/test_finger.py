"""A finger: on a slider it scrolls the page, slides or taps; near a point of a chart it chooses that point.

And a phone's narrow screen shows a long shape whole.
"""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.finger import PHONE, move_finger
from tools.browser import wait_until_quiet

SCROLLED = "document.querySelector('[data-testid=\"stMain\"]').scrollTop"


@pytest.fixture
def phone(visitors, app):
    """Return the page Pixels on a phone, with the slider of the rows, at 14, in the middle of the screen."""
    page = visitors(app.url, **PHONE).open("pixels?pixel_row=14", "Pixels")
    show_row(page)
    return page


def row(page):
    return page.get_by_role("slider", name="Row", exact=True)


def show_row(page) -> None:
    """Scroll its slider to the middle of the screen."""
    row(page).evaluate("slider => slider.scrollIntoView({block: 'center'})")


def chosen(page) -> int:
    """Return the row that is chosen, once the page rests."""
    wait_until_quiet(page)
    return int(row(page).input_value())


def on_line(page, share: float) -> tuple[float, float]:
    """Return the point of the window at this share of the slider's line."""
    box = row(page).bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def test_a_finger_that_scrolls_from_a_slider_scrolls_the_page_and_leaves_the_slider_as_it_is(phone):
    for share in (0.2, 0.5, 0.9):  # 0.5 is on the knob
        show_row(phone)
        before = phone.evaluate(SCROLLED)
        x, y = on_line(phone, share)
        move_finger(phone, [(x, y), (x - 10, y - 200)])
        phone.wait_for_function(f"before => {SCROLLED} > before + 50", arg=before)
        assert chosen(phone) == 14


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_finger_that_slides_takes_the_slider_along_and_the_page_stays(phone, share):
    before = phone.evaluate(SCROLLED)
    x, y = on_line(phone, share)
    move_finger(phone, [(x, y), (on_line(phone, 0.8)[0], y + 10)])
    assert 21 <= chosen(phone) <= 22
    assert phone.evaluate(SCROLLED) == before


def test_a_tap_on_the_line_of_a_slider_chooses(phone):
    phone.touchscreen.tap(*on_line(phone, 0.2))
    assert 5 <= chosen(phone) <= 6


def test_a_finger_drags_the_frame_of_a_crop_down_and_across_and_the_page_stays(phone):
    phone.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)")
    box = phone.locator(".picture svg").bounding_box()
    (x, y), pixel = (box["x"], box["y"]), box["width"] / 28
    move_finger(phone, [(x + 7 * pixel, y + 7 * pixel), (x + 14 * pixel, y + 16 * pixel)])
    phone.wait_for_url("**rows=13&rows=19&columns=11&columns=17**")
    assert phone.evaluate(SCROLLED) == 0


def test_a_tap_near_a_point_of_the_scatter_makes_its_image_the_specimen(visitors, app):
    visitor = visitors(app.url, **PHONE)
    page = visitor.open("distance", "Distance")
    assert visitor.specimen() == "valid/3/0002.png"
    chart = page.locator(".st-key-scatter")
    chart.evaluate("chart => chart.scrollIntoView({block: 'center'})")
    box = chart.bounding_box()
    page.touchscreen.tap(box["x"] + 0.95 * box["width"], box["y"] + 0.8 * box["height"])  # at no point: below the 7s
    expect(page.locator(".st-key-specimen code").first).to_contain_text("valid/7/")


def test_a_phone_shows_the_whole_shape_of_a_colour_picture(visitors, app):
    visitor = visitors(app.url, **PHONE)
    page = visitor.open("tensors?rank=Colour", "Tensors")
    photo = io.BytesIO()
    Image.new("RGB", (600, 400)).save(photo, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": photo.getvalue()}
    )
    shape = page.get_by_test_id("stMetricValue").filter(has_text="(3, 171, 256)")
    expect(shape).to_be_visible()
    visitor.rest("Tensors")
    cut = "value => [value, ...value.querySelectorAll('*')].some(box => box.scrollWidth > box.clientWidth + 1)"
    assert not shape.evaluate(cut)

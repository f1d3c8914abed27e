"""Every page in a real browser, dark on a phone; light on a desktop they open in test_accessibility."""

import pytest
from playwright.sync_api import expect

from tests.browser.finger import PHONE
from tools.browser import wait_until_quiet

HOME = "Three or Seven"  # the heading of the page whose link says Home
SCROLLS_SIDEWAYS = """() => [document.scrollingElement, document.querySelector('[data-testid="stMain"]')]
    .some(box => box.scrollWidth > box.clientWidth)"""
# How far below the window's top the specimen is, and the heading, when the page is scrolled to its end and back.
SPECIMEN_AND_HEADING = """() => {
    const main = document.querySelector('[data-testid="stMain"]'), top = what => main.querySelector(what)
        .getBoundingClientRect().top;
    main.scrollTop = main.scrollHeight;
    const specimen = top('.st-key-specimen');
    main.scrollTop = 0;
    return [specimen, top('h1')];
}"""
LIGHTNESS = """() => {
    const [red, green, blue] = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor
        .match(/\\d+/g).map(Number);
    return (red + green + blue) / 3;
}"""


@pytest.fixture(scope="session")
def pages(devices, app) -> dict[str, str]:
    """Return the heading of every page of the navigation, by its path."""
    with devices().new_page() as page:
        page.goto(app.url)
        wait_until_quiet(page, HOME)
        links = page.locator('[data-testid="stSidebarNavLink"]').all()
        paths = [link.evaluate("link => link.pathname.slice(1)") for link in links]
        return {path: link.locator("p").inner_text() if path else HOME for path, link in zip(paths, links, strict=True)}


def assert_well_opened(page, title: str, scheme: str) -> None:
    """Check that a page is in its theme, shows no error, and does not scroll sideways."""
    expect(page).to_have_title(title if title == HOME else f"{title} · {HOME}")
    assert page.get_by_test_id("stException").all_inner_texts() == []
    assert page.get_by_test_id("stAlertContentError").all_inner_texts() == []
    assert not page.evaluate(SCROLLS_SIDEWAYS)
    specimen, heading = page.evaluate(SPECIMEN_AND_HEADING)
    assert specimen == 0
    assert heading < 100
    assert (page.evaluate(LIGHTNESS) > 128) == (scheme == "light")


def test_every_page_opens_dark_on_a_phone_without_an_error_or_sideways_scrolling(visitors, app, pages, subtests):
    visitor = visitors(app.url, color_scheme="dark", viewport=PHONE["viewport"])
    page = visitor.open("", HOME)
    assert_well_opened(page, HOME, "dark")
    page.get_by_test_id("stExpandSidebarButton").click()  # it lies over the page, and stays open
    for title in [title for path, title in pages.items() if path]:
        with subtests.test(page=title):
            visitor.switch(title)  # by its link: to load the whole app anew would take longer than its page
            assert_well_opened(page, title, "dark")


def test_the_navigation_leads_through_the_lesson_from_home_to_draw(pages):
    paths = list(pages)
    lesson = ["", "pixels", "tensors", "ideal_digits", "distance", "draw"]
    assert [path for path in paths if path in lesson] == lesson

"""Every page in a real browser: light and dark, on a desktop and on a phone."""

import pytest
from playwright.sync_api import expect

from bench.browser import wait_until_quiet, watched_context

HOME = "Three or Seven"  # the heading of the page whose link says Home
VIEWS = {"desktop": (1280, 900), "phone": (390, 844)}
SCROLLS_SIDEWAYS = """() => [document.scrollingElement, document.querySelector('[data-testid="stMain"]')]
    .some(box => box.scrollWidth > box.clientWidth)"""
LIGHTNESS = """() => {
    const [red, green, blue] = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor
        .match(/\\d+/g).map(Number);
    return (red + green + blue) / 3;
}"""


@pytest.fixture(scope="session")
def pages(browser, app) -> dict[str, str]:
    """Return the heading of every page of the navigation, by its path."""
    with watched_context(browser) as context:
        page = context.new_page()
        page.goto(app.url)
        wait_until_quiet(page, HOME)
        links = page.locator('[data-testid="stSidebarNavLink"]').all()
        paths = [link.evaluate("link => link.pathname.slice(1)") for link in links]
        return {path: link.locator("p").inner_text() if path else HOME for path, link in zip(paths, links, strict=True)}


@pytest.mark.parametrize(("scheme", "view"), [("light", "desktop"), ("dark", "phone")])
def test_every_page_opens_in_its_theme_without_an_error_or_sideways_scrolling(
    visitors, app, pages, subtests, scheme, view
):
    width, height = VIEWS[view]
    visitor = visitors(app.url, color_scheme=scheme, viewport={"width": width, "height": height})
    for path, title in pages.items():
        with subtests.test(page=title):
            page = visitor.open(path, title)
            expect(page).to_have_title(title if title == HOME else f"{title} · {HOME}")
            assert page.get_by_test_id("stException").all_inner_texts() == []
            assert page.get_by_test_id("stAlertContentError").all_inner_texts() == []
            assert not page.evaluate(SCROLLS_SIDEWAYS)
            assert (page.evaluate(LIGHTNESS) > 128) == (scheme == "light")


def test_the_navigation_leads_through_the_lesson_from_home_to_draw(pages):
    paths = list(pages)
    lesson = ["", "pixels", "tensors", "ideal_digits", "distance", "draw"]
    assert [path for path in paths if path in lesson] == lesson

"""Components whose script comes late: Streamlit ends the calls that newer data has overtaken, but all stay in place."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_draw import BAR, press_pen
from tests.browser.test_edge_of_learning import THE_EDGE, wait_for
from tests.browser.test_training import HOLD, button, number, run

COME_LATE = """() => {
    const come = new Promise(resolve => { window.come = resolve }), make = URL.createObjectURL.bind(URL)
    window.late = come
    URL.createObjectURL = blob => make(
        blob.type === 'text/javascript' ? new Blob(['await window.late\\n', blob], { type: blob.type }) : blob)
}"""


@pytest.fixture
def page(visitor):
    """Return a page whose components get their scripts when the test says so."""
    visitor.page.add_init_script(f"({COME_LATE})()")
    return visitor.page


def test_pause_still_acts_before_the_page_has_run_again(page, visitor):
    visitor.open("training", "Training")
    button(page, "One step").click()
    visitor.rest()
    page.evaluate("come()")
    expect(number(page, "Step")).to_have_text("1")
    run(page)
    page.evaluate(HOLD, "_stcore")
    button(page, "Pause").click()
    page.wait_for_function("!document.querySelector('.live-view').view.header.playing")
    page.evaluate("release()")
    expect(button(page, "Run")).to_be_visible()


def test_the_verdicts_still_move_while_the_pen_does(page, visitor):
    visitor.open("draw", "Draw")
    page.get_by_role("button", name="A 7", exact=True).click()
    visitor.rest()
    page.evaluate("come()")
    of = page.locator(".judged")
    expect(of).to_have_attribute("data-of", re.compile("paper "))
    page.wait_for_timeout(1500)  # a second after they have left their page, they end
    press_pen(page, BAR)
    expect(of).to_have_attribute("data-of", re.compile("pen "))
    page.mouse.up()


def test_the_map_still_follows_the_browsers_back(page, visitor):
    visitor.open(THE_EDGE, "Learning rates")
    page.get_by_role("button", name="Next").first.click()  # which runs the page again
    visitor.rest()
    page.evaluate("come()")
    wait_for(page, -2, -2, 4)
    page.locator(".edge .over").press("Enter")
    wait_for(page, -0.5, -0.5, 1.0)
    page.go_back()
    wait_for(page, -2, -2, 4)

"""A tab that sleeps: its connection breaks, is taken up again after a while, and all is where it was."""

import pytest
from playwright.sync_api import expect

from tests.browser.network_line import Line
from tests.browser.test_training import button, number, run, steps, wait_for_steps

ASLEEP_MS = 4000
CONNECTION = "data-test-connection-state"
# What the browser says of a line that is cut.
LOST = (
    "WebSocket connection",
    "net::ERR_",
    "Client Error in reaching server endpoint",
    "disconnected from server",
    "server is not responding",
)


@pytest.fixture
def line(app):
    """Run a line to the app."""
    with Line(app.url) as line:
        yield line


@pytest.fixture
def sleeper(visitors, line):
    """Return a person in front of the Training page, whose tab is about to sleep."""
    visitor = visitors(line.url)
    visitor.open("training", "Training")
    yield visitor
    visitor.leave()  # before the line does
    visitor.errors = [error for error in visitor.errors if not any(word in error for word in LOST)]


def sleep(page, line) -> None:
    """Cut the line, let the tab notice it, and mend the line after a while."""
    app = page.get_by_test_id("stApp")
    line.cut()
    expect(app).not_to_have_attribute(CONNECTION, "CONNECTED")
    page.wait_for_timeout(ASLEEP_MS)
    line.mend()
    expect(app).to_have_attribute(CONNECTION, "CONNECTED", timeout=60_000)
    expect(page.get_by_role("dialog")).to_have_count(0)  # which said that the server does not answer


def test_a_run_that_went_on_when_the_tab_fell_asleep_goes_on_from_there(sleeper, line):
    before = run(sleeper.page)
    sleep(sleeper.page, line)
    after = wait_for_steps(sleeper.page, before)
    assert wait_for_steps(sleeper.page, after) > before
    expect(button(sleeper.page, "Pause")).to_be_visible()


def test_a_view_that_waits_for_the_server_says_so(sleeper, line):
    run(sleeper.page)
    waits = sleeper.page.get_by_text("The server has not answered for a while.")
    expect(waits).to_be_hidden()
    line.cut()
    expect(waits).to_be_visible()
    line.mend()
    expect(waits).to_be_hidden(timeout=60_000)


def test_a_paused_run_and_its_settings_are_as_they_were(sleeper, line):
    page = sleeper.page
    page.locator(".st-key-slide_lr input").press("ArrowLeft")
    sleeper.rest()
    button(page, "One epoch").click()
    expect(number(page, "Epoch")).to_have_text("1")
    sleeper.rest()
    before = steps(page), number(page, "Validation loss").inner_text()
    sleep(page, line)
    sleeper.rest()
    assert (steps(page), number(page, "Validation loss").inner_text()) == before
    assert page.locator(".st-key-slide_lr input").get_attribute("aria-valuetext") == "0.794"
    button(page, "One epoch").click()
    expect(number(page, "Epoch")).to_have_text("2")
    assert steps(page) == 2 * before[0]

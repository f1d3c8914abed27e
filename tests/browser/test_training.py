"""Training live: run and pause, the rate while it runs, tabs and page changes, and any clicks in any order."""

import os
import random
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import complaints

SECONDS = float(os.environ.get("RANDOM_SESSION_SECONDS", 20))  # of clicks at random
FREED_S = 5  # seconds after which a closed tab must cost nothing
STEP = """() => Number([...document.querySelectorAll('.live-numbers dt')]
    .find(term => term.textContent === 'Step')?.nextElementSibling.textContent.replaceAll(',', ''))"""


def steps(page) -> int:
    """Return how many steps the page says have been taken."""
    return page.evaluate(STEP)


def wait_for_steps(page, more_than: int) -> int:
    """Wait until the page shows more steps than that; return how many."""
    return page.wait_for_function(
        f"least => {{ const now = ({STEP})(); return now > least && now; }}", arg=more_than, timeout=60_000
    ).json_value()


def number(page, name: str):
    """Return one of the live numbers by its name."""
    cell = page.locator(".live-numbers > div").filter(has=page.get_by_text(name, exact=True))
    return cell.locator("dd")


def button(page, name: str):
    """Return a button of the page by what stands on it."""
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def run(page) -> int:
    """Click on Run and wait until it has got going; return the steps."""
    button(page, "Run").click()
    return wait_for_steps(page, wait_for_steps(page, steps(page)))


def link(page, name: str):
    """Return a link of the sidebar."""
    return page.locator('[data-testid="stSidebarNavLink"]').filter(has_text=name)


def come_back(page) -> None:
    """Go to the page Training."""
    link(page, "Training").click()
    page.get_by_role("heading", name="Training", exact=True).wait_for()
    page.locator(".st-key-reset button").first.wait_for()
    page.locator(".st-key-slide_lr input").wait_for()


def workers_seconds(app) -> float:
    """Return the seconds of processor time that the server's workers have used."""
    times = [worker.cpu_times() for worker in app.process.children()]
    return sum(used.user + used.system for used in times)


@pytest.fixture
def trainer(visitor):
    """Return a person in front of the Training page."""
    visitor.open("training", "Training")
    return visitor


@pytest.fixture(scope="module")
def regular(lasting_visitors, app):
    """Return a person in front of the Training page who stays there."""
    visitor = lasting_visitors(app.url)
    visitor.open("training", "Training")
    return visitor


@pytest.fixture
def starter(regular):
    """Return that person before the first step, with all settings as the last test left them."""
    yield regular
    button(regular.page, "Reset").click()
    expect(number(regular.page, "Step")).to_have_text("0")
    expect(button(regular.page, "Run")).to_be_visible()
    regular.rest("Training")


def test_run_takes_steps_until_pause_and_none_after_it(starter):
    page = starter.page
    assert steps(page) == 0
    run(page)
    button(page, "Pause").click()
    expect(button(page, "Run")).to_be_visible()
    starter.rest()
    at_rest = steps(page)
    assert at_rest > 0
    page.wait_for_timeout(1500)
    assert steps(page) == at_rest
    assert run(page) > at_rest


def test_one_step_is_one_and_one_epoch_ends_the_epoch(starter):
    page = starter.page
    button(page, "One step").click()
    expect(number(page, "Step")).to_have_text("1")
    button(page, "One epoch").click()
    expect(number(page, "Epoch")).to_have_text("1")
    assert steps(page) == 4  # 800 images in batches of 256


def test_a_new_rate_is_used_while_it_runs_and_what_is_learned_stays(starter):
    page = starter.page
    before = run(page)
    thumb = page.locator(".st-key-slide_lr input")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
        thumb.press(key)
        rate = thumb.get_attribute("aria-valuetext")
        expect(number(page, "Rate in use")).to_have_text(rate)
        after = wait_for_steps(page, before)
        assert after > before
        before = after
    expect(button(page, "Pause")).to_be_visible()
    expect(number(page, "Rate in use")).to_have_text("0.794")  # a tenth of a power of ten below 1


def test_the_run_goes_on_after_another_page_was_open(starter):
    page = starter.page
    before = run(page)
    starter.switch("Pixels")
    link(page, "Training").click()
    wait_for_steps(page, wait_for_steps(page, before))
    expect(button(page, "Pause")).to_be_visible()


def test_a_paused_run_is_as_it_was_after_another_page_was_open(starter):
    page = starter.page
    run(page)
    button(page, "Pause").click()
    expect(button(page, "Run")).to_be_visible()
    starter.rest()
    before = steps(page), number(page, "Epoch").inner_text(), number(page, "Validation loss").inner_text()
    starter.switch("Distance")
    starter.switch("Training")
    assert (steps(page), number(page, "Epoch").inner_text(), number(page, "Validation loss").inner_text()) == before


def test_two_tabs_of_one_browser_are_two_learners(starter):
    page = starter.page
    other = page.context.new_page()
    other.goto(page.url)
    button(other, "Run").wait_for()
    before = run(page)
    assert steps(other) == 0
    expect(button(other, "Run")).to_be_visible()
    button(other, "One step").click()
    expect(number(other, "Step")).to_have_text("1")
    wait_for_steps(page, before)
    other.close()


def test_a_closed_tab_stops_the_work(trainer, app):
    run(trainer.page)
    before = workers_seconds(app)
    while workers_seconds(app) - before <= 0.2:  # else the rest would show nothing
        trainer.page.wait_for_timeout(100)
    trainer.leave()
    time.sleep(FREED_S)
    before = workers_seconds(app)
    time.sleep(2)
    assert workers_seconds(app) - before <= 0.02  # two ticks of the clock that counts it


@pytest.mark.timeout(300 + 2 * SECONDS)
def test_any_clicks_in_any_order_leave_a_run_that_goes_on_and_no_error(trainer, app):
    page, dice = trainer.page, random.Random(37)
    log = app.log.read_text(errors="replace")
    # A click by script: like a finger on it, a button that has just gone out of use ignores it.
    clicks = [page.locator(f".st-key-{key} button").first for key in ("run", "run", "one_step", "one_epoch", "reset")]
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        choice = dice.randrange(len(clicks) + 3)
        if choice < len(clicks):
            clicks[choice].evaluate("button => button.click()")
        elif choice < len(clicks) + 2:
            page.locator(".st-key-slide_lr input").press(dice.choice(["ArrowLeft", "ArrowRight", "PageUp", "PageDown"]))
        else:
            link(page, dice.choice(["Pixels", "Draw"])).click()
            page.wait_for_timeout(dice.choice([50, 200, 500]))
            come_back(page)
        page.wait_for_timeout(dice.choice([0, 0, 50, 200, 400]))
        assert page.get_by_test_id("stException").all_inner_texts() == []
        assert page.get_by_test_id("stAlertContentError").all_inner_texts() == []
    page.locator(".st-key-slide_lr input").press("Home")  # a rate with which nothing diverges
    button(page, "Reset").click()
    expect(number(page, "Step")).to_have_text("0")
    run(page)
    assert complaints(app, log) == []

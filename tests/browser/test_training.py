"""Training live: run and pause, the rate while it runs, tabs and page changes, and any clicks in any order."""

import os
import random
import re
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


def test_run_stays_under_the_pointer_that_has_clicked_on_it(starter):
    page = starter.page
    page.locator("h1").evaluate("heading => heading.scrollIntoView()")
    before = button(page, "Run").bounding_box()
    run(page)
    assert button(page, "Pause").bounding_box() == before


def test_one_step_is_one_and_one_epoch_ends_the_epoch(starter):
    page = starter.page
    button(page, "One step").click()
    expect(number(page, "Step")).to_have_text("1")
    button(page, "One epoch").click()
    expect(number(page, "Epoch")).to_have_text("1")
    assert steps(page) == 4  # 800 images in batches of 256


def view(page, what: str):
    """Return something that the live view knows."""
    return page.evaluate(f"document.querySelector('.live-view').view.{what}")


def test_at_the_start_every_step_is_shown(starter):
    page = starter.page
    page.evaluate("""() => {
        const cell = document.querySelectorAll('.live-numbers dd')[1]
        window.shown = []
        new MutationObserver(() => shown.push(Number(cell.textContent))).observe(cell, {childList: true, subtree: true})
    }""")
    button(page, "Run").click()
    wait_for_steps(page, 8)
    assert page.evaluate("shown.slice(0, 8)") == [1, 2, 3, 4, 5, 6, 7, 8]


def test_after_a_wait_steps_come_one_by_one_at_their_pace(starter):
    # The clock of the page stands still, and frames come when the test says so: 4 steps a second to begin with.
    shown = starter.page.evaluate("""() => {
        const { view } = document.querySelector('.live-view'), clock = performance.now
        const [losses, positions] = [[0.5, 0.4, 0.3], [0.25, 0.5, 0.75]]
        const header = { from: 0, step: 3, position: 0.75, playing: true }
        cancelAnimationFrame(view.frame)
        performance.now = () => 10_000
        view.drawn = 0
        view.take(header, { losses, positions, epochs: [], weights: null }, false)
        const shown = [16, 32, 200, 240, 260, 400, 490, 510].map(at => { view.draw(10_000 + at); return view.shown })
        performance.now = clock
        return shown
    }""")
    assert shown == [1, 1, 1, 1, 2, 2, 2, 3]


def test_a_view_whose_questions_are_lost_asks_again_though_nothing_runs(visitor):
    lost = []

    def lose(socket):
        if "mended" in lost:
            socket.connect_to_server()
        lost.append(socket.url)

    visitor.page.route_web_socket(re.compile("/live/"), lose)
    page = visitor.open("training", "Training")
    late = page.get_by_text("The server has not answered for a while.")
    expect(late).to_be_visible()
    assert lost
    lost.append("mended")
    expect(late).to_be_hidden()
    expect(number(page, "Step")).to_have_text("0")


def test_a_view_that_is_closed_as_its_run_ends_says_no_more(starter):
    ended = starter.page.evaluate("""async () => {
        const wait = until => new Promise(resolve => setTimeout(resolve, until))
        const root = document.querySelector('.live-view'), { run, pace, columns, earlier } = root.view
        const other = new root.view.constructor(root.cloneNode(true))
        let ended = 0
        Object.assign(other, { run, pace, columns, earlier, playing: true, end: () => { ended += 1 } })
        other.inquire()
        while (!other.received) await wait(10)
        other.close()
        await wait(1000)
        return ended
    }""")
    assert ended == 0


def test_a_press_on_pause_holds_however_busy_the_view_is(starter):
    page = starter.page
    page.get_by_role("radio", name="Flat out").click()
    starter.rest("Training")
    for _ in range(8):
        button(page, "Run").click()
        wait_for_steps(page, steps(page))
        button(page, "Pause").click()
        expect(button(page, "Run")).to_be_visible()
    starter.rest()
    assert view(page, "shown") == view(page, "have") == steps(page) == view(page, "header.step")
    page.get_by_role("radio", name="Slow start").click()


HOLD = """what => {
    const send = WebSocket.prototype.send, held = []
    WebSocket.prototype.send = function (data) {
        if (this.url.includes(what)) held.push([this, data])
        else send.call(this, data)
    }
    window.release = () => {
        WebSocket.prototype.send = send
        held.forEach(([socket, data]) => socket.readyState === WebSocket.OPEN && socket.send(data))
    }
}"""


def pause_while_the_page_is_held(page) -> None:
    """Run, and pause: the live view has done so, but the page is not told before `release()`."""
    run(page)
    page.evaluate(HOLD, "_stcore")
    button(page, "Pause").click()
    page.wait_for_function("!document.querySelector('.live-view').view.header.playing")


def test_pause_acts_before_the_page_has_run_again(starter):
    page = starter.page
    pause_while_the_page_is_held(page)
    at_rest = steps(page)
    page.wait_for_timeout(1000)
    assert steps(page) == at_rest == view(page, "have")
    button(page, "Run").click()  # waits for the page
    page.evaluate("release()")
    wait_for_steps(page, at_rest)
    expect(button(page, "Pause")).to_be_visible()


def test_a_run_that_a_preset_begins_before_the_page_has_paused_the_last_one_can_be_paused(starter):
    page = starter.page
    pause_while_the_page_is_held(page)
    before = view(page, "run")
    button(page, "Good").click()
    page.evaluate("release()")
    page.wait_for_function("before => document.querySelector('.live-view').view.run !== before", arg=before)
    wait_for_steps(page, wait_for_steps(page, 0))
    button(page, "Pause").click()
    expect(button(page, "Run")).to_be_visible()
    starter.rest()
    at_rest = steps(page)
    page.wait_for_timeout(500)
    assert steps(page) == at_rest


def test_run_right_after_reset_is_not_taken_for_pause(starter):
    page = starter.page
    run(page)
    before = view(page, "run")
    page.evaluate(HOLD, "/live/")
    button(page, "Reset").click()
    page.wait_for_function("before => document.querySelector('.live-view').view.run !== before", arg=before)
    button(page, "Run").click()
    expect(button(page, "Pause")).to_be_visible()
    page.evaluate("release()")
    wait_for_steps(page, wait_for_steps(page, 0))


def test_a_dragged_rate_is_used_before_the_slider_is_let_go(starter):
    page = starter.page
    run(page)
    box = page.locator(".st-key-slide_lr input").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    rate = page.locator(".st-key-slide_lr input").get_attribute("aria-valuetext")
    expect(number(page, "Rate in use")).to_have_text(rate)
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2)
    expect(number(page, "Rate in use")).not_to_have_text(rate)
    assert "lr=" not in page.url  # the link gets the place where it is let go
    page.mouse.up()
    page.wait_for_url("**lr=0.398*")
    button(page, "Pause").click()
    page.locator(".st-key-slide_lr input").press("End")
    for _ in range(20):  # back to a rate of 1
        page.locator(".st-key-slide_lr input").press("ArrowLeft")
    starter.rest()


def test_a_run_can_be_rewound_while_it_goes_on(starter):
    page = starter.page
    run(page)
    wait_for_steps(page, 12)
    rewind = page.get_by_role("slider", name="Rewind the run")
    rewind.press("Home")
    expect(number(page, "Step")).to_have_text("0")
    page.wait_for_timeout(500)
    assert steps(page) == 0
    rewind.press("ArrowRight")
    expect(number(page, "Step")).to_have_text(re.compile("[12]"))  # of a server that is slow, two steps come at once
    page.get_by_role("button", name="Now", exact=True).click()
    wait_for_steps(page, 12)


def test_pointing_at_the_curve_reads_its_values_and_arrow_keys_do_too(starter):
    page = starter.page
    button(page, "One epoch").click()
    expect(number(page, "Epoch")).to_have_text("1")
    curve, reading = page.locator(".live-loss"), page.locator(".live-reading")
    box = curve.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 11, box["y"] + 100)
    expect(reading).to_contain_text(f"loss {view(page, 'header.last.valid_loss').__format__('.4f')}")
    page.mouse.move(0, 0)
    expect(reading).to_be_hidden()
    curve.focus()
    page.keyboard.press("ArrowLeft")
    expect(reading).to_contain_text("Epoch 0.98")


def test_a_preset_begins_a_run_with_its_settings(starter):
    page = starter.page
    button(page, "Too small").click()
    wait_for_steps(page, 2)
    expect(number(page, "Rate in use")).to_have_text("0.001")
    button(page, "Good").click()
    expect(number(page, "Rate in use")).to_have_text("1")
    button(page, "Pause").click()
    starter.rest()


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

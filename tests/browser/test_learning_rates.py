"""The Learning rates page in a real browser: a sweep that runs live, and the ways from it to Training."""

import re

import pytest
from playwright.sync_api import expect

STEP = """() => Number([...document.querySelectorAll('.live-numbers dt')]
    .find(term => term.textContent === 'Step of every run')?.nextElementSibling.textContent.replaceAll(',', ''))"""
LONG = "lab_batch=4&lab_epochs=50&lab_count=64"  # a sweep that is still on its way when it is looked at


def wait_for_steps(page, more_than: int) -> int:
    return page.wait_for_function(
        f"least => {{ const now = ({STEP})(); return now > least && now; }}", arg=more_than, timeout=60_000
    ).json_value()


@pytest.fixture
def page(visitor):
    """Return the page in front of a person who is about to run a long sweep."""
    return visitor.open(f"learning_rates?{LONG}", "Learning rates")


def run(page) -> int:
    page.locator(".st-key-lab_sweep_run button").click()
    return wait_for_steps(page, wait_for_steps(page, 0))


def test_a_sweep_draws_frame_after_frame_and_stops_at_once_when_it_is_paused(page):
    run(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_visible()
    page.wait_for_timeout(1000)
    at_rest = page.evaluate(STEP)
    page.wait_for_timeout(1000)
    assert page.evaluate(STEP) == at_rest


def test_a_sweep_waits_while_another_page_is_open_and_goes_on_from_there(page, visitor):
    before = run(page)
    visitor.switch("Pixels")
    page.locator('[data-testid="stSidebarNavLink"]').filter(has_text="Learning rates").click()
    assert wait_for_steps(page, before - 1) >= before


def test_a_rate_of_the_range_test_arrives_on_training_with_its_settings(visitor):
    page = visitor.open("learning_rates?experiment=2+Range+test&lab_batch=32&digits=0&digits=6", "Learning rates")
    link = page.get_by_role("link", name="Train with").first
    rate = float(link.inner_text().split("Train with ")[1].split(",")[0])
    link.click()
    expect(page.get_by_role("heading", name="Training", exact=True)).to_be_visible(timeout=30_000)
    thumb = page.locator(".st-key-slide_lr input")
    expect(thumb).to_have_attribute("aria-valuetext", re.compile("."), timeout=30_000)
    assert float(thumb.get_attribute("aria-valuetext")) == pytest.approx(rate, rel=0.01)
    assert "batch=32" in page.url
    assert "digits=0&digits=6" in page.url


def test_a_slider_of_what_takes_long_shows_its_value_while_it_is_dragged_and_acts_when_it_is_let_go(visitor):
    page = visitor.open("learning_rates?experiment=2+Range+test", "Learning rates")
    slider = page.get_by_role("slider", name="Batches")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    expect(page.locator(".st-key-slide_tested output")).to_have_text(re.compile("2[678]0"))
    visitor.rest()
    assert "tested=" not in page.url
    page.mouse.up()
    page.wait_for_url(re.compile("tested=2[678]0"))


def test_dragging_the_rate_of_the_next_step_moves_the_landing_point_and_no_axis(visitor):
    page = visitor.open("learning_rates?experiment=3+The+valley", "Learning rates")
    words = page.get_by_text("With the rate")
    before = words.inner_text()
    chart = page.locator('[data-testid="stVegaLiteChart"]').first
    box = chart.bounding_box()
    page.locator(".st-key-slide_next_rate input").press("ArrowRight")
    expect(words).not_to_have_text(before)
    assert chart.bounding_box() == box


@pytest.mark.parametrize("digits", ["", "&digits=0&digits=6"])
def test_the_browsers_back_button_returns_from_a_run_on_training_to_the_sweep(visitor, digits):
    page = visitor.open(f"learning_rates?lab_count=3&lab_epochs=1&lab_rates=0.1&lab_rates=1{digits}", "Learning rates")
    page.locator(".st-key-lab_sweep_run button").click()
    expect(page.get_by_text("Best:")).to_be_visible(timeout=90_000)
    visitor.rest("Learning rates")
    page.get_by_role("link", name="as a run").click()
    visitor.rest("Training")
    page.go_back()
    expect(page.get_by_role("heading", name="Learning rates", exact=True)).to_be_visible()
    visitor.rest("Learning rates")
    assert "lab_count=3" in page.url
    assert "lr=" not in page.url
    expect(page.get_by_text("Best:")).to_be_visible()  # the sweep is still there
    page.go_forward()
    visitor.rest("Training")
    assert "stop=After" in page.url


def test_a_click_and_the_arrow_keys_along_the_u_show_that_rate_at_once_and_two_can_be_pinned(visitor):
    page = visitor.open("learning_rates?lab_count=9&lab_epochs=2", "Learning rates")
    page.locator(".st-key-lab_sweep_run button").click()
    expect(page.get_by_text("Best:")).to_be_visible(timeout=90_000)
    visitor.rest("Learning rates")
    u = page.get_by_role("slider", name="on the curve of final losses")
    cards = page.locator(".sweep .card:visible")
    expect(cards).to_have_count(1)
    # The card changes within the very event, before the server could have answered.
    at_once = """u => {
        const card = u.getRootNode().querySelector('.card:not([hidden])'), before = card.textContent
        const key = (name) => u.dispatchEvent(new KeyboardEvent('keydown', { key: name }))
        key('Home')
        const first = card.querySelector('b').textContent
        key('ArrowRight')
        return [first, card.querySelector('b').textContent, before !== card.textContent]
    }"""
    assert u.evaluate(at_once) == ["0.0001", "0.0005623", True]
    page.get_by_role("button", name="Pin 0.0005623").click()
    box = u.bounding_box()
    u.click(position={"x": box["width"] - 12, "y": box["height"] / 2})
    expect(cards.locator("b")).to_have_text(["0.0005623", "100"])
    page.get_by_role("button", name="Pin 100").click()
    u.press("ArrowLeft")
    expect(cards.locator("b")).to_have_text(["0.0005623", "100", "17.78"])
    for card in cards.all():
        expect(card.locator(".weights")).to_have_attribute("width", "28")  # a picture has come
        assert len(card.locator("p").inner_text()) > 5
    page.get_by_role("link", name="Open 17.78 as a run").click()
    expect(page.get_by_role("heading", name="Training", exact=True)).to_be_visible()

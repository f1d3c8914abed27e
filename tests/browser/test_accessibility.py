"""Every page on a desktop, light and then dark, as axe-core sees it: names and roles of all controls, and the contrast
of all texts."""

import numpy as np
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from core.drawing.strokes import PEN, PenStroke
from tests.browser.test_every_page import HOME, LIGHTNESS, assert_well_opened, pages  # noqa: F401, a fixture
from ui.state.drawing_text import write_strokes

GRAVE = ("serious", "critical")
# Violations of Streamlit's own markup, which no page can mend: (rule, selector of the element or of one around it).
NOT_OURS = (
    ("list", '[data-testid="stSidebarNavItems"]'),  # its navigation puts a <div> around each section of the list
    ("listitem", '[data-testid="stSidebarNavItems"]'),
    ("color-contrast", ".stCode .token"),  # its syntax highlighting
)
CANVAS = ".st-key-drawing"  # its use by keyboard has tests of its own
AXE = """async ([canvas, rules]) => {
    const options = {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})};
    const {violations} = await axe.run({include: [['body']], exclude: [[canvas]]}, options);
    return violations.flatMap(({id, impact, nodes}) => nodes.map(({target, html, any, all, none}) => (
        {rule: id, impact, target: target.flat().join(' '), html: html.slice(0, 200),
         why: [...any, ...all, ...none].map(check => check.message).join(' ')})));
}"""
SPOIL = "html => document.querySelector('[data-testid=stMain] h1').insertAdjacentHTML('afterend', html)"
ROUND = "([target, selector]) => Boolean(document.querySelector(target)?.closest(selector))"


def grave_violations(page, rules: list[str] | None = None) -> list[dict]:
    """Return what axe-core finds serious or critical on a page and is of the app's own making. rules: all if None."""
    found = page.evaluate(AXE, [CANVAS, rules])
    return [one for one in found if one["impact"] in GRAVE and not _is_streamlits(page, one)]


def _is_streamlits(page, one: dict) -> bool:
    return any(rule == one["rule"] and page.evaluate(ROUND, [one["target"], selector]) for rule, selector in NOT_OURS)


def train_an_epoch(page) -> None:
    page.locator(".st-key-one_epoch button").first.click()
    expect(page.locator(".live-numbers > div").filter(has_text="Epoch").first.locator("dd")).to_have_text("1")


def run_a_sweep(page) -> None:
    page.locator(".st-key-lab_sweep_run button").click()
    expect(page.get_by_role("heading", name="Every rate, in words")).to_be_visible(timeout=60_000)


CORNERS = [(70, 60), (100, 60), (130, 60), (160, 60), (190, 60), (170, 90), (150, 120), (135, 150), (125, 180)]
SEVEN = write_strokes((PenStroke(PEN, np.array(CORNERS)),))
# Pages that show most after something has been done, or by a link.
STATES = {
    "training": ("training", train_an_epoch),
    "learning_rates": ("learning_rates?lab_count=4&lab_epochs=1", run_a_sweep),
    "draw": (f"draw?strokes={SEVEN}", None),
}
THE_VALLEY = ("Learning rates", "learning_rates?experiment=3+The+valley", None)
THE_EDGE = ("Learning rates", "learning_rates?experiment=5+The+edge&edge=1.5_1.5_0.25", None)


def test_every_page_opens_well_with_no_serious_violation_and_all_texts_have_contrast_in_the_dark_theme_too(
    visitor,
    pages,  # noqa: F811
    subtests,
):
    visitor.page.add_init_script(AXE_SCRIPT)
    every = [(title, *STATES.get(path, (path, None))) for path, title in pages.items()]
    for title, link, prepare in [*every, THE_VALLEY, THE_EDGE]:
        with subtests.test(page=link or HOME):
            visitor.page.emulate_media(color_scheme="light")
            page = visitor.open(link, title) if not link or "?" in link else visitor.switch(title)
            assert_well_opened(page, title, "light")
            if prepare:
                prepare(page)
                visitor.rest(title)
            assert grave_violations(page) == []
            page.emulate_media(color_scheme="dark")
            page.wait_for_function(f"() => ({LIGHTNESS})() < 128")  # the page hears of the theme a moment later
            visitor.rest(title)
            assert grave_violations(page, ["color-contrast"]) == []


def test_a_pale_text_and_a_button_without_a_name_would_be_found(visitor):
    visitor.page.add_init_script(AXE_SCRIPT)
    page = visitor.open("data", "Data")
    page.evaluate(SPOIL, '<p style="color: #aaa; background: #fff">Pale</p><button></button>')
    assert {"color-contrast", "button-name"} <= {one["rule"] for one in grave_violations(page)}

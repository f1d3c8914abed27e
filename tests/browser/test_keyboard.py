"""With keys alone: into popovers, through what they hold and out of them; and a digit on the paper without a pen."""

from playwright.sync_api import expect

FOCUSED = "document.activeElement"
CHOOSE = "[data-testid='stPopoverButton']:has-text('Choose')"


def body(page):
    return page.get_by_test_id("stPopoverBody")


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def is_in(page, selector: str) -> None:
    """Wait until the focus is on or within what a selector finds."""
    page.wait_for_function(f"selector => {FOCUSED}.closest(selector)", arg=selector)


def test_a_key_leads_into_a_popover_and_the_specimen_is_chosen_without_a_mouse(visitor):
    page = visitor.open("pixels", "Pixels")
    page.locator(CHOOSE).focus()
    press(page, "Enter")
    is_in(page, ".st-key-split [aria-checked='true']")
    press(page, "Tab")
    is_in(page, ".st-key-digit")
    press(page, "ArrowRight", "Space")
    expect(page.locator(".st-key-specimen code").first).to_have_text("valid/7/0002.png")
    visitor.rest("Pixels")
    press(page, "Tab")
    is_in(page, ".st-key-thumbnails")  # all its pictures are one stop
    press(page, "Tab", "Tab")  # past the button for later images
    is_in(page, ".st-key-number")
    press(page, "Tab")
    is_in(page, ".st-key-guess_box_pixels")  # what comes after the button, not the end of the page
    expect(body(page)).to_have_count(0)


def test_shift_tab_and_escape_lead_back_to_the_button_on_a_page_that_was_switched_to(visitor):
    visitor.open("", "Three or Seven")
    page = visitor.switch("Training")
    page.get_by_role("button", name="Stop: never").focus()
    press(page, "Space")
    is_in(page, ".st-key-stop [aria-checked='true']")
    press(page, "Shift+Tab")
    assert page.evaluate(f"{FOCUSED}.innerText").startswith("Stop: never")
    expect(body(page)).to_be_visible()
    press(page, "Enter")
    expect(body(page)).to_have_count(0)
    press(page, "Enter")
    is_in(page, ".st-key-stop")
    press(page, "Escape")
    expect(body(page)).to_have_count(0)
    assert page.evaluate(f"{FOCUSED}.innerText").startswith("Stop: never")


def test_a_mouse_leaves_the_focus_where_it_was(visitor):
    page = visitor.open("pixels", "Pixels")
    page.locator(CHOOSE).click()
    expect(body(page)).to_be_visible()
    visitor.rest("Pixels")
    assert not page.evaluate(f"Boolean({FOCUSED}.closest('[data-testid=stPopoverBody]'))")


def test_without_a_pen_an_example_is_put_on_the_paper_and_judged(visitor):
    page = visitor.open("draw", "Draw")
    page.get_by_role("button", name="A 7").focus()
    press(page, "Enter")
    expect(page.locator(".verdicts > div").first).to_contain_text("7")
    visitor.rest("Draw")
    expect(page.locator(".st-key-paper_undo button")).to_be_enabled()
    assert page.evaluate(f"{FOCUSED}.innerText") == "A 7"  # the next one is a press of Tab away


def test_arrow_keys_go_through_the_cells_of_the_heat_map_and_stop_at_its_edge(visitor):
    page = visitor.open("pixels?pixel_row=8&pixel_column=5", "Pixels")
    page.locator(".pixels-box").focus()
    press(page, "ArrowDown", "ArrowDown", "ArrowLeft")
    expect(page.locator(".pixels td.picked")).to_have_attribute("title", "row 9, column 4: 0, place 256")
    visitor.rest("Pixels")
    expect(page.locator(".pixels td.picked")).to_have_attribute("title", "row 9, column 4: 0, place 256")
    expect(page.get_by_role("slider", name="Row", exact=True)).to_have_value("9")

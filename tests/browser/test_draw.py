"""The Draw page: each stroke of a mouse or a finger is judged when it ends, on a desktop and on a phone."""

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from core.drawing.strokes import draw_strokes
from tests.browser.finger import PHONE, move_finger
from tools.browser import wait_until_quiet
from ui.state.drawing_text import parse_strokes

SIDE = 280  # pixels of the canvas, before the browser scales it
SEVEN = [(70, 60), (200, 60), (125, 225)]  # one stroke
INVITATION = re.compile("Nothing to judge yet. Draw a 3 or a 7")
BAR = [(110, 150), (190, 150)]


def paper(page):
    """Return the layer of the canvas that takes the strokes."""
    return page.locator(".st-key-drawing canvas.upper-canvas")


def verdict(page, method: str):
    """Return the line with one method's answer."""
    return page.locator(".verdicts > div").filter(has=page.locator("dt", has_text=re.compile(f"^{method}$")))


def on_screen(page, corners):
    """Convert points of the canvas, (x, y) from 0 to SIDE, into points of the window."""
    paper(page).scroll_into_view_if_needed()
    box = paper(page).bounding_box()
    return [(box["x"] + x * box["width"] / SIDE, box["y"] + y * box["height"] / SIDE) for x, y in corners]


def press_pen(page, corners):
    """Draw a stroke with the mouse, and leave its button pressed."""
    start, *others = on_screen(page, corners)
    page.mouse.move(*start)
    page.mouse.down()
    for corner in others:
        page.mouse.move(*corner, steps=12)


def draw_with_mouse(page, corners):
    """Draw one stroke with the mouse."""
    press_pen(page, corners)
    page.mouse.up()


def draw_with_finger(page, corners):
    """Draw one stroke with a finger."""
    move_finger(page, on_screen(page, corners))


def tool(page, name: str):
    """Return the button below the canvas. The canvas shows buttons of its own above it while the mouse is over it."""
    return page.locator(f".st-key-paper_{name.lower()} button")


def press(page, name: str) -> None:
    tool(page, name).click()
    wait_until_quiet(page)


def make_specimen(page) -> None:
    page.locator(".st-key-make_specimen button").click()
    page.wait_for_url("**strokes=**")
    wait_until_quiet(page)


def picture_of(page) -> np.ndarray:
    """Return a screenshot of the canvas: (280, 280), 0 is paper, 255 is ink. The outermost pixels show its border."""
    shot = Image.open(io.BytesIO(paper(page).screenshot())).convert("L").resize((SIDE, SIDE))
    return 255 - np.asarray(shot).astype(int)


def grid(page):
    return page.get_by_text("Grid", exact=True)


@pytest.mark.parametrize("draw", [draw_with_mouse, draw_with_finger])
def test_a_blank_canvas_invites_to_draw_and_a_seven_is_judged_when_its_stroke_ends(visitors, app, draw):
    visitor = visitors(app.url, fingers=int(draw is draw_with_finger))
    page = visitor.open("draw", "Draw")
    expect(page.get_by_text(INVITATION)).to_be_visible()
    expect(page.locator(".judged.blank")).to_have_count(1)
    draw(page, SEVEN)
    for method in ("L1", "L2"):
        expect(verdict(page, method)).to_contain_text("7")
    expect(page.get_by_text(INVITATION)).to_have_count(0)


def test_on_a_phone_a_finger_draws_and_does_not_scroll_and_everything_fits_the_screen(visitors, app):
    page = visitors(app.url, **PHONE).open("draw", "Draw")
    draw_with_finger(page, SEVEN)
    expect(verdict(page, "L2")).to_contain_text("7")
    box = paper(page).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390 - 24  # leaves a margin by which to scroll
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("Undo", "Redo", "Clear"):
        assert tool(page, name).bounding_box()["height"] >= 38
    expect(verdict(page, "L1")).to_be_visible()
    wait_until_quiet(page)
    # The answers, the paper and its buttons are on the screen together; the examples come after them.
    first, undo = verdict(page, "L1").bounding_box(), tool(page, "Undo").bounding_box()
    assert first["y"] < paper(page).bounding_box()["y"] < undo["y"]
    assert undo["y"] + undo["height"] - first["y"] < 844 - 60  # the page's own header
    assert undo["y"] < page.get_by_role("button", name="A 3", exact=True).bounding_box()["y"]


def test_undo_redo_and_clear_change_the_drawing_and_the_answers(visitor):
    page = visitor.open("draw", "Draw")
    undo, redo, clear = (tool(page, name) for name in ("Undo", "Redo", "Clear"))
    expect(undo).to_be_disabled()
    expect(clear).to_be_disabled()
    draw_with_mouse(page, SEVEN)
    wait_until_quiet(page)
    first = verdict(page, "L1").inner_text()
    draw_with_mouse(page, BAR)
    expect(verdict(page, "L1")).not_to_have_text(first, use_inner_text=True)
    wait_until_quiet(page)
    both = verdict(page, "L1").inner_text()
    expect(redo).to_be_disabled()
    press(page, "Undo")
    expect(verdict(page, "L1")).to_have_text(first, use_inner_text=True)
    press(page, "Redo")
    expect(verdict(page, "L1")).to_have_text(both, use_inner_text=True)
    press(page, "Clear")
    expect(page.get_by_text(INVITATION)).to_be_visible()
    expect(clear).to_be_disabled()
    press(page, "Undo")  # Clear, too, can be undone
    expect(verdict(page, "L1")).to_have_text(both, use_inner_text=True)
    undo.press("Enter")
    expect(verdict(page, "L1")).to_have_text(first, use_inner_text=True)


def test_a_click_draws_a_dot_and_a_stroke_may_end_outside_the_canvas(visitor):
    page = visitor.open("draw", "Draw")
    paper(page).click()
    expect(verdict(page, "L2")).to_be_visible()
    wait_until_quiet(page)
    draw_with_mouse(page, [(140, 140), (400, 140)])
    wait_until_quiet(page)
    assert picture_of(page)[140, 270] > 200


def test_the_strokes_that_the_server_gets_look_like_the_canvas_in_the_browser(visitor):
    page = visitor.open("draw", "Draw")
    grid(page).click()
    wait_until_quiet(page)
    for corners in (SEVEN, BAR, [(60, 200), (60, 260), (120, 260), (220, 180)]):
        draw_with_mouse(page, corners)
    wait_until_quiet(page)
    page.mouse.move(5, 5)
    make_specimen(page)
    strokes = re.search(r"strokes=([\w.-]+)", page.url).group(1)
    seen = 255 - draw_strokes(parse_strokes(strokes))[..., 0].astype(int)
    assert abs(picture_of(page)[4:-4, 4:-4] - seen[4:-4, 4:-4]).mean() < 3
    assert ((picture_of(page) > 127) != (seen > 127)).mean() < 0.01


def test_the_grid_and_the_pen_can_be_changed_and_the_drawing_stays(visitor):
    page = visitor.open("draw", "Draw")
    draw_with_mouse(page, SEVEN)
    wait_until_quiet(page)
    answer, with_grid = verdict(page, "L2").inner_text(), picture_of(page)
    grid(page).click()
    wait_until_quiet(page)
    assert (picture_of(page)[:40] != with_grid[:40]).any()
    assert picture_of(page)[5:40, 5:275].max() == 0
    pen = page.get_by_role("slider", name="Pen")
    pen.focus()
    page.keyboard.press("Home")
    wait_until_quiet(page)
    expect(verdict(page, "L2")).to_have_text(answer, use_inner_text=True)
    draw_with_mouse(page, [(40, 250), (240, 250)])
    wait_until_quiet(page)
    assert 7 <= (picture_of(page)[230:270, 140] > 127).sum() <= 9


def test_a_drawing_is_kept_while_other_pages_are_open_and_a_link_carries_it(visitor, visitors, app):
    page = visitor.open("draw?grid=false", "Draw")
    draw_with_mouse(page, SEVEN)
    wait_until_quiet(page)
    answer, drawn = verdict(page, "L2").inner_text(), picture_of(page)
    make_specimen(page)
    assert "your drawing" in page.locator(".st-key-specimen").inner_text()
    visitor.switch("Pixels")
    assert "your drawing" in page.locator(".st-key-specimen").inner_text()
    link = page.url
    visitor.switch("Draw")
    expect(verdict(page, "L2")).to_have_text(answer, use_inner_text=True)
    assert abs(picture_of(page) - drawn)[4:-4, 4:-4].mean() < 3
    other = visitors(app.url)
    there = other.open(link.removeprefix(f"{app.url}/"), "Pixels")
    assert "your drawing" in there.locator(".st-key-specimen").inner_text()
    other.switch("Draw")
    expect(verdict(there, "L2")).to_have_text(answer, use_inner_text=True)
    grid(there).click()
    other.rest("Draw")
    assert abs(picture_of(there) - drawn)[4:-4, 4:-4].mean() < 3


def test_a_picture_can_be_uploaded(visitor):
    page = visitor.open("draw", "Draw")
    page.get_by_role("radio", name="Upload").or_(page.get_by_role("button", name="Upload", exact=True)).first.click()
    wait_until_quiet(page)
    picture, file = Image.new("L", (800, 600), 60), io.BytesIO()
    ImageDraw.Draw(picture).line([(250, 150), (500, 150), (350, 480)], 230, 40, joint="curve")
    picture.save(file, "JPEG")
    page.locator("input[type=file]").set_input_files(
        [{"name": "7.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}]
    )
    expect(verdict(page, "L2")).to_contain_text("7")
    expect(page.get_by_text("light ink on dark paper")).to_be_visible()


def test_a_stroke_that_is_moved_with_the_canvas_s_own_edit_button_has_its_new_place(visitor):
    page = visitor.open("draw", "Draw")
    grid(page).click()
    draw_with_mouse(page, BAR)
    wait_until_quiet(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    draw_with_mouse(page, [(150, 150), (150, 220)])
    wait_until_quiet(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.mouse.move(5, 5)
    make_specimen(page)
    (bar,) = parse_strokes(re.search(r"strokes=([\w.-]+)", page.url).group(1))
    assert abs(bar.points[[0, -1]] - [[110, 220], [190, 220]]).max() <= 2


def test_the_verdicts_move_while_the_pen_is_on_the_paper_and_the_finished_stroke_counts(visitor):
    page = visitor.open("draw", "Draw")
    press_pen(page, SEVEN[:2])
    expect(page.locator(".judged")).to_have_attribute("data-of", re.compile("pen "))
    half = verdict(page, "L2").inner_text()
    page.mouse.move(*on_screen(page, [SEVEN[2]])[0], steps=12)
    expect(verdict(page, "L2")).not_to_have_text(half, use_inner_text=True)
    expect(verdict(page, "L2")).to_contain_text("7")
    page.mouse.up()
    expect(page.locator(".judged")).to_have_attribute("data-of", re.compile("paper .*[.]1$"))
    wait_until_quiet(page)
    # The drawing is undone as one stroke, whatever was judged meanwhile.
    press(page, "Undo")
    expect(page.get_by_text(INVITATION)).to_be_visible()
    expect(tool(page, "Undo")).to_be_disabled()


def test_a_paper_that_is_cleared_while_the_pen_is_on_it_is_blank(visitor):
    page = visitor.open("draw", "Draw")
    draw_with_mouse(page, SEVEN)
    wait_until_quiet(page)
    press_pen(page, BAR)
    expect(page.locator(".judged")).to_have_attribute("data-of", re.compile("pen "))
    tool(page, "Clear").press("Enter")
    expect(page.get_by_text(INVITATION)).to_be_visible()
    page.mouse.move(*on_screen(page, [(150, 200)])[0], steps=6)
    expect(page.get_by_text(INVITATION)).to_be_visible()


def test_ctrl_z_takes_a_stroke_back_and_ctrl_shift_z_brings_it_again(visitor):
    page = visitor.open("draw", "Draw")
    draw_with_mouse(page, SEVEN)
    wait_until_quiet(page)
    page.keyboard.press("Control+z")
    expect(page.get_by_text(INVITATION)).to_be_visible()
    wait_until_quiet(page)
    page.keyboard.press("Control+Shift+Z")
    expect(verdict(page, "L2")).to_contain_text("7")


def test_a_pen_that_the_arrow_keys_move_draws_a_stroke_that_is_judged(visitor):
    page = visitor.open("draw", "Draw")
    page.locator(".pen-pad").focus()
    for key, times in (("ArrowUp", 8), ("ArrowLeft", 6), (" ", 1), ("ArrowRight", 12), ("ArrowDown", 16), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(page.locator(".judged")).to_have_attribute("data-of", re.compile("paper .*[.]1$"))
    expect(verdict(page, "L2")).to_contain_text("7")
    wait_until_quiet(page)
    page.mouse.move(5, 5)
    make_specimen(page)
    (drawn,) = parse_strokes(re.search(r"strokes=([\w.-]+)", page.url).group(1))
    assert abs(drawn.points[[0, -1]] - [[80, 60], [200, 220]]).max() <= 1


def test_the_canvas_s_own_buttons_are_hidden_but_for_the_one_that_moves_strokes(visitor):
    page = visitor.open("draw", "Draw")
    paper(page).hover()
    buttons = page.locator(".st-key-drawing .dc-toolbar-card > button:visible")
    expect(buttons).to_have_count(1)
    expect(buttons).to_have_attribute("aria-label", "Edit")


def test_a_stroke_is_judged_on_where_the_whole_page_runs_again_meanwhile(visitor):
    page = visitor.open("draw", "Draw")
    press_pen(page, SEVEN[:2])
    of = page.locator(".judged")
    expect(of).to_have_attribute("data-of", re.compile("pen "))
    page.get_by_role("button", name="Next").first.dispatch_event("click")
    wait_until_quiet(page)
    before = of.get_attribute("data-of")
    assert before.startswith("pen ")  # not the blank paper, which is older
    page.mouse.move(*on_screen(page, [SEVEN[2]])[0], steps=12)
    expect(of).not_to_have_attribute("data-of", before)
    page.mouse.up()
    expect(of).to_have_attribute("data-of", re.compile("paper .*[.]1$"))


def test_the_verdicts_move_while_the_pen_does_also_after_another_page_was_open_for_long(visitor):
    page = visitor.open("draw", "Draw")
    press_pen(page, SEVEN)
    of = page.locator(".judged")
    expect(of).to_have_attribute("data-of", re.compile("pen "))
    page.mouse.up()
    expect(of).to_have_attribute("data-of", re.compile("paper .*[.]1$"))
    visitor.switch("Pixels")
    page.wait_for_function("!globalThis.drawVerdicts")  # the page Draw has been left for good
    page.evaluate("""() => {
        const now = performance.now.bind(performance)
        performance.now = () => now() + 600_000
    }""")
    visitor.switch("Draw")
    press_pen(page, BAR)
    expect(of).to_have_attribute("data-of", re.compile("pen "))
    page.mouse.up()


def test_how_often_each_method_is_right_is_said_without_another_stroke(visitor):
    page = visitor.open("draw", "Draw")
    draw_with_mouse(page, SEVEN)
    expect(page.get_by_text("Which one to trust?")).to_be_visible(timeout=60_000)
    expect(verdict(page, "L2")).to_contain_text("7")


def test_a_paper_that_is_cleared_while_the_server_prepares_is_blank_and_no_page_breaks(visitors, serve, tmp_path):
    with serve(tmp_path / "new", THREE_OR_SEVEN_WORKERS="1") as fresh:
        visitor = visitors(fresh.url)
        page = visitor.open("draw", "Draw")
        example, clear = page.get_by_role("button", name="A 3", exact=True), tool(page, "Clear")
        for turn in range(6):  # the page looks every second: Clear is pressed at other moments of it
            example.click()
            page.wait_for_timeout(600 + 150 * turn)
            clear.click()
            expect(page.get_by_text(INVITATION)).to_be_visible()
        assert visitor.errors == []
        visitor.leave()

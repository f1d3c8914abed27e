"""Links, fresh servers, and people who use the app at the same time."""

import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import complaints


def move(page, key: str, thumb: int, keys: str, times: int) -> None:
    """Move one end of a slider with the keyboard."""
    handle = page.locator(f".st-key-{key} input").nth(thumb)
    handle.focus()
    for _ in range(times):
        handle.press(keys)


def slider(page, key: str) -> list[str]:
    """Return where the ends of a slider stand."""
    return [handle.input_value() for handle in page.locator(f".st-key-{key} input").all()]


def digits_in_play(page) -> list[str]:
    """Return the digits that are chosen in the sidebar."""
    return page.locator(".st-key-digits button[aria-pressed='true']").all_inner_texts()


def put_in_play(visitor, digit: int) -> None:
    """Choose one more digit in the sidebar."""
    visitor.page.locator(".st-key-digits").get_by_role("button", name=str(digit), exact=True).click()
    visitor.rest()


def take_next(visitor) -> None:
    """Go to the next specimen."""
    visitor.page.locator(".st-key-specimen").get_by_role("button", name="Next").click()
    visitor.rest()


def test_a_shared_link_shows_the_same_digits_specimen_and_crop(visitors, app):
    teacher = visitors(app.url)
    page = teacher.open("pixels", "Pixels")
    put_in_play(teacher, 8)
    take_next(teacher)
    move(page, "slide_rows", 1, "ArrowRight", 5)
    move(page, "slide_columns", 0, "ArrowLeft", 2)
    expect(page).to_have_url(re.compile(r"columns="))
    teacher.rest()
    pupil = visitors(app.url)
    seen = pupil.open(page.url.removeprefix(f"{app.url}/"), "Pixels")
    assert digits_in_play(seen) == digits_in_play(page) == ["3", "7", "8"]
    assert pupil.specimen() == teacher.specimen() == "valid/3/0003.png"
    assert slider(seen, "slide_rows") == slider(page, "slide_rows") == ["4", "15"]
    assert slider(seen, "slide_columns") == slider(page, "slide_columns") == ["2", "10"]
    expect(seen.get_by_text("made no sense")).to_have_count(0)


def test_a_shared_link_shows_the_ideals_from_the_same_number_of_images(visitors, app):
    teacher = visitors(app.url)
    page = teacher.open("ideal_digits", "Ideal digits")
    move(page, "slide_n", 0, "ArrowRight", 4)
    expect(page).to_have_url(re.compile(r"[?&]n=5\b"))
    pupil = visitors(app.url)
    seen = pupil.open(page.url.removeprefix(f"{app.url}/"), "Ideal digits")
    assert slider(seen, "slide_n") == slider(page, "slide_n")
    expect(seen.get_by_text("3: the mean of 5 images")).to_be_visible()


def test_two_people_do_not_see_each_others_specimen(visitors, app):
    one, other = visitors(app.url), visitors(app.url)
    one.open("pixels", "Pixels")
    other.open("pixels", "Pixels")
    take_next(one)
    other.switch("Distance")
    one.switch("Distance")
    assert one.specimen() == "valid/3/0003.png"
    assert other.specimen() == "valid/3/0002.png"


def test_on_a_fresh_server_a_link_opens_its_page_with_the_sidebar_for_all_who_come_at_once(visitors, serve, tmp_path):
    with serve(tmp_path / "new", THREE_OR_SEVEN_WORKERS="1") as fresh:
        if sys.platform == "linux":  # nobody who has got an answer waits for PyTorch
            assert "libtorch_cpu.so" in [Path(library.path).name for library in fresh.process.memory_maps()]
        people = [visitors(fresh.url), visitors(fresh.url)]
        links = ["ideal_digits?digits=3&digits=7&digits=9", "pixels"]
        for person, link in zip(people, links, strict=True):
            person.page.goto(f"{fresh.url}/{link}", wait_until="commit")
        for person, title in zip(people, ["Ideal digits", "Pixels"], strict=True):
            page = person.rest(title)
            assert person.specimen() == "valid/3/0002.png"
            expect(page.locator("[data-testid='stSidebarNavLink']").filter(has_text="Draw")).to_be_visible()
            expect(page.locator("[data-testid='stSidebarNavLink'][aria-current='page']")).to_contain_text(title)
        assert digits_in_play(people[0].page) == ["3", "7", "9"]
        for person in people:
            person.leave()


@pytest.mark.parametrize("when", ["at once", "as the new page begins to come", "for the new page"])
def test_what_the_canvas_tells_once_its_page_was_left_does_not_empty_the_new_page(visitors, app, when):
    visitor, log = visitors(app.url), app.log.read_text(errors="replace")
    told, late, sent = [], [], []

    def listen(browser):
        server = browser.connect_to_server()

        def tell_late(asked):
            sent.append(asked)
            server.send(asked.SerializeToString())

        def pass_on(packed):
            server.send(packed)
            asked = BackMsg.FromString(packed)
            if asked.rerun_script.fragment_id:
                told.append(asked)
            elif told and when == "at once":  # another page is asked for
                tell_late(told.pop())
            elif told:
                late.append(told.pop())

        def answer(packed):
            browser.send(packed)
            begins = ForwardMsg.FromString(packed)
            if late and begins.WhichOneof("type") == "new_session":
                asked = late.pop()
                if when == "for the new page":  # so does a browser that has heard of it already
                    asked.rerun_script.page_script_hash = begins.new_session.page_script_hash
                tell_late(asked)

        browser.on_message(pass_on)
        server.on_message(answer)

    visitor.page.route_web_socket("**/_stcore/stream", listen)
    visitor.open("draw", "Draw")
    assert told  # for as soon as it is there, the canvas tells what is drawn on it
    visitor.switch("Pixels")
    assert sent
    assert visitor.specimen() == "valid/3/0002.png"
    assert complaints(app, log) == []


def test_settings_of_the_next_page_that_come_before_it_do_not_change_the_address_of_the_one_before(visitor):
    page = visitor.open("pixels?specimen=7", "Pixels")
    visitor.rest()
    left = page.url
    page.evaluate("""() => {
        const link = document.body.appendChild(document.createElement("a"))
        link.click()
        history.pushState(null, "", "?lr=0.1")
        history.pushState(null, "", "training?lr=0.1")
    }""")
    page.go_back()
    expect(page).to_have_url(left)

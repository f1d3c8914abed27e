"""The lesson of docs/TEACHING.md, held in real browsers by a teacher and five learners, one of them on a phone.

It takes minutes, so it is held where LESSON_PICTURES names a folder: each step is kept there as a picture, of the
teacher's page as a projector shows it and of the learners' pages. What it is made of has shorter tests in test_class.
"""

import csv
import os
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.finger import move_finger
from tests.browser.test_class import PHONE, code_of, seat_of, strip_of

THREE = [(90, 70), (130, 50), (170, 60), (180, 95), (125, 130), (175, 155), (185, 195), (150, 230), (90, 215)]
SEVEN = [(80, 70), (195, 70), (165, 140), (130, 230)]
SIDE = 280  # pixels of the canvas, before the browser scales it
PROJECTOR = {"width": 1920, "height": 1080}
FOLDER = os.environ.get("LESSON_PICTURES")
pytestmark = [pytest.mark.timeout(480), pytest.mark.skipif(not FOLDER, reason="LESSON_PICTURES names no folder")]


def look(visitor, name: str) -> None:
    """Keep a picture of what a visitor sees."""
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    visitor.page.wait_for_timeout(1500)
    visitor.page.screenshot(path=Path(FOLDER) / f"{name}.png", animations="disabled")


def is_at(visitor, title: str) -> None:
    """Wait until a page is open. It is never quiet for long: its strip, or its room, is looked at again and again."""
    expect(visitor.page.get_by_role("heading", name=title, level=1, exact=True)).to_be_visible()


def form_of(learner):
    """Return the place of Draw that offers to hand in what is on the paper; it is there once that has been judged."""
    return learner.page.locator(".st-key-hand_in_drawing")


def draw(learner, corners, finger: bool = False) -> None:
    """Draw one stroke on blank paper, with the mouse or a finger."""
    page = learner.page
    expect(page.get_by_text("Nothing to judge yet.")).to_be_visible()
    paper = page.locator(".st-key-drawing canvas.upper-canvas")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    points = [(box["x"] + x * box["width"] / SIDE, box["y"] + y * box["height"] / SIDE) for x, y in corners]
    if finger:
        move_finger(page, points)
        return
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=2)
    page.mouse.up()


def hand_in(learner, digit: int) -> None:
    form_of(learner).get_by_role("radio", name=str(digit)).click()
    form_of(learner).get_by_role("button", name="Hand in").click()


def come_in(teacher, visitors) -> list:
    """Let five learners join, each in another way; the last one is the phone."""
    expect(teacher.page.get_by_text("Nobody is here.")).to_be_visible()
    look(teacher, "1-code")
    code = code_of(teacher)
    ways = ["", f"?join={code}", f"pixels?join={code}", f"draw?join={code}"]
    learners = [visitors(teacher.url) for _ in ways] + [visitors(teacher.url, viewport=PHONE, fingers=1)]
    scanned = teacher.page.locator(".class-code img").get_attribute("alt").removeprefix("QR code of ")
    for learner, way in zip(learners, [f"{teacher.url}/{way}" for way in ways] + [scanned], strict=True):
        learner.page.goto(way, wait_until="commit")
    types = learners[0]
    look(types, "1-home")
    types.page.get_by_label("Code of your class").fill(code.lower())
    types.page.get_by_label("Code of your class").press("Enter")
    for learner in learners:
        expect(strip_of(learner)).to_contain_text("you are")
    expect(teacher.page.locator(".class-room li")).to_have_count(len(learners))
    look(teacher, "2-room")
    return learners


def draw_together(teacher, learners) -> None:
    """Call everybody to Draw, where each hands in a 3 or a 7, and two of them the other one, too."""
    teacher.page.get_by_role("link", name="Draw", exact=True).click()
    is_at(teacher, "Draw")
    teacher.page.get_by_role("button", name="Call everybody here").click()
    phone = learners[-1]
    for learner in learners:
        learner.page.get_by_role("button", name="Come along").click()
    for number, learner in enumerate(learners):
        is_at(learner, "Draw")
        draw(learner, SEVEN if number % 2 else THREE, finger=learner is phone)
    for number, learner in enumerate(learners):
        hand_in(learner, 7 if number % 2 else 3)
    for number, learner in enumerate(learners):
        expect(form_of(learner)).to_contain_text(f"Your class has it: a {7 if number % 2 else 3}.")
        look(learner, f"3-handed-in-{number}")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for learner in learners[:2]:
        learner.page.get_by_role("button", name="Clear", exact=True).click()
    for learner, digit in zip(learners, (7, 3), strict=False):
        expect(form_of(learner)).to_have_count(0)
        learner.page.get_by_role("button", name=f"A {digit}", exact=True).click()
        hand_in(learner, digit)
        expect(form_of(learner)).to_contain_text(f"Your class has it: a {digit}.")


def guess_and_train(learners) -> None:
    """Let one learner answer the question of Draw, and another train and hand in the run."""
    box = learners[0].page.locator(".st-key-guess_box_draw")
    box.locator("summary").click()
    box.get_by_role("radio").first.click()
    expect(box).to_contain_text(re.compile("is right|It is"))
    trains = learners[1]
    trains.page.goto(f"{trains.url}/training?seat={seat_of(trains)}&lr=0.1", wait_until="commit")
    trains.page.get_by_role("button", name="One epoch").click()
    form = trains.page.locator(".st-key-hand_in_run")
    form.get_by_role("button", name="Hand in this run").click()
    expect(form).to_contain_text("Your class has this run.")
    look(trains, "4-run-handed-in")


def go_through_the_wall(teacher) -> None:
    """Hide the newest drawing, show it again, remove it, and see that guesses and runs have come."""
    page = teacher.page
    page.get_by_role("link", name="The room").click()
    tiles = page.locator(".class-wall button")
    expect(tiles).to_have_count(7)
    expect(page.locator(".class-room")).to_contain_text("Draw · 1 drawing")
    look(teacher, "5-misread-first")
    page.get_by_role("radio", name="Newest first").click()
    expect(tiles.first).to_contain_text("meant: 3")
    tiles.first.click()
    page.get_by_role("button", name="Hide it").click()
    expect(page.locator(".class-wall button.hidden")).to_have_count(1)
    look(teacher, "5-wall")
    page.get_by_role("button", name="Show it again").click()
    expect(page.locator(".class-wall button.hidden")).to_have_count(0)
    page.get_by_role("button", name="Remove it").click()
    expect(tiles).to_have_count(6)
    expect(page.get_by_text("1 answer.")).to_be_visible()
    expect(page.get_by_text("Click on a run to open it.")).to_be_visible()


def use_the_digits(teacher, learners, folder) -> None:
    """Make the drawings the dataset of the class, and take them away as files."""
    for label, name in (("As a zip", "digits.zip"), ("As CSV", "digits.csv")):
        with teacher.page.expect_download() as download:
            teacher.page.get_by_role("button", name=label).click()
        download.value.save_as(folder / name)
    with zipfile.ZipFile(folder / "digits.zip") as packed:
        assert len(packed.namelist()) == 6
    with open(folder / "digits.csv", newline="", encoding="utf-8") as table:
        assert sorted(row["digit"] for row in csv.DictReader(table)) == ["3", "3", "3", "7", "7", "7"]
    teacher.page.get_by_role("button", name="Use them as the dataset").click()
    expect(teacher.page.get_by_text("In use on all pages")).to_be_visible()
    look(teacher, "6-dataset")
    learner = learners[2]
    learner.page.get_by_role("link", name="Class", exact=True).click()
    learner.page.get_by_role("button", name="Use the class's digits").click()
    expect(learner.page.get_by_text("The class's digits are in use on all your pages.")).to_be_visible()
    look(learner, "7-own-things")


def leave_and_end(teacher, learners) -> None:
    """Let a learner leave with all that is theirs, and end the class in front of the others."""
    leaves, stays, phone = learners[0], learners[2], learners[-1]
    leaves.page.get_by_role("button", name="More").click()
    leaves.page.get_by_role("button", name="Leave, and delete my things").click()
    expect(strip_of(leaves)).to_have_count(0)
    expect(teacher.page.locator(".class-wall button")).to_have_count(4)
    expect(teacher.page.locator(".class-room li")).to_have_count(4)
    teacher.page.get_by_role("button", name="End the class").click()
    teacher.page.get_by_role("button", name="End it and delete everything").click()
    expect(teacher.page.get_by_role("button", name="Start a class")).to_be_visible()
    for learner in (stays, phone):
        expect(strip_of(learner)).to_contain_text("This class has ended")
        look(learner, f"8-ended-{learners.index(learner)}")
    stays.page.get_by_role("button", name="All right").click()
    expect(stays.page.get_by_label("Code of your class")).to_be_visible()
    expect(stays.page).not_to_have_url(re.compile("seat="))


def test_a_lesson_is_held_as_the_teachers_guide_has_it(teacher, visitors, tmp_path):
    teacher.page.set_viewport_size(PROJECTOR)
    learners = come_in(teacher, visitors)
    draw_together(teacher, learners)
    guess_and_train(learners)
    go_through_the_wall(teacher)
    use_the_digits(teacher, learners, tmp_path)
    leave_and_end(teacher, learners)

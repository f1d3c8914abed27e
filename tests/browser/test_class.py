"""A class in real browsers: a teacher and learners, one of them on a phone, from the code to the end."""

import re

import pytest
from playwright.sync_api import expect

THREE = "UFAp0Oubvevhul2wn3X3JwSj3j2wq2d3QzGsRiRfSdTZNO"
PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.timeout(240)


def code_of(teacher) -> str:
    return teacher.page.locator(".class-code .code").inner_text()


def strip_of(visitor):
    return visitor.page.locator(".st-key-class_strip")


def join(visitor, code: str, path: str = "?join="):
    visitor.page.goto(f"{visitor.url}/{path}{code}")
    expect(strip_of(visitor)).to_contain_text("you are")
    return visitor


def seat_of(visitor) -> str:
    return re.search("seat=([A-Za-z0-9_-]{22})", visitor.page.url).group(1)


def test_what_a_phone_hands_in_is_on_the_teachers_wall(teacher, visitors):
    phone = visitors(teacher.url, viewport=PHONE, fingers=1)
    join(phone, code_of(teacher))
    phone.page.goto(f"{phone.url}/draw?seat={seat_of(phone)}&strokes={THREE}")
    hand_in = phone.page.locator(".st-key-hand_in_drawing")
    hand_in.get_by_role("radio", name="3").click()
    hand_in.get_by_role("button", name="Hand in").click()
    expect(phone.page.get_by_text("Your class has it: a 3.")).to_be_visible()
    expect(teacher.page.locator(".class-wall button")).to_have_count(1)
    expect(teacher.page.locator(".class-room")).to_contain_text("Draw · 1 drawing")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    teacher.page.locator(".class-wall button").click()
    teacher.page.get_by_role("button", name="Remove it").click()
    expect(teacher.page.locator(".class-wall button")).to_have_count(0)


def test_a_seat_is_kept_by_a_reload_and_by_other_pages(teacher, visitors):
    learner = join(visitors(teacher.url), code_of(teacher))
    name = re.search("you are ([A-Z][a-z]+ [A-Z][a-z]+)", strip_of(learner).inner_text()).group(1)
    learner.page.reload()
    expect(strip_of(learner)).to_contain_text(name)
    learner.switch("Pixels")
    expect(strip_of(learner)).to_contain_text(name)
    assert seat_of(learner)
    expect(teacher.page.locator(".class-room")).to_contain_text("Pixels")
    learner.page.get_by_role("button", name="Raise my hand").click()
    expect(teacher.page.locator(".class-room")).to_contain_text("hand up")
    expect(teacher.page.locator(".class-room li")).to_have_count(1)


def test_learners_come_along_or_are_held_and_see_what_the_teacher_sees(teacher, visitors):
    learner = join(visitors(teacher.url), code_of(teacher), "pixels?whole=false&join=")
    teacher.page.get_by_role("link", name="Gradient descent").click()
    teacher.rest("Gradient descent")
    secret = teacher.page.url
    assert "teacher" not in secret
    assert "seat" not in secret
    teacher.page.get_by_role("radio", name="Two valleys").click()
    expect(teacher.page).to_have_url(re.compile("curve=Two"))
    teacher.page.get_by_role("button", name="Call everybody here").click()
    learner.page.get_by_role("button", name="Come along").click()
    expect(learner.page.get_by_role("heading", name="Gradient descent", level=1)).to_be_visible()
    expect(strip_of(learner)).not_to_contain_text("Your teacher is at")
    expect(learner.page.get_by_role("radio", name="Two valleys")).to_be_checked()
    expect(learner.page).to_have_url(re.compile("curve=Two"))
    learner.switch("Tensors")
    teacher.page.get_by_role("button", name="Bring and hold").click()
    expect(learner.page.get_by_role("heading", name="Gradient descent", level=1)).to_be_visible()
    expect(strip_of(learner)).to_contain_text("Your teacher leads the way.")
    teacher.page.get_by_role("button", name="Let go").click()
    expect(strip_of(learner)).not_to_contain_text("Your teacher leads the way.")
    learner.switch("Tensors")
    expect(learner.page.get_by_role("heading", name="Tensors", level=1)).to_be_visible()


def test_the_end_of_a_class_is_said_to_its_learners(teacher, visitors):
    learner = join(visitors(teacher.url), code_of(teacher))
    teacher.page.get_by_role("button", name="End the class").click()
    teacher.page.get_by_role("button", name="End it and delete everything").click()
    expect(teacher.page.get_by_role("button", name="Start a class")).to_be_visible()
    expect(strip_of(learner)).to_contain_text("This class has ended")
    learner.page.get_by_role("button", name="All right").click()
    expect(learner.page.get_by_label("Code of your class")).to_be_visible()
    expect(learner.page).not_to_have_url(re.compile("seat="))


def test_a_learner_leaves_with_one_click(teacher, visitors):
    learner = join(visitors(teacher.url), code_of(teacher))
    learner.page.get_by_role("button", name="More").click()
    learner.page.get_by_role("button", name="Leave, and delete my things").click()
    expect(strip_of(learner)).to_have_count(0)
    expect(teacher.page.get_by_text("Nobody is here.")).to_be_visible()

"""What holds on every page: it opens, its buttons work, it asks first, it shows its code, it keeps the specimen."""

import inspect
import random

import pytest

from tests.pages.visitor import PAGES, ROOT, recognised

every_page = pytest.mark.parametrize("page", PAGES)


@every_page
def test_a_page_opens_without_a_word_of_trouble(opened, page):
    visitor = opened(page)
    assert visitor.said("error") == visitor.said("warning") == []
    assert len(visitor.app.title) == 1


@every_page
@pytest.mark.parametrize("digits", [(0, 1), (1, 4, 9), tuple(range(10))], ids=str)
def test_a_page_works_with_any_two_to_ten_digits(visit, page, digits):
    visitor = visit(page, digits=list(digits))
    assert visitor.said("error") == visitor.said("warning") == []
    assert visitor.specimen.startswith(f"valid/{3 if 3 in digits else digits[0]}/")


@every_page
def test_every_button_of_a_page_can_be_pressed(visit, page):
    visitor = visit(page)
    first = buttons(visitor)
    assert sum(possible for _, possible in first) >= 2
    for place, (_, possible) in enumerate(first):
        if not possible:
            continue
        if buttons(visitor) != first:  # the button before has changed which there are
            visitor = visit(page)
        visitor.app.button[place].click()
        visitor.run()
        assert visitor.said("error") == visitor.said("warning") == []


def buttons(visitor) -> list[tuple[str, bool]]:
    """Return the label of each button, and whether it can be pressed."""
    return [(button.label, not button.disabled) for button in visitor.app.button]


@pytest.mark.parametrize("page", [*PAGES, "data", "gradient_descent", "training", "learning_rates"])
def test_controls_of_a_page_that_share_a_name_do_the_same(opened, page):
    app = opened(page).app
    kinds = ("button", "slider", "select_slider", "selectbox", "number_input", "text_input", "toggle", "button_group")
    does: dict[str, set[str]] = {}
    for one in (one for kind in kinds for one in app.get(kind)):
        does.setdefault(one.label.strip(), set()).add(one.help or one.key or one.id)
    assert len(does) >= 4
    assert {name: what for name, what in does.items() if len(what) > 1} == {}


EVENTS = ("ask", "click", "end", "look", "move", "next", "pick", "stroke")  # of all components


@pytest.mark.parametrize("page", [*PAGES, "data", "gradient_descent", "training", "learning_rates"])
def test_a_click_that_arrives_after_its_page_was_left_does_nothing(visit, page):
    visitor = visit(page)
    if page == "learning_rates":
        visitor.press("Run")
    left = visitor.app.get("bidi_component")
    visitor.open("tensors" if page == "home" else "home")
    before = visitor.text
    visitor.tell_all(left, EVENTS)
    assert visitor.text == before


# The question asked first


@every_page
def test_the_answer_is_hidden_until_one_is_chosen(opened, page):
    visitor = opened(page)
    assert visitor.value(f"guess_{page}") is None
    told = [one.value for one in visitor.app.markdown if "** is right. " in one.value or ": It is **" in one.value]
    assert told == []


@every_page
@pytest.mark.parametrize("digits", [(3, 7), (1, 8), tuple(range(10))], ids=str)
def test_exactly_one_answer_is_right(visit, page, digits):
    visitor = visit(page, digits=list(digits))
    options = visitor.app.get_by_key(f"guess_{page}").options
    right = []
    for option in options:
        visitor.set(**{f"guess_{page}": option})
        if f"**{option}** is right." in visitor.text:
            right.append(option)
        else:
            told = visitor.line(": It is **")
            assert sum(f"It is **{other}**." in told for other in options) == 1
    assert len(right) == 1


@every_page
def test_a_guess_stays_while_other_pages_are_seen(visit, page):
    visitor = visit(page)
    option = visitor.app.get_by_key(f"guess_{page}").options[0]
    visitor.set(**{f"guess_{page}": option})
    visitor.open(PAGES[PAGES.index(page) - 1]).open(page)
    assert visitor.value(f"guess_{page}") == option


# The code drawer


@every_page
def test_the_code_drawer_shows_the_text_of_the_files_that_ran(visit, page):
    visitor = visit(page)
    closed = len(visitor.app.code)
    visitor.open_code()
    (drawer,) = (one for one in visitor.app.expander if one.label == "Code")
    assert len(drawer.code) == len(visitor.app.code) - closed >= 1
    places = [one.value for one in drawer.caption if "line" in one.value]
    assert len(places) == len(drawer.code)
    for place, code in zip(places, drawer.code, strict=True):
        name, line = place.split("`")[1], int(place.rsplit("line ", 1)[1])
        lines = (ROOT / name).read_text().splitlines()
        shown = code.value.splitlines()
        assert name.startswith("core/")
        assert lines[line - 1 : line - 1 + len(shown)] == shown
        assert shown[0].startswith(("def ", "@"))


def test_the_code_drawer_shows_whole_functions(visit):
    from core import distance

    shown = [code.value.strip() for code in visit("distance").open_code().app.code]
    for function in (distance.l1_distance, distance.l2_distance, distance.nearest, distance.confusion):
        assert inspect.getsource(function).strip() in shown


# The specimen


@every_page
def test_the_specimen_chosen_on_one_page_is_the_specimen_on_all_others(visit, page):
    visitor = visit(page).set(split="train", digit=7, number=41)
    assert visitor.specimen == "train/7/0041.png"
    for other in PAGES:
        assert other == page or visitor.open(other).specimen == "train/7/0041.png"


def test_the_specimen_is_the_picture_in_view(visit, mnist):
    visitor = visit("draw", split="Training", digit="7", number="12")
    (picture,) = visitor.pictures("The specimen")
    assert recognised(picture, mnist["train", 7]) == 12


def test_next_takes_the_next_image_and_begins_again_after_the_last(visit):
    visitor = visit(number="98")
    assert visitor.press("Next").specimen == "valid/3/0099.png"
    assert visitor.press("Next").specimen == "valid/3/0000.png"


def test_any_other_takes_an_image_of_a_digit_in_play(visit):
    random.seed(5)
    visitor = visit(digits=["4", "5", "8"])
    seen = {visitor.press("Random").specimen for _ in range(12)}
    assert len(seen) > 6
    assert {name.split("/")[1] for name in seen} == {"4", "5", "8"}


def test_an_emptied_number_goes_back_to_where_it_began(visit):
    began = visit()
    assert began.set(number=5).set(number=None).specimen == visit().specimen


@every_page
def test_a_number_past_the_end_is_said_in_one_sentence(visit, page):
    visitor = visit(page, number="5000")
    assert visitor.specimen == "valid/3/0099.png"
    sentence = visitor.line("There is no number 5000")
    assert "99" in sentence
    assert visitor.said("error") == visitor.said("warning") == []


def test_a_number_past_the_end_is_said_when_the_split_changes(visit):
    visitor = visit(split="Training", number="399")
    assert visitor.specimen == "train/3/0399.png"
    assert "There is no number" not in visitor.text
    assert visitor.set(split="valid").specimen == "valid/3/0099.png"
    assert "There is no number 399" in visitor.text


# The digits in play


@every_page
def test_one_digit_alone_gives_a_warning_and_the_last_usable_choice_stays(visit, page):
    visitor = visit(page).set(digits=[2, 5, 8])
    visitor.set(digits=[5])
    (warning,) = visitor.said("warning")
    assert all(str(digit) in warning for digit in (2, 5, 8))
    assert list(visitor.app.get_by_key("digit").options) == ["2", "5", "8"]
    assert visitor.set(digits=[5, 6]).said("warning") == []
    assert list(visitor.app.get_by_key("digit").options) == ["5", "6"]


def test_no_digit_at_all_gives_the_same_warning(visit):
    visitor = visit().set(digits=[])
    assert len(visitor.said("warning")) == 1
    assert list(visitor.app.get_by_key("digit").options) == ["3", "7"]


def test_the_digits_chosen_on_one_page_are_in_play_on_all_others(visit):
    visitor = visit("pixels").set(digits=[9, 0])
    for page in PAGES:
        visitor.open(page)
        assert list(visitor.app.get_by_key("digit").options) == ["0", "9"]
        assert visitor.specimen.startswith("valid/0/")


def test_a_specimen_whose_digit_goes_out_of_play_gives_way_to_another(visit):
    visitor = visit().set(digit=7)
    assert visitor.set(digits=[3, 4]).specimen.startswith("valid/3/")

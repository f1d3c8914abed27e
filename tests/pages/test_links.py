"""Links carry a set-up from one visitor to another, and nonsense in a link does no harm."""

import pytest
from streamlit.runtime.pages_manager import PagesManager

from tests.pages.moves import WIDGETS, move_everything
from tests.pages.visitor import PAGES
from ui.state import settings

every_page = pytest.mark.parametrize("page", PAGES)


def test_a_link_sets_digits_specimen_crop_and_n(visit):
    link = {"digits": ["1", "3", "8"], "split": "Training", "digit": "8", "number": "17"}
    link |= {"rows": ["2", "9"], "columns": ["11", "20"], "whole": "false", "n": "25"}
    visitor = visit("pixels", **link)
    assert visitor.said("warning") == []
    assert visitor.specimen == "train/8/0017.png"
    assert list(visitor.app.get_by_key("digit").options) == ["1", "3", "8"]
    assert "[2:9, 11:20]" in visitor.text
    visitor.open("ideal_digits")
    assert visitor.value("n") == 25
    assert len(visitor.pictures("The mean of 25 images")) == 3


@pytest.mark.parametrize(
    ("page", "digits"), [*((page, "37") for page in PAGES), ("distance", "237"), ("ideal_digits", "0123456789")]
)
def test_every_widget_can_be_moved_and_a_link_carries_it(visit, page, digits):
    first = visit(page, digits=list(digits))
    moves = move_everything(first)
    assert len(moves) >= 4
    link = dict(first.app.query_params)
    second = visit(page, **link)
    assert second.said("warning") == []
    assert second.specimen == first.specimen
    for name in link:  # also of what is hidden by now
        assert second.app.session_state[name] == first.app.session_state[name], name


@every_page
def test_a_link_holds_no_defaults(opened, page):
    assert opened(page).app.query_params == {}


@every_page
def test_a_link_opens_with_its_sidebar_on_a_server_that_has_just_started(visit, monkeypatch, page):
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)  # as Streamlit sets it when it finds pages/
    visitor = visit(page, digits=["4", "9"])
    assert list(visitor.value("digits")) == [4, 9]
    assert visitor.specimen.startswith("valid/4/")


# Nonsense

NONSENSE = {
    "not a number": "nan",
    "infinite": "inf",
    "negative infinite": "-inf",
    "negative": "-1",
    "fraction": "2.75",
    "beyond floats": "1e400",
    "long": "9" * 5000,
    "too many": "4321",
    "HTML": "<script>alert(1)</script>",
    "Markdown": "\n\n# Boo ![x](https://example.org/x.png)",
    "code": "```",
    "empty": "",
    "blank": " ",
    "letters": "seven",
    "hex": "0x3",
    "underscore": "1_0",
    "Arabic": "٣",
    "superscript": "³",
    "null": "\0",
    "twice": ["4", "4"],
    "many": [str(number) for number in range(300)],
    "none of them": ["", "x"],
}
nonsense = pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE.keys())


@every_page
@nonsense
def test_a_page_works_with_nonsense_for_every_setting(visit, page, value):
    visitor = visit(page, **dict.fromkeys(settings.SETTINGS, value))
    assert visitor.specimen
    assert len(visitor.app.title) == 1


@pytest.mark.parametrize("kind", ["infinite", "too many", "Markdown", "empty", "many"])
def test_nonsense_does_no_harm_on_later_pages(visit, kind):
    visitor = visit(**dict.fromkeys(settings.SETTINGS, NONSENSE[kind]))
    for page in PAGES:
        assert visitor.open(page).specimen


@pytest.fixture
def usual(opened):
    """Return a function that returns the specimen of a page and the values of its widgets without a link."""

    def look(page):
        visitor = opened(page)
        keys = [widget.key for kind in WIDGETS for widget in visitor.app.get(kind)] + visitor.live_sliders
        return visitor.specimen, {key: visitor.value(key) for key in keys}

    return look


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("home", "number", "-1"),
        ("home", "number", "nan"),
        ("home", "number", "inf"),
        ("home", "number", "1e3"),
        ("home", "number", ""),
        ("home", "number", "9" * 5000),
        ("home", "split", "test"),
        ("home", "digit", "5"),
        ("home", "digit", "<b>3</b>"),
        ("home", "digit", ["3", "7"]),
        ("home", "digits", "x"),
        ("home", "digits", "3,7"),
        ("home", "digits", "³"),
        ("home", "digits", "-3"),
        ("home", "digits", ""),
        ("home", "no_such_setting", "1"),
        ("pixels", "rows", "4"),
        ("pixels", "rows", ["10", "4"]),
        ("pixels", "rows", ["4", "4"]),
        ("pixels", "rows", ["0", "29"]),
        ("pixels", "rows", ["1", "2", "3"]),
        ("pixels", "whole", "maybe"),
        ("pixels", "pixel_row", "28"),
        ("data", "label", "5"),
        ("pixels", "width", "2"),
        ("tensors", "x", "nan"),
        ("tensors", "x", "-5.1"),
        ("tensors", "rank", "Tensor"),
        ("tensors", "rank", ""),
        ("tensors", "shape_a", "1," * 30),
        ("tensors", "condition", "1=1"),
        ("ideal_digits", "n", "0"),
        ("ideal_digits", "n", "inf"),
        ("ideal_digits", "a", ""),
        ("ideal_digits", "shown", "8"),
        ("distance", "nudge", "0.55"),
        ("distance", "map", "signed"),
        ("distance", "map", ""),
        ("distance", "scored", "test"),
        ("distance", "judge", "L3"),
    ],
)
def test_a_link_with_nonsense_opens_with_the_defaults_and_a_warning(visit, usual, page, name, value):
    visitor, (specimen, values) = visit(page, **{name: value}), usual(page)
    (warning,) = visitor.said("warning")
    for text in [value] if isinstance(value, str) else value:
        assert f"{name}={text[:30]}" in warning
    assert visitor.specimen == specimen
    assert name in values or name == "no_such_setting"
    assert {key: visitor.value(key) for key in values} == values


def test_valid_parts_of_a_link_are_kept_beside_invalid_ones(visit):
    visitor = visit(digits=["4", "x", "9"], digit="9", number="soon", split="Training")
    (warning,) = visitor.said("warning")
    assert "digits=x" in warning
    assert "number=soon" in warning
    assert "split" not in warning
    assert "digit=9" not in warning
    assert list(visitor.value("digits")) == [4, 9]
    assert visitor.specimen.startswith("train/9/")


def test_only_the_page_that_the_link_opened_warns(visit):
    visitor = visit("tensors", rank="Tensor")
    assert len(visitor.said("warning")) == 1
    assert visitor.open("pixels").said("warning") == []


@pytest.mark.parametrize("name", ["digits", "number", "shape_a", "no_such_setting"])
@pytest.mark.parametrize("value", ["\n\n# Boo", "`![x](https://example.org/x.png)`", "\r\n\r\n- a", "``"])
def test_nothing_in_a_link_is_read_as_markdown(visit, name, value):
    for warning in visit(**{name: value}).said("warning"):
        assert "\n" not in warning
        assert "\r" not in warning
        inside = [part for place, part in enumerate(warning.split("`")) if place % 2 == 0]
        assert not any(sign in "".join(inside) for sign in "#[]!")


@pytest.mark.parametrize(
    "link",
    [{"digits": "x" * 5000}, {"number": "x" * 5000}, {"x" * 5000: "1"}, {f"x{n}": "1" for n in range(500)}],
    ids=["digits", "number", "name", "many names"],
)
def test_the_warning_about_nonsense_stays_short(visit, link):
    (warning,) = visit(**link).said("warning")
    assert len(warning) < 1000


@pytest.mark.parametrize("digits", [["5"], ["5", "5"]], ids=str)
def test_a_link_with_one_digit_warns_and_takes_the_usual_two(visit, digits):
    visitor = visit(digits=digits)
    assert any("3 and 7" in one for one in visitor.said("warning"))
    assert list(visitor.app.get_by_key("digit").options) == ["3", "7"]

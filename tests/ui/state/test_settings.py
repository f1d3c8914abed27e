"""Settings: each parser takes the default and the options of its widget, and nothing in a link does harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from ui.state import keys
from ui.state.choices import SPLIT_NAMES
from ui.state.setting_kinds import plain
from ui.state.settings import SETTINGS

text = some.text(some.characters(exclude_categories=["Cs"]), max_size=60)
hostile = some.one_of(
    text, some.sampled_from(["nan", "inf", "-inf", "-1", "1e400", "", "<b>", "٣", "9" * 5000, "true"])
)
raw = some.lists(hostile, min_size=1, max_size=4)
names = some.sampled_from([*SETTINGS, "unknown"])


def written(value) -> list[list[str]]:
    """Return the ways in which a link may hold a value."""
    if isinstance(value, bool):
        return [[str(value).lower()]]
    if isinstance(value, tuple):
        return [[str(one) for one in value]]
    if isinstance(value, float):
        return [[str(value)], [plain(value)]]
    return [[str(SPLIT_NAMES.get(value, value))]]  # a link holds options as their widget shows them


def parsed(setting, texts):
    try:
        return setting.parse(texts)
    except (ValueError, KeyError):
        return None


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.default is not None])
def test_a_parser_takes_the_default(name):
    setting = SETTINGS[name]
    assert setting.default in [parsed(setting, texts) for texts in written(setting.default)]


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if "format_func" in setting.widget])
def test_a_parser_takes_every_option_as_its_widget_writes_it(name):
    setting = SETTINGS[name]
    ends = setting.widget["options"][-1] if isinstance(setting.default, tuple) else None
    for option in setting.widget["options"]:
        texts = [setting.widget["format_func"](one) for one in ([option, ends] if ends else [option])]
        assert parsed(setting, texts) in (option, (option, ends)) or option == ends


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if "max_value" in setting.widget])
def test_a_parser_takes_the_limits_of_its_widget_and_nothing_beyond(name):
    setting = SETTINGS[name]
    low, high = setting.widget["min_value"], setting.widget["max_value"]
    twice = 2 if isinstance(setting.default, tuple) else 1
    for end in (low, high):
        assert parsed(setting, [str(end)] * twice) in (end, (end, end))
    for beyond in (low - 1, high + 1):
        assert parsed(setting, [str(beyond)] * twice) is None


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.in_play])
def test_a_setting_for_a_digit_takes_any_digit_and_nothing_else(name):
    for digit in range(10):
        assert SETTINGS[name].parse([str(digit)]) == digit
    for nonsense in ("-1", "10", "3.0", "", "x", "inf"):
        assert parsed(SETTINGS[name], [nonsense]) is None


@given(names.filter(lambda name: name in SETTINGS and name != "digits"), raw)
def test_a_parser_returns_a_value_or_raises_an_error_that_read_link_handles(name, texts):
    value = parsed(SETTINGS[name], texts)
    if isinstance(value, float):
        assert abs(value) < float("inf")


@pytest.mark.parametrize(
    ("name", "texts", "value"),
    [
        ("digits", ["7", "3", "7"], (3, 7)),
        ("split", ["Training"], "train"),
        ("number", ["12"], 12),
        ("rows", ["2", "9"], (2, 9)),
        ("rows", ["27", "28"], (27, 28)),
        ("columns", ["0", "28"], (0, 28)),
        ("whole", ["false"], False),
        ("x", ["-2.5"], -2.5),
        ("nudge", ["0.01"], 0.01),
        ("shape_a", [""], ""),
        ("n", ["400"], 400),
        ("judge", ["L1"], "L1"),
        ("map", ["Squared"], "Squared"),
    ],
)
def test_a_parser_reads_what_a_link_says(name, texts, value):
    assert SETTINGS[name].parse(texts) == value


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("rows", ["9", "2"]),
        ("rows", ["5", "5"]),
        ("rows", ["3"]),
        ("rows", ["-1", "4"]),
        ("rows", ["0", "29"]),
        ("rows", ["1", "2", "3"]),
        ("whole", ["True"]),
        ("whole", ["1"]),
        ("x", ["nan"]),
        ("x", ["5.01"]),
        ("x", ["1", "2"]),
        ("number", ["-1"]),
        ("number", ["1.5"]),
        ("width", ["13"]),
        ("shape_b", ["1" * 41]),
        ("nudge", ["0.55"]),
        ("rank", ["image"]),
    ],
)
def test_a_parser_rejects_what_is_no_value(name, texts):
    with pytest.raises((ValueError, KeyError)):
        SETTINGS[name].parse(texts)


def page():
    from ui.state import session

    session.read_link("a page")


@settings(max_examples=40)
@given(some.dictionaries(names, raw, max_size=4))
def test_every_part_of_a_link_is_kept_or_reported_as_ignored(link):
    app = AppTest.from_function(page, default_timeout=60)
    for name, texts in link.items():
        app.query_params[name] = texts
    app.run()
    assert not app.exception
    ignored = str(app.session_state[keys.IGNORED])
    for name, texts in link.items():
        if f"{name}=" in ignored or name == "digits":
            continue
        assert app.session_state[name] == SETTINGS[name].parse(texts)


def test_a_link_is_read_once():
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["number"] = "5"
    app.run()
    app.session_state["number"] = 8  # the visitor has moved a widget
    assert app.run().session_state["number"] == 8


def test_a_link_from_one_page_to_another_is_read_too():
    app = AppTest.from_function(two_pages, default_timeout=60, args=("one",))
    app.run()
    app.session_state["number"] = 8
    app.args = ("two",)
    app.query_params["number"] = "5"
    assert app.run().session_state["number"] == 5


def two_pages(name):
    from ui.state import session

    session.read_link(name)


def choice(digits):
    import streamlit as st

    from ui.state import session

    st.segmented_control("Picture", **session.bound_digit("shown", digits, digits[0]))


def test_a_digit_that_is_no_longer_in_play_is_replaced_by_one_in_play():
    app = AppTest.from_function(choice, default_timeout=60, args=((3, 7),)).run()
    assert app.button_group[0].set_value(7).run().session_state["shown"] == 7
    app.args = ((1, 2),)
    assert app.run().session_state["shown"] == 1
    app.args = ((1, 3),)
    assert app.run().session_state["shown"] == 1  # it is still in play


def test_the_default_digit_is_chosen_where_it_is_in_play():
    assert AppTest.from_function(choice, args=((1, 3),), default_timeout=60).run().session_state["shown"] == 3

"""The code drawer shows the source of functions, and does not claim that each of them has been called."""

import inspect

from streamlit.testing.v1 import AppTest

from core.dataset import SIDE
from core.ideal import to_unit
from ui.frame.code_drawer import constants
from ui.state import keys


def page():
    from core.ideal import to_unit
    from ui.frame.code_drawer import code_drawer

    code_drawer(to_unit)


def opened() -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state[keys.CODE] = True
    app.run()
    assert not app.exception
    return app


def test_a_function_is_shown_with_its_file_and_line():
    app = opened()
    assert app.code[0].value.strip() == inspect.getsource(to_unit).strip()
    assert app.caption[1].value == f"`core/ideal.py`, line {inspect.getsourcelines(to_unit)[1]}"


def uses_constants():
    return [CODE_LENGTH, SIDE, SIDE, len("x")]


CODE_LENGTH = 7


def test_the_constants_that_a_function_uses_are_shown_with_it_wherever_they_come_from():
    assert constants(uses_constants) == ["CODE_LENGTH = 7", "SIDE = 28"]
    assert constants(opened) == []

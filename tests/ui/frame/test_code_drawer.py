"""The code drawer shows the source of functions, and does not claim that each of them has been called."""

import inspect

from streamlit.testing.v1 import AppTest

from core.ideal import to_unit
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

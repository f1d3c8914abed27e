"""Guess first: the answer is hidden until one is chosen, and each option is shown once."""

from streamlit.testing.v1 import AppTest


def page(options, answer):
    from ui.frame.guess import guess_first

    guess_first("page", "How many?", options, answer, "Counted by hand.")


def asked(*options, answer):
    app = AppTest.from_function(page, default_timeout=60, args=(list(options), answer)).run()
    assert not app.exception
    return app


def said(app) -> str:
    return " ".join(one.value for one in [*app.markdown, *app.caption])


def test_the_answer_is_shown_only_after_a_guess():
    app = asked("1", "2", answer="2")
    assert "Counted by hand" not in said(app)
    assert "It is **2**" in said(app.button_group[0].set_value("1").run())
    assert "**2** is right" in said(app.button_group[0].set_value("2").run())


def test_options_that_turn_out_the_same_are_shown_once():
    assert list(asked("64", "128", "128", answer="128").button_group[0].options) == ["64", "128"]

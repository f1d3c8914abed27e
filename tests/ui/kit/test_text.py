"""Digits and counts within a sentence."""

from ui.kit.text import counted, with_article


def test_only_eight_begins_with_a_vowel():
    assert [with_article(digit) for digit in range(10) if with_article(digit).startswith("an ")] == ["an 8"]
    assert with_article("8") == "an 8"  # as charts and tables have it
    assert with_article(3, bold=True) == "a **3**"


def test_one_thing_is_not_counted_as_many():
    assert [counted(n, "epoch") for n in (0, 1, 2, 1234)] == ["0 epochs", "1 epoch", "2 epochs", "1,234 epochs"]

"""Digits, counts, shares and foreign text, as every page writes them."""

import pytest

from ui.kit.text import counted, percent, plain, quoted, with_article


def test_only_eight_begins_with_a_vowel():
    assert [with_article(digit) for digit in range(10) if with_article(digit).startswith("an ")] == ["an 8"]
    assert with_article("8") == "an 8"  # charts and tables have digits as text
    assert with_article(3, bold=True) == "a **3**"


def test_one_thing_is_singular():
    assert [counted(n, "epoch") for n in (0, 1, 2, 1234)] == ["0 epochs", "1 epoch", "2 epochs", "1,234 epochs"]


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0.0%"), (0.9851, "98.5%"), (0.993, "99.3%"), (0.9996, "99.9%"), (9_999 / 10_000, "99.9%"), (1, "100.0%")],
)
def test_a_share_has_one_decimal_and_is_100_only_if_it_is_all(share, written):
    assert percent(share) == written


def test_quoted_text_is_one_line_of_code_without_a_backtick():
    assert quoted("a`b\n\n# c") == "`a'b # c`"
    assert quoted("x" * 100, 5) == "`xxxxx`"


def test_every_sign_of_markdown_is_escaped():
    assert plain("*a* [b](c) $d$ :e:") == r"\*a\* \[b\]\(c\) \$d\$ \:e\:"

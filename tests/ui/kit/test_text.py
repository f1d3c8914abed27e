"""Digits, counts, shares and foreign text, as every page writes them."""

import numpy as np
import pytest

from ui.kit.text import counted, mistaken, number, percent, plain, quoted, with_article


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


def test_a_share_that_is_not_a_number_is_a_dash():
    assert percent(float("nan")) == percent(float(np.float32("nan"))) == "–"


@pytest.mark.parametrize(
    ("part", "whole", "written"), [(355, 400, "88.8%"), (1, 400, "0.3%"), (1, 8, "12.5%"), (3_549, 4_000, "88.7%")]
)
def test_a_share_is_rounded_half_up_also_if_it_was_computed_in_single_precision(part, whole, written):
    assert percent(part / whole) == percent(float(np.float32(part / whole))) == written


@pytest.mark.parametrize(
    ("value", "form", "written"),
    [
        (-1.25, ".2f", "−1.25"),
        (1.25, "+.1f", "+1.2"),
        (-0.0, ".2f", "0.00"),
        (-0.001, "+.2f", "0.00"),
        (0, "+d", "0"),
        (-6e-7, ".0e", "−6e−07"),
        (float("inf"), ".1f", "inf"),
    ],
)
def test_a_number_has_a_real_minus_sign_and_0_has_none(value, form, written):
    assert number(value, form) == written


def test_a_mistake_is_named_with_both_articles():
    assert mistaken(3, "8") == "a 3 taken for an 8"


def test_quoted_text_is_one_line_of_code_without_a_backtick():
    assert quoted("a`b\n\n# c") == "`a'b # c`"
    assert quoted("x" * 100, 5) == "`xxxxx`"


def test_every_sign_of_markdown_is_escaped():
    assert plain("*a* [b](c) $d$ :e:") == r"\*a\* \[b\]\(c\) \$d\$ \:e\:"

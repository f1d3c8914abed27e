"""What each method answers for an image, whether they agree, and how unlike all digits the image is."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.model import init_params, predict
from ui.draw import answers, novelty
from ui.draw.answers import Answer
from ui.draw.models import DigitModel
from ui.draw.reasons import opponents

DIGITS = (3, 7, 9)
IMAGE = torch.rand(28, 28, generator=torch.Generator().manual_seed(1))
COLOURS = ("#0b6bb5", "#e07b00", "#8a4fbf")


def test_the_baselines_answer_with_the_nearest_ideal_and_say_by_how_much():
    ideals = torch.stack([IMAGE + 0.2, IMAGE + 0.5, IMAGE - 0.1])
    l1, l2 = answers.by_distance(IMAGE, ideals, DIGITS)
    for answer in (l1, l2):  # a constant difference is the same by L1 and by L2
        assert answer.digit == 9
        assert answer.scores.tolist() == pytest.approx([0.2, 0.5, 0.1], abs=1e-6)
        assert answer.figure == "0.1000 away, nearer by 0.1000"


def test_a_model_answers_with_the_most_probable_digit():
    params = init_params(3, 0, 4)
    answer = answers.by_model(IMAGE, DigitModel("Linear", lambda xb: predict(xb, params)), DIGITS)
    probs = torch.exp(predict(IMAGE.reshape(1, -1), params))[0]
    probs = probs / probs.sum()
    torch.testing.assert_close(answer.scores, probs)
    assert answer.digit == DIGITS[probs.argmax()]
    assert answer.figure == f"{100 * probs.max():.1f}% sure"


def test_no_model_is_a_hundred_percent_sure():
    sure = DigitModel("Sure", lambda xb: torch.tensor([[50.0, 0.0, 0.0]]))
    assert answers.by_model(IMAGE, sure, DIGITS).figure == "over 99.9% sure"


def answered(*digits: int) -> list[Answer]:
    return [Answer(f"M{n}", digit, "1 away", torch.ones(3)) for n, digit in enumerate(digits)]


def test_one_sentence_says_whether_all_methods_agree_and_which_differ():
    assert answers.agreement(answered(7, 7, 7)) == "All 3 methods say **7**."
    assert answers.agreement(answered(3, 3)) == "Both methods say **3**."
    assert answers.agreement(answered(3, 7, 7, 9)) == "They disagree: **7** by M1, M2; **3** by M0; **9** by M3."


def test_cards_show_each_answer_in_the_colour_of_its_digit_and_which_models_are_still_trained():
    html = answers.cards(answered(3, 7, 7), [("Net", "training, 62%")], DIGITS, COLOURS)
    assert re.findall(r'border-left-color:(#\w+)"', html) == [COLOURS[0], COLOURS[1], COLOURS[1]]
    assert html.count("≠") == 1
    assert "training, 62%" in html
    assert "<script>" not in answers.cards([], [("<script>", "<script>")], DIGITS, COLOURS)


def test_the_table_has_a_row_for_each_method():
    table = answers.table_of(answered(3, 7), DIGITS)
    assert (list(table.index), list(table.columns)) == (["M0", "M1"], ["3", "7", "9"])


def test_two_digits_are_compared_in_their_order_and_of_more_the_two_with_the_best_scores():
    assert opponents(Answer("N", 7, "", torch.tensor([0.1, 0.9])), (3, 7)) == (0, 1)
    assert opponents(Answer("N", 9, "", torch.tensor([0.3, 0.1, 0.6])), DIGITS) == (2, 0)


# Novelty


distances = st.floats(0, 1, width=32)


@given(st.floats(0, 1), st.lists(st.tuples(distances, distances), min_size=1, max_size=30))
def test_the_share_nearer_is_of_the_images_whose_nearest_ideal_is_nearer(nearest, others):
    expected = sum(min(pair) < nearest for pair in others) / len(others)
    assert novelty.share_nearer(nearest, torch.tensor(others)) == pytest.approx(expected)


def test_a_drawing_as_near_as_real_digits_is_called_no_stranger():
    assert novelty.sentence(0.5, None, (3, 7)).endswith("no stranger than real digits are.")


@pytest.mark.parametrize(("share", "words"), [(0.85, "rather unlike every ideal"), (0.97, "far from every ideal")])
def test_of_a_farther_drawing_the_page_says_that_it_gets_an_answer_all_the_same(share, words):
    text = novelty.sentence(share, None, (3, 7))
    assert words in text
    assert f"**{round(100 * share)}** lie nearer" in text
    assert "may only say 3 or 7 must answer" in text


@pytest.mark.parametrize(
    ("asked", "words"),
    [((8, 0.9), "calls it an **8**"), ((2, 0.6), "calls it a **2**"), ((2, 0.4), ""), ((3, 0.99), ""), (None, "")],
)
def test_a_model_that_knows_more_digits_is_quoted_when_it_is_sure_of_another_digit(asked, words):
    text = novelty.sentence(0.5, asked, (3, 7))
    assert words in text
    assert ("asked about" in text) == ("must answer" in text) == bool(words)

"""What each method answers for an image, whether they agree, and how unlike all digits the image is."""

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


def test_the_baselines_answer_with_the_nearest_ideal_and_say_by_how_much():
    ideals = torch.stack([IMAGE + 0.2, IMAGE + 0.5, IMAGE - 0.1])
    l1, l2 = answers.by_distance(IMAGE, ideals, DIGITS)
    for answer in (l1, l2):  # a constant difference is the same by L1 and by L2
        assert answer.digit == 9
        assert answer.scores.tolist() == pytest.approx([0.2, 0.5, 0.1], abs=1e-6)
        assert answer.figure + answer.more == "0.1000 away, nearer by 0.1000"


def test_a_model_answers_with_the_most_probable_digit():
    params = init_params(3, 0, 4)
    answer = answers.by_model(IMAGE, DigitModel("Linear", lambda xb: predict(xb, params)), DIGITS)
    probs = torch.exp(predict(IMAGE.reshape(1, -1), params))[0]
    probs = probs / probs.sum()
    torch.testing.assert_close(answer.scores.float(), probs)
    assert answer.digit == DIGITS[probs.argmax()]
    assert answer.figure + answer.more == f"{100 * probs.max():.1f}% sure"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.5, "50.0%"), (0.9984, "99.8%"), (0.9991, "99.91%"), (0.9998, "99.98%"), (0.99993, "over 99.99%")],
)
def test_a_probability_is_written_as_it_is_and_no_model_is_a_hundred_percent_sure(share, text):
    assert answers.sure(share) == text
    model = DigitModel("Sure", lambda xb: torch.tensor([[50.0, 0.0, 0.0]]))
    assert answers.by_model(IMAGE, model, DIGITS).figure == "over 99.99%"


@given(st.floats(-20, 20, width=32))
def test_the_probabilities_of_a_pair_add_up_as_they_are_written(logit):
    model = DigitModel("Pair", lambda xb: torch.tensor([[logit, 0.0]]))
    both = answers.by_model(IMAGE, model, (3, 7)).scores
    first, second = (f"{share:.4f}" for share in both)
    assert round(float(first) + float(second), 4) == 1


def test_a_bar_shows_the_probabilities_of_a_model_and_how_near_each_ideal_is():
    assert answers.shares(Answer("N", 3, "", "", torch.tensor([0.2, 0.8]))).tolist() == pytest.approx([0.2, 0.8])
    near = answers.shares(Answer("L2", 3, "", "", torch.tensor([0.1, 0.3])))
    assert near.tolist() == pytest.approx([0.75, 0.25])
    assert answers.shares(Answer("L1", 3, "", "", torch.tensor([0.0, 0.3]))).tolist() == pytest.approx([1, 0], abs=1e-4)


def answered(*digits: int) -> list[Answer]:
    return [Answer(f"M{n}", digit, "1", " away", torch.ones(3) / 3) for n, digit in enumerate(digits)]


def test_one_sentence_says_whether_all_methods_agree_and_which_differ():
    assert answers.agreement(answered(7, 7, 7)) == "All 3 methods say **7**."
    assert answers.agreement(answered(3, 3)) == "Both methods say **3**."
    assert answers.agreement(answered(3, 7, 7, 9)) == "They disagree: **7** by M1, M2; **3** by M0; **9** by M3."


def test_cards_show_each_answer_in_the_colour_of_its_digit_and_which_models_are_still_trained():
    *answered_cards, waiting = answers.cards(answered(3, 7, 7), [("Net", "training, 62%")], DIGITS)
    assert [(card["digit"], card["place"], card["differs"]) for card in answered_cards] == [
        ("3", 0, True),
        ("7", 1, False),
        ("7", 1, False),
    ]
    assert (waiting["method"], waiting["more"], waiting["place"]) == ("Net", "training, 62%", None)


def test_a_blank_paper_has_a_card_for_each_method_without_an_answer():
    cards = answers.blank_cards(["Linear"], [("Net", "training, 62%")])
    assert [card["method"] for card in cards] == ["L1", "L2", "Linear", "Net"]
    assert {card["place"] for card in cards} == {None}


def test_the_table_has_a_row_for_each_method():
    table = answers.table_of(answered(3, 7), DIGITS)
    assert (list(table.index), list(table.columns)) == (["M0", "M1"], ["3", "7", "9"])


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.99996, "over 0.9999"), (0.99994, "0.9999"), (0.00006, "0.0001"), (0.00004, "under 0.0001"), (0.5, "0.5000")],
)
def test_no_probability_is_written_as_0_or_1(share, written):
    assert answers.four_decimals(share) == written


def test_two_digits_are_compared_in_their_order_and_of_more_the_two_with_the_best_scores():
    assert opponents(Answer("N", 7, "", "", torch.tensor([0.1, 0.9])), (3, 7)) == (0, 1)
    assert opponents(Answer("N", 9, "", "", torch.tensor([0.3, 0.1, 0.6])), DIGITS) == (2, 0)


# Novelty


distances = st.floats(0, 1, width=32)


@given(st.floats(0, 1), st.lists(st.tuples(distances, distances), min_size=1, max_size=30))
def test_the_share_nearer_is_of_the_images_whose_nearest_ideal_is_nearer(nearest, others):
    expected = sum(min(pair) < nearest for pair in others) / len(others)
    assert novelty.share_nearer(nearest, torch.tensor(others)) == pytest.approx(expected)


def test_a_drawing_as_near_as_real_digits_is_called_no_stranger():
    assert novelty.sentence(0.5, None, (3, 7)).endswith("no stranger than real digits are.")


@pytest.mark.parametrize(
    ("nearer", "said", "strange"), [(159, "79.5%", False), (160, "80.0%", True), (199, "99.5%", True)]
)
def test_the_share_that_is_shown_is_on_the_side_of_what_is_said(nearer, said, strange):
    text = novelty.sentence(nearer / 200, None, (3, 7))
    assert f"**{said}** of" in text
    assert ("every ideal" in text) == strange


@pytest.mark.parametrize(("share", "words"), [(0.85, "rather unlike every ideal"), (0.97, "far from every ideal")])
def test_of_a_farther_drawing_the_page_says_that_it_gets_an_answer_all_the_same(share, words):
    text = novelty.sentence(share, None, (3, 7))
    assert words in text
    assert f"**{100 * share:.1f}%** of the validation images lie nearer" in text
    assert "may only say 3 or 7 must answer" in text


@pytest.mark.parametrize(
    ("asked", "words"),
    [((8, 0.9), "calls it an **8**"), ((2, 0.6), "calls it a **2**"), ((2, 0.4), ""), ((3, 0.99), ""), (None, "")],
)
def test_a_model_that_knows_more_digits_is_quoted_when_it_is_sure_of_another_digit(asked, words):
    text = novelty.sentence(0.5, asked, (3, 7))
    assert words in text
    assert ("asked about" in text) == ("must answer" in text) == bool(words)

"""What each method answers for one image: the nearest ideals, the models of the app, and the learner's own model."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from core.classifiers.robustness import nearness
from core.distance import DISTANCES, distances_to, nearest
from ui.draw.models import DigitModel
from ui.frame.guess import guess_first
from ui.kit.text import percent


@dataclass(frozen=True)
class Answer:
    """What one method answers.

    figure: how far away, or how sure; more: the words that follow it. scores: (K,), its distance to, or its
    probability of, each digit in play.
    """

    method: str
    digit: int
    figure: str
    more: str
    scores: Tensor


def by_distance(unit: Tensor, ideals: Tensor, digits: tuple[int, ...]) -> list[Answer]:
    """Answer with the nearest ideal, by L1 and by L2. unit: (28, 28) and ideals: (K, 28, 28), float32 in [0, 1]."""
    answers = []
    for name, distance in DISTANCES.items():
        to_each = distances_to(unit[None], ideals, distance)
        first, second = to_each[0].sort().values[:2]
        more = f" away, nearer by {second - first:.4f}"
        answers.append(Answer(name, digits[nearest(to_each)[0]], f"{first:.4f}", more, to_each[0]))
    return answers


def by_model(unit: Tensor, model: DigitModel, digits: tuple[int, ...]) -> Answer:
    """Answer with the digit that a model finds most probable. unit: (28, 28) float32 in [0, 1]."""
    with torch.no_grad():
        probs = model.model(unit.reshape(1, -1))[0].double().softmax(0)  # as float32, those of a pair may not add up
    return Answer(model.name, digits[probs.argmax()], sure(probs.max().item()), " sure", probs)


def sure(share: float) -> str:
    """Write a probability in [0, 1], with two decimals from 99.9% on. A softmax gives no digit 100%."""
    if share > 0.9999:
        return "over 99.99%"
    return f"{share:.2%}" if share >= 0.999 else percent(share)


def agreement(answers: Sequence[Answer]) -> str:
    """Say in one sentence whether all methods give the same answer."""
    by_digit: dict[int, list[str]] = {}
    for answer in answers:
        by_digit.setdefault(answer.digit, []).append(answer.method)
    if len(by_digit) == 1:
        all_of_them = "Both" if len(answers) == 2 else f"All {len(answers)}"
        return f"{all_of_them} methods say **{answers[0].digit}**."
    groups = sorted(by_digit.items(), key=lambda item: -len(item[1]))
    return "They disagree: " + "; ".join(f"**{digit}** by {', '.join(names)}" for digit, names in groups) + "."


def cards(answers: Sequence[Answer], waiting: Sequence[tuple[str, str]], digits: tuple[int, ...]) -> list[dict]:
    """Write the answers as cards for the browser, then (name, reason) of each model that can't answer yet.

    place: that of the answer among the digits in play, for its colour. shares: one for each digit; they sum to 1.
    """
    most = max(digits, key=[answer.digit for answer in answers].count)
    written = [
        {
            "method": answer.method,
            "digit": str(answer.digit),
            "place": digits.index(answer.digit),
            "differs": answer.digit != most,
            "figure": answer.figure,
            "more": answer.more,
            "shares": shares(answer).tolist(),
        }
        for answer in answers
    ]
    return written + [_without_answer(name, "…", reason) for name, reason in waiting]


def blank_cards(names: Sequence[str], waiting: Sequence[tuple[str, str]]) -> list[dict]:
    """Write the cards of a blank paper. names: of the models that are ready."""
    written = [_without_answer(name, "–", "") for name in (*DISTANCES, *names)]
    return written + [_without_answer(name, "…", reason) for name, reason in waiting]


def _without_answer(name: str, digit: str, reason: str) -> dict:
    return {"method": name, "digit": digit, "place": None, "differs": False, "figure": "", "more": reason, "shares": []}


def shares(answer: Answer) -> Tensor:
    """Return the share of each digit in an answer's bar: (K,), in [0, 1], their sum is 1.

    Of a model it is the probability; of a distance, how near each ideal is: 1 / distance, scaled to a sum of 1.
    """
    if answer.method not in DISTANCES:
        return answer.scores
    return nearness(answer.scores[None])[0]


def table_of(answers: Sequence[Answer], digits: tuple[int, ...]) -> pd.DataFrame:
    """Lay out all numbers: a row a method, a column a digit."""
    rows = {answer.method: answer.scores.numpy() for answer in answers}
    return pd.DataFrame(rows, index=list(map(str, digits))).T


def show_numbers(answers: Sequence[Answer], digits: tuple[int, ...]) -> None:
    """Show the section "All numbers"."""
    st.subheader("All numbers")
    table = table_of(answers, digits)
    models = pd.IndexSlice[[name for name in table.index if name not in DISTANCES], :]
    st.table(
        table.style.format("{:.4f}").format(four_decimals, subset=models),
        alt="Distance of the drawing to each ideal, and the probability of each digit",
    )
    st.caption("Distances by L1 and L2: the smallest wins. Probabilities by the others: the largest wins.")


def four_decimals(share: float) -> str:
    """Write a probability with four decimals. A softmax gives no digit 0 or 1.

    In words: a table takes ">" for the beginning of a quotation.
    """
    if share >= 0.99995:
        return "over 0.9999"
    return f"{share:.4f}" if share >= 0.00005 else "under 0.0001"


def guess_how_often_l1_and_l2_differ(distances: dict[str, Tensor]) -> None:
    """Ask it, of the validation images. distances: {"L1" or "L2": (n, K) float32}."""
    differ, n = int((nearest(distances["L1"]) != nearest(distances["L2"])).sum()), len(distances["L1"])
    bands = {"never": 0.0, "up to 10 of 100": 10.0, "more than 10 of 100": 100.0}
    guess_first(
        "draw",
        "L1 and L2 measure the same two pictures differently. On how many images do they give different answers?",
        list(bands),
        next(name for name, end in bands.items() if 100 * differ <= end * n),
        f"On the validation images they differ on {differ:,} of {n:,}.",
    )

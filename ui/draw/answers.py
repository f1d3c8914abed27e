"""What each method answers for one image: the nearest ideals, the models of the app, and the learner's own model."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from core.distance import DISTANCES, accuracy, distances_to, nearest
from ui.draw.models import DigitModel
from ui.frame.guess import guess_first
from ui.kit.text import percent


@dataclass(frozen=True)
class Answer:
    """What one method answers.

    figure: how sure it is, in words. scores: (K,) float32, its distance to, or its probability of, each digit in play.
    """

    method: str
    digit: int
    figure: str
    scores: Tensor


def by_distance(unit: Tensor, ideals: Tensor, digits: tuple[int, ...]) -> list[Answer]:
    """Answer with the nearest ideal, by L1 and by L2. unit: (28, 28) and ideals: (K, 28, 28), float32 in [0, 1]."""
    answers = []
    for name, distance in DISTANCES.items():
        to_each = distances_to(unit[None], ideals, distance)
        first, second = to_each[0].sort().values[:2]
        figure = f"{first:.4f} away, nearer by {second - first:.4f}"
        answers.append(Answer(name, digits[nearest(to_each)[0]], figure, to_each[0]))
    return answers


def by_model(unit: Tensor, model: DigitModel, digits: tuple[int, ...]) -> Answer:
    """Answer with the digit that a model finds most probable. unit: (28, 28) float32 in [0, 1]."""
    with torch.no_grad():
        probs = model.model(unit.reshape(1, -1))[0].softmax(0)
    most = probs.max().item()
    sure = "over 99.9%" if most > 0.999 else percent(most)  # never 100%: a softmax leaves something to each digit
    return Answer(model.name, digits[probs.argmax()], f"{sure} sure", probs)


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


def cards(
    answers: Sequence[Answer], waiting: Sequence[tuple[str, str]], digits: tuple[int, ...], colours: Sequence[str]
) -> str:
    """Write the answers side by side as HTML, then (name, reason) of each model that can't answer yet.

    colours: one for each digit in play, as CSS has them.
    Thirty elements of Streamlit's own would take longer to arrive than the rest of the page.
    """
    most = max(digits, key=[answer.digit for answer in answers].count)
    written = [
        f'<div style="border-left-color:{colours[digits.index(a.digit)]}"><dt>{escape(a.method)}</dt>'
        f'<dd class="answer">{a.digit}{"" if a.digit == most else _DIFFERS}</dd><dd>{a.figure}</dd></div>'
        for a in answers
    ]
    written += [
        f'<div><dt>{escape(name)}</dt><dd class="answer">…</dd><dd>{escape(reason)}</dd></div>'
        for name, reason in waiting
    ]
    return f'{_STYLE}<dl class="verdicts">{"".join(written)}</dl>'


_DIFFERS = '<span title="Most other methods say something else">≠</span>'
_STYLE = """<style>
.verdicts {display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem;
  margin: 0 !important; padding: 0 !important}
.verdicts > div {border: 1px solid color-mix(in srgb, currentColor 22%, transparent); border-left-width: 5px;
  border-radius: .5rem; padding: .45rem .7rem}
.verdicts dt {font-size: .875rem; font-weight: 400; opacity: .85}
.verdicts dd {margin: 0; font-size: .8rem; line-height: 1.35; font-variant-numeric: tabular-nums; min-height: 2.1em}
.verdicts .answer {font-size: 1.9rem; line-height: 1.15; font-weight: 600; min-height: 0}
.verdicts .answer span {font-size: 1.1rem; font-weight: 400; opacity: .7; margin-left: .4rem}
</style>"""


def table_of(answers: Sequence[Answer], digits: tuple[int, ...]) -> pd.DataFrame:
    """Lay out all numbers: a row a method, a column a digit."""
    rows = {answer.method: answer.scores.numpy() for answer in answers}
    return pd.DataFrame(rows, index=list(map(str, digits))).T


def show_numbers(answers: Sequence[Answer], digits: tuple[int, ...]) -> None:
    """Show the section "All numbers"."""
    st.subheader("All numbers")
    st.table(
        table_of(answers, digits).style.format("{:.4f}"),
        alt="Distance of the drawing to each ideal, and the probability of each digit",
    )
    st.caption("Distances by L1 and L2: the smallest wins. Probabilities by the others: the largest wins.")


def guess_how_often_l1_and_l2_differ(distances: dict[str, Tensor]) -> None:
    """Ask it, of the validation images. distances: {"L1" or "L2": (n, K) float32}."""
    differ = 1 - accuracy(nearest(distances["L1"]), nearest(distances["L2"]))
    bands = {"never": 0.0, "up to 10 of 100": 0.1, "more than 10 of 100": 1.0}
    guess_first(
        "draw",
        "L1 and L2 measure the same two pictures differently. On how many images do they give different answers?",
        list(bands),
        next(name for name, end in bands.items() if differ <= end),
        f"On the validation images they differ on {100 * differ:.1f} of 100.",
    )

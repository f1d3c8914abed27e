"""What each method says of one image: the baselines, the models of the app, and the learner's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import torch
from torch import Tensor

from core.classifiers.attribution import Model
from core.distance import DISTANCES, distances_to, nearest
from ui.kit.text import percent


@dataclass(frozen=True)
class Net:
    """A model that gives each digit in play a logit.

    linear: its weights (K, 784) and biases (K,), if it is nothing but a linear model.
    """

    name: str
    model: Model
    linear: tuple[Tensor, Tensor] | None = None


@dataclass(frozen=True)
class Verdict:
    """What one method says.

    digit: its answer. figure: how sure it is, in words. scores: (K,) float32, what it has for each digit in play.
    """

    method: str
    digit: int
    figure: str
    scores: Tensor


def by_distance(unit: Tensor, ideals: Tensor, digits: tuple[int, ...]) -> list[Verdict]:
    """Judge an image by the nearest ideal. unit: (28, 28) and ideals: (K, 28, 28), float32 in [0, 1]."""
    verdicts = []
    for name, distance in DISTANCES.items():
        to_each = distances_to(unit[None], ideals, distance)
        first, second = to_each[0].sort().values[:2]
        figure = f"{first:.4f} away, nearer by {second - first:.4f}"
        verdicts.append(Verdict(name, digits[nearest(to_each)[0]], figure, to_each[0]))
    return verdicts


def by_net(unit: Tensor, net: Net, digits: tuple[int, ...]) -> Verdict:
    """Judge an image by a model. unit: (28, 28) float32 in [0, 1]."""
    with torch.no_grad():
        probs = net.model(unit.reshape(1, -1))[0].softmax(0)
    return Verdict(net.name, digits[probs.argmax()], f"{_sure(probs.max().item())} sure", probs)


def _sure(share: float) -> str:
    # Never 100%: a softmax leaves something to each digit.
    return "over 99.9%" if share > 0.999 else percent(share)


def agreement(verdicts: Sequence[Verdict]) -> str:
    """Say in one sentence whether all methods give the same answer."""
    by_digit: dict[int, list[str]] = {}
    for verdict in verdicts:
        by_digit.setdefault(verdict.digit, []).append(verdict.method)
    if len(by_digit) == 1:
        all_of_them = "Both" if len(verdicts) == 2 else f"All {len(verdicts)}"
        return f"{all_of_them} methods say **{verdicts[0].digit}**."
    groups = sorted(by_digit.items(), key=lambda item: -len(item[1]))
    return "They disagree: " + "; ".join(f"**{digit}** by {', '.join(names)}" for digit, names in groups) + "."


def cards(
    verdicts: Sequence[Verdict], waiting: Sequence[tuple[str, str]], digits: tuple[int, ...], colours: Sequence[str]
) -> str:
    """Write the answers side by side as HTML, and for each model that can't answer yet, why: (name, words).

    colours: one for each digit in play, as CSS has them.
    Thirty elements of Streamlit's own would take longer to arrive than all else together.
    """
    most = max(digits, key=[verdict.digit for verdict in verdicts].count)
    written = [
        f'<div style="border-left-color:{colours[digits.index(v.digit)]}"><dt>{escape(v.method)}</dt>'
        f'<dd class="answer">{v.digit}{"" if v.digit == most else _DIFFERS}</dd><dd>{v.figure}</dd></div>'
        for v in verdicts
    ]
    written += [
        f'<div><dt>{escape(name)}</dt><dd class="answer">…</dd><dd>{escape(words)}</dd></div>'
        for name, words in waiting
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


def table(verdicts: Sequence[Verdict], digits: tuple[int, ...]) -> pd.DataFrame:
    """Lay all numbers out: a row a method, a column a digit."""
    rows = {verdict.method: verdict.scores.numpy() for verdict in verdicts}
    return pd.DataFrame(rows, index=list(map(str, digits))).T

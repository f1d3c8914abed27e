"""How often each method knows a digit that was written with a pen: real strokes, replayed on the page's canvas.

Each digit of a UNIPEN file is laid on the canvas as a person draws: in the middle, its longest side five sevenths of
the canvas, its proportions kept. From there on it goes through the very functions that the page calls: a pen of some
width, 28 x 28 pixels, the verdicts. The models are trained as the server trains them, never on a stroke of the file.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench import report
from bench.contact_sheet import Mistake, contact_sheet
from bench.trained import train_judges
from bench.unipen import PenDigit, read_unipen
from core.classifiers.training import KINDS, PLANS, in_play, logits
from core.distance import DISTANCES, distances_to, nearest
from core.drawing.normalise import go_through, ink_of
from core.drawing.strokes import CANVAS, PEN, Stroke, render
from core.ideal import ideal_digits, to_unit
from core.model import Params
from core.training.data import TrainingData
from live.data_source import DataSource
from live.workers import Workers
from sources import builtin
from sources.idx import read_mnist

LONGEST = 200  # pixels of the canvas along the longest side of a digit, between the middles of its strokes
WIDTHS = (8, 12, 16, 20, 24, 28)  # of the pen in pixels
AT_ONCE = 50  # digits that a worker draws in one call
MNIST_STEPS = 6  # times as many steps for the full MNIST, which has fifteen times as many digits
ALL = tuple(range(10))
TARGETS = {((3, 7), False): 0.985, (ALL, False): 0.93, ((3, 7), True): 0.992, (ALL, True): 0.96}  # digits, with --mnist
NORMAL_95 = 1.959964  # so many standard deviations of a normal distribution hold 95 of 100

Method = Callable[[Tensor], Tensor]  # (n, 28, 28) float32 in [0, 1] -> (n,) int64, places among the digits in play


@dataclass(frozen=True)
class MnistSource(DataSource):
    """The training digits of the full MNIST, read from its IDX files."""

    def load(self) -> TrainingData:
        """Return the data, read at the first call of this process; there is nothing to validate on."""
        return _read_mnist(self)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--strokes", type=Path, required=True, metavar="FILE", help="a UNIPEN file, plain or .gz")
    parser.add_argument(
        "--mnist",
        type=Path,
        metavar="FOLDER",
        help="train on the four IDX files of MNIST, plain or .gz (takes minutes), not on the built-in digits",
    )
    parser.add_argument("--digits", type=int, nargs="+", choices=ALL, default=[3, 7], help="two or more digits")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="write the mistakes of the best method to a picture")


def run(args: argparse.Namespace) -> dict:
    """Train the models, replay the strokes with each pen, and count right answers."""
    digits = tuple(sorted(set(args.digits)))
    if len(digits) < 2:
        raise SystemExit("One digit can't be told from itself: give --digits at least two.")
    written = read_unipen(args.strokes, digits)
    targets = torch.tensor([digits.index(one.label) for one in written])
    print(f"{len(written):,} digits written with a pen; the models are being trained.", flush=True)
    source, plans = _source(args.mnist)
    params, models_s = train_judges(source, plans)
    print(
        f"Trained in {models_s:.1f} s. Drawing each digit with pens of {', '.join(map(str, WIDTHS))} pixels.",
        flush=True,
    )
    pictures = replay(written, WIDTHS)
    methods = _methods(source.load(), params, digits)
    answers = {
        width: {name: method(to_unit(images)) for name, method in methods.items()} for width, images in pictures.items()
    }

    scores = {name: score(answer, targets, digits) for name, answer in answers[PEN].items()}
    widths = {
        str(width): {name: round((answer == targets).float().mean().item(), 6) for name, answer in each.items()}
        for width, each in answers.items()
    }
    best = max(scores, key=lambda name: scores[name]["accuracy"])
    _report(scores, widths, digits)
    target = TARGETS.get((digits, bool(args.mnist)))
    print(
        f"Best: {best}, {scores[best]['accuracy']:.4f} with a pen of {PEN} pixels"
        + (f" (aim {target})." if target else ".")
    )
    if args.sheet:
        wrong = torch.nonzero(answers[PEN][best] != targets).flatten().tolist()
        mistakes = [
            Mistake(pictures[PEN][row].numpy(), written[row].label, digits[answers[PEN][best][row]]) for row in wrong
        ]
        _save(contact_sheet(mistakes), args.sheet)
        print(f"{len(wrong)} mistakes of it are in {args.sheet}.")
    return {
        "ok": target is None or scores[best]["accuracy"] >= target,
        "digits": list(digits),
        "n": len(written),
        "pen": PEN,
        "methods": scores,
        "widths": widths,
        "best": best,
        "mnist": bool(args.mnist),
        "models_s": round(models_s, 1),
    }


def on_canvas(strokes: tuple[Stroke, ...]) -> list[Stroke]:
    """Lay strokes on the canvas: in the middle, their longest side `LONGEST` pixels, their proportions kept."""
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = LONGEST / max((high - low).max(), 1e-9)  # a digit may be a single dot
    return [(stroke - (low + high) / 2) * scale + CANVAS / 2 for stroke in strokes]


def replay_some(written: list[PenDigit], width: int) -> np.ndarray:
    """Draw digits with a pen and bring them to 28 x 28, as the page does: (n, 28, 28) uint8."""
    blank = np.zeros((28, 28), np.uint8)
    drawn = (go_through(ink_of(render(on_canvas(one.strokes), width))) for one in written)
    return np.stack([blank if stages is None else stages.digit for stages in drawn])


def replay(written: list[PenDigit], widths: tuple[int, ...]) -> dict[int, Tensor]:
    """Do the same with several pens in worker processes, one a core: (n, 28, 28) uint8 by width."""
    parts = [written[first : first + AT_ONCE] for first in range(0, len(written), AT_ONCE)]
    with Workers() as workers:
        calls = {width: [workers.submit(replay_some, part, width) for part in parts] for width in widths}
        return {
            width: torch.from_numpy(np.concatenate([call.result() for call in each])) for width, each in calls.items()
        }


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson, "Probable inference", 1927: for `right` of n, n > 0."""
    share, z = right / n, NORMAL_95
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)


def score(answers: Tensor, targets: Tensor, digits: tuple[int, ...]) -> dict:
    """Return the share of right answers in all, with its interval, and of each digit. answers, targets: (n,) int64."""
    right = answers == targets
    low, high = wilson(int(right.sum()), len(right))
    of_each = {str(digit): right[targets == place] for place, digit in enumerate(digits)}
    return {
        "accuracy": round(right.float().mean().item(), 6),
        "low": round(low, 6),
        "high": round(high, 6),
        "per_class": {digit: round(one.float().mean().item(), 6) for digit, one in of_each.items() if len(one)},
    }


def _source(mnist: Path | None) -> tuple[DataSource, dict]:
    if not mnist:
        return DataSource(str(builtin.load()[0].folder), ALL), PLANS
    longer = {kind: replace(plan, steps=plan.steps * MNIST_STEPS) for kind, plan in PLANS.items()}
    return MnistSource(str(mnist), ALL), longer


@lru_cache(maxsize=1)
def _read_mnist(source: MnistSource) -> TrainingData:
    images = read_mnist(Path(source.folder), "train", source.digits)
    counts = torch.tensor([len(one) for one in images.values()])
    rows = torch.cat(list(images.values())).flatten(1)
    return TrainingData(
        rows,
        torch.repeat_interleave(torch.arange(len(counts)), counts),
        torch.empty(0, rows.shape[1]),
        torch.empty(0, dtype=torch.int64),
    )


def _methods(data: TrainingData, params: dict[str, Params], digits: tuple[int, ...]) -> dict[str, Method]:
    ideals = ideal_digits([data.train_x[data.train_y == digit].view(-1, 28, 28) for digit in digits])

    def by_distance(name: str) -> Method:
        return lambda images: nearest(distances_to(images, ideals, DISTANCES[name]))

    def by_judge(kind: str) -> Method:
        return lambda images: in_play(logits(kind, params[kind], images.flatten(1)), ALL, digits).argmax(1)

    return {**{name: by_distance(name) for name in DISTANCES}, **{kind: by_judge(kind) for kind in KINDS}}


def _report(scores: dict, widths: dict, digits: tuple[int, ...]) -> None:
    report.table(
        [f"with a pen of {PEN} pixels", *(f"of the {d}s" for d in digits), "of all", "95 % interval"],
        [
            [
                name,
                *(f"{s['per_class'][str(d)]:.4f}" if str(d) in s["per_class"] else "–" for d in digits),
                f"{s['accuracy']:.4f}",
                f"{s['low']:.4f} to {s['high']:.4f}",
            ]
            for name, s in scores.items()
        ],
    )
    report.table(
        ["with other pens", *(f"{width} pixels" for width in widths)],
        [[name, *(f"{each[name]:.4f}" for each in widths.values())] for name in scores],
    )


def _save(picture, path: Path) -> None:
    try:
        picture.save(path, "PNG")
    except OSError as problem:
        raise SystemExit(f"{path} can't be written ({problem.strerror or problem}).") from None

"""How often each method knows a digit that was written with a pen: real strokes, replayed on the page's canvas.

Each digit of a UNIPEN file is put on the canvas as a person draws: in the middle, its longest side five sevenths of the
canvas, its proportions kept. Then it goes through the very functions that the page calls: a pen of some width, 28 x 28
pixels, the classifiers. They are trained as the server trains them, never on a stroke of the file.
"""

import argparse
import math
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench.kit.classifiers import train_classifiers
from bench.kit.commands import DIGITS, MNIST
from bench.kit.contact_sheet import Mistake, contact_sheet
from bench.kit.digits import chosen_digits, install
from bench.kit.report import Figure
from bench.kit.unipen import PenDigit, read_unipen
from core.classifiers.redraw import accuracy_on_drawn, drawn_digits
from core.classifiers.training import KINDS, in_play, logits
from core.distance import DISTANCES, distances_to
from core.drawing.normalise import go_through, ink_of
from core.drawing.strokes import CANVAS, PEN, Stroke, render
from core.ideal import ideal_digits, to_unit
from core.model import Params
from core.training.data import TrainingData
from live.data_source import DataSource
from live.workers.worker_pool import Workers

SHEET = "write the mistakes of the best method to a picture"
OPTIONS = {
    **MNIST,
    **DIGITS,
    "--strokes": {"type": Path, "required": True, "metavar": "FILE", "help": "a UNIPEN file, plain or .gz"},
    "--sheet": {"type": Path, "metavar": "PNG", "help": SHEET},
}
LONGEST_SIDE = 200  # pixels of the canvas along the longest side of a digit, between the middles of its strokes
WIDTHS = (8, 12, 16, 20, 24, 28)  # of the pen in pixels
DIGITS_PER_CALL = 50  # that a worker draws
ALL = tuple(range(10))
MIN_ACCURACY = {((3, 7), False): 0.99, (ALL, False): 0.96, ((3, 7), True): 0.992, (ALL, True): 0.97}  # True: --mnist
NORMAL_95 = 1.959964  # 95 % of a normal distribution is within so many standard deviations


def run(args: argparse.Namespace) -> list[Figure]:
    """Train the models, replay the strokes with each pen, and count right answers."""
    digits = chosen_digits(args)
    written = read_unipen(args.strokes, digits)
    targets = torch.tensor([digits.index(one.label) for one in written])
    print(f"{len(written):,} digits written with a pen; the models are being trained.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        source = DataSource(str(install(Path(folder), args.mnist).folder), ALL)
        params, models_s = train_classifiers(source)
        data = source.load()
        methods = _methods(data, params, digits)
    print(f"Trained. Drawing each digit with pens of {', '.join(map(str, WIDTHS))} pixels.", flush=True)
    pictures = replay(written, WIDTHS)
    answers = {
        width: {name: scores(to_unit(images)).argmax(1) for name, scores in methods.items()}
        for width, images in pictures.items()
    }
    redrawn = drawn_digits(data)
    right = {name: answer == targets for name, answer in answers[PEN].items()}
    best = max(right, key=lambda name: right[name].sum())
    if args.sheet:
        wrong = torch.nonzero(~right[best]).flatten().tolist()
        _save([Mistake(pictures[PEN][n].numpy(), written[n].label, digits[answers[PEN][best][n]]) for n in wrong], args)
    return [
        Figure("digits", list(digits)),
        Figure("n", len(written)),
        Figure("pen", PEN),
        *(figure for name, each in answers[PEN].items() for figure in score(f"methods.{name}", each, targets, digits)),
        *(
            Figure(f"widths.{width}.{name}", (answer == targets).float().mean().item(), 6)
            for width, each in answers.items()
            for name, answer in each.items()
        ),
        *(Figure(f"redrawn.{name}", _on_drawn(scores, redrawn, digits), 6) for name, scores in methods.items()),
        Figure("best", best),
        Figure("accuracy", right[best].float().mean().item(), 6, at_least=MIN_ACCURACY.get((digits, bool(args.mnist)))),
        Figure("mnist", bool(args.mnist)),
        Figure("models_s", models_s, 1),
    ]


def on_canvas(strokes: tuple[Stroke, ...]) -> list[Stroke]:
    """Put strokes in the middle of the canvas, their longest side `LONGEST_SIDE` pixels, their proportions kept."""
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = LONGEST_SIDE / max((high - low).max(), 1e-9)  # a digit may be a single dot
    return [(stroke - (low + high) / 2) * scale + CANVAS / 2 for stroke in strokes]


def replay_some(written: list[PenDigit], width: int) -> np.ndarray:
    """Draw digits with a pen and scale them to 28 x 28, as the page does: (n, 28, 28) uint8."""
    blank = np.zeros((28, 28), np.uint8)
    drawn = (go_through(ink_of(render(on_canvas(one.strokes), width))) for one in written)
    return np.stack([blank if stages is None else stages.digit for stages in drawn])


def replay(written: list[PenDigit], widths: tuple[int, ...]) -> dict[int, Tensor]:
    """Do the same with several pens in worker processes, one for each core: (n, 28, 28) uint8 by width."""
    parts = [written[first : first + DIGITS_PER_CALL] for first in range(0, len(written), DIGITS_PER_CALL)]
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


def score(name: str, answers: Tensor, targets: Tensor, digits: tuple[int, ...]) -> list[Figure]:
    """Return the share of right answers in all, with its interval, and of each digit. answers, targets: (n,) int64."""
    right = (answers == targets).float()
    low, high = wilson(int(right.sum()), len(right))
    of_each = {digit: right[targets == place] for place, digit in enumerate(digits)}
    return [
        Figure(f"{name}.accuracy", right.mean().item(), 6),
        Figure(f"{name}.low", low, 6),
        Figure(f"{name}.high", high, 6),
        *(Figure(f"{name}.per_class.{digit}", one.mean().item(), 6) for digit, one in of_each.items() if len(one)),
    ]


def _methods(data: TrainingData, params: dict[str, Params], digits: tuple[int, ...]) -> dict[str, Callable]:
    """Return by name functions of (n, 28, 28) float32 in [0, 1] to (n, K), a score for each digit in play."""
    ideals = ideal_digits([data.train_x[data.train_y == digit].view(-1, 28, 28) for digit in digits])

    def by_distance(distance: Callable, images: Tensor) -> Tensor:
        return -distances_to(images, ideals, distance)

    def by_classifier(kind: str, images: Tensor) -> Tensor:
        return in_play(logits(kind, params[kind], images.flatten(1)), ALL, digits)

    distances = {name: partial(by_distance, distance) for name, distance in DISTANCES.items()}
    return distances | {kind: partial(by_classifier, kind) for kind in KINDS}


def _on_drawn(scores: Callable, drawn: tuple[Tensor, Tensor], digits: tuple[int, ...]) -> float:
    """Return the share of right answers to the validation digits that the server itself redraws."""
    right, n = accuracy_on_drawn(lambda images: scores(images.view(-1, 28, 28)), drawn, ALL, digits)
    return right / n


def _save(mistakes: list[Mistake], args: argparse.Namespace) -> None:
    try:
        contact_sheet(mistakes).save(args.sheet, "PNG")
    except OSError as problem:
        raise SystemExit(f"{args.sheet} can't be written ({problem.strerror or problem}).") from None
    print(f"{len(mistakes)} mistakes of the best method are in {args.sheet}.")

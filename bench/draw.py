"""How long a person waits for the verdicts: from the pen's lifting until all of them are on the page, in Chromium.

Threes and sevens are drawn with the mouse, each a little different, at a hand's pace, on a real server whose
classifiers are trained. A time ends when the browser has drawn the verdicts of this stroke, all of them at once. How
often the verdicts move while the pen is on the paper is counted. The training of the classifiers from nothing, before
the server starts, is timed, too.
"""

import argparse
import random
import statistics
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

from bench.kit.app import app_and_chromium, now, visitor_at
from bench.kit.classifiers import train_classifiers
from bench.kit.commands import option
from bench.kit.report import Figure
from core.classifiers.training import stamp, start
from core.dataset import Dataset
from live import weights_file
from live.data_source import DataSource
from tools.browser import wait_until_quiet

MAX_MS, MAX_P95_MS, MAX_TRAINING_S = 100, 200, 30  # the aims
OPTIONS = option("--repeat", 30, "how many digits are drawn")
PAPER = ".st-key-drawing canvas.upper-canvas"
CLEAR = ".st-key-paper_clear button"
SIDE = 280  # the paper's own pixels along an edge
STEP, MOVE_S = 8, 0.012  # pixels and seconds from one place of the mouse to the next: a hand's pace
PAUSE_S = 0.4  # between two strokes, as a hand needs to come down again
MODELS_TIMEOUT_S = 120
# Strokes in pixels of the paper: a 3 in one, a crossed 7 in two.
UPPER, LOWER = np.radians(range(-160, 91, 15)), np.radians(range(-90, 161, 15))
BOWS = (130 + 52 * np.cos(UPPER), 94 + 42 * np.sin(UPPER)), (130 + 60 * np.cos(LOWER), 186 + 50 * np.sin(LOWER))
THREE = [np.hstack(BOWS).T.tolist()]
SEVEN = [[(75, 60), (198, 60), (122, 225)], [(122, 146), (198, 138)]]
# What the verdicts are of: "pen 7", the seventh question about a stroke that goes on, or "paper", all that is on it.
FOLLOW = "watch.follow(() => document.querySelector('.judged').dataset.of)"
SHOWN = "watch.samples.find(sample => sample.at > watch.pointerup && sample.value.startsWith('paper'))?.drawn"


def run(args: argparse.Namespace) -> list[Figure]:
    """Train the classifiers, start the app, draw."""
    models_s = 0.0

    def train(cache_folder: Path, dataset: Dataset) -> None:
        nonlocal models_s
        source = DataSource(str(dataset.folder), dataset.digits)
        models, models_s = train_classifiers(source)
        for kind, params in models.items():
            weights_file.write_cached(cache_folder, stamp(start(kind, dataset.digits), source.load()), params)

    with app_and_chromium(None, train) as (app, browser):
        times, rates = measure(browser, app.server.url, args.repeat)
    print(f"{len(times)} strokes of {args.repeat} digits, each timed from pen up to all verdicts.")
    return [
        Figure("strokes", len(times)),
        Figure("p50_ms", statistics.median(times), at_most=MAX_MS),
        Figure("p95_ms", np.percentile(times, 95), at_most=MAX_P95_MS),
        Figure("verdicts_a_second", statistics.median(rates), 1),
        Figure("models_s", models_s, 1, at_most=MAX_TRAINING_S),
    ]


def measure(browser: Browser, url: str, repeat: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds from each pen up until the verdicts are there, and how many a second each stroke got."""
    generator = random.Random(3)
    times, rates = [], []
    with visitor_at(browser, f"{url}/draw") as page:
        wait_until_ready(page)
        for number in range(repeat + 1):
            for stroke in varied(THREE if number % 2 else SEVEN, generator):
                took, rate = draw(page, stroke)
                if number:  # the first digit warms the server up
                    times.append(took)
                    rates.append(rate)
            page.locator(CLEAR).click()
            page.locator(".judged.blank").wait_for()
            time.sleep(PAUSE_S)
    return times, rates


def wait_until_ready(page: Page) -> None:
    """Draw a dot, wait until every model has classified it, clear the paper, and begin to follow the verdicts."""
    page.locator(PAPER).click()
    verdicts = page.locator(".judged:not(.blank) .verdicts").filter(has_not_text="…")
    verdicts.wait_for(timeout=1000 * MODELS_TIMEOUT_S)
    wait_until_quiet(page, "Draw")
    page.locator(CLEAR).click()
    wait_until_quiet(page, "Draw")
    page.evaluate(FOLLOW)


def draw(page: Page, stroke: list[tuple[float, float]]) -> tuple[float, float]:
    """Draw one stroke with the mouse: the milliseconds until its verdicts are there, and how many a second it got."""
    box = page.locator(PAPER).bounding_box()
    points = [(box["x"] + x * box["width"] / SIDE, box["y"] + y * box["height"] / SIDE) for x, y in stroke]
    page.mouse.move(*points[0])
    page.mouse.down()
    began = now(page)
    for before, point in pairwise(np.array(points)):
        for part in np.linspace(0, 1, max(2, int(np.hypot(*(point - before)) / STEP)))[1:]:
            page.mouse.move(*(before + part * (point - before)))
            time.sleep(MOVE_S)
    page.mouse.up()
    page.wait_for_function(f"() => {SHOWN} > 0", polling=20)
    took = page.evaluate(f"{SHOWN} - watch.pointerup")
    rate = page.evaluate(
        "began => watch.samples.filter(one => one.at > began && one.at < watch.pointerup).length"
        " / (watch.pointerup - began) * 1000",
        began,
    )
    time.sleep(PAUSE_S)
    return took, rate


def varied(strokes: list[list[tuple[float, float]]], generator: random.Random) -> list[list[tuple[float, float]]]:
    """Return strokes that are wider or narrower, and elsewhere on the paper."""
    width, right, down = generator.uniform(0.85, 1.15), generator.uniform(-15, 15), generator.uniform(-10, 10)
    return [[(SIDE / 2 + width * (x - SIDE / 2) + right, y + down) for x, y in stroke] for stroke in strokes]

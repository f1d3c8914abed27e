"""How long a person waits for the verdicts: from the pen's lifting until all of them are on the page, in Chromium.

Threes and sevens are drawn with the mouse, each a little different, on a real server whose models are trained. A time
ends with the first picture of the browser that shows the verdicts of this stroke, all of them at once. The training of
the models from nothing is timed, too, before the server starts.
"""

import argparse
import math
import random
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

from bench import report
from bench.trained import train_judges
from core.classifiers.training import stamp, start
from live import weights_file
from live.data_source import DataSource
from sources import builtin
from tools.browser import NoBrowser, chromium, server, wait_until_quiet, watched_context

TARGET_MS, TARGET_P95_MS = 300, 500
VIEW = {"width": 1280, "height": 900}
PAPER = ".st-key-drawing canvas.upper-canvas"
CLEAR = ".st-key-paper_clear button"
SIDE = 280  # the paper's own pixels along an edge
PAUSE_S = 0.4  # between two strokes, as a hand needs to come down again
WAITING_S = 120  # longest time to wait for the models
# Notes when the pen is lifted, and when the verdicts next become others than they were, as soon as they are drawn.
CLOCK = """
(() => {
  const clock = window.clock = {lifted: 0, shown: 0};
  const words = () => document.querySelector('.verdicts')?.textContent ?? '';
  let before = '';
  document.addEventListener('pointerup', () => {
    before = words();
    clock.shown = 0;
    clock.lifted = performance.now();
  }, true);
  new MutationObserver(() => {
    const now = words();
    if (!clock.lifted || clock.shown || !now || now === before) return;
    clock.shown = -1;
    requestAnimationFrame(() => setTimeout(() => { clock.shown = performance.now(); }));
  }).observe(document, {subtree: true, childList: true, characterData: true});
})()
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--repeat", type=int, default=30, help="how many digits are drawn")


def run(args: argparse.Namespace) -> dict:
    """Train the models, start the app, draw."""
    with tempfile.TemporaryDirectory() as home:
        dataset, _ = builtin.load(folder=Path(home) / builtin.NAME)
        source = DataSource(str(dataset.folder), dataset.digits)
        models, models_s = train_judges(source)
        for kind, params in models.items():  # so that the server has them from its start
            weights_file.write_cached(Path(home), stamp(start(kind, dataset.digits), source.load()), params)
        try:
            with server(Path(home)) as app, chromium() as browser:
                times = measure(browser, app.url, args.repeat)
        except NoBrowser as problem:
            raise SystemExit(str(problem)) from None
    p50, p95 = statistics.median(times), np.percentile(times, 95)
    report.table(
        ["", "median", "95 of 100", "aim"],
        [
            ["pen up to all verdicts", f"{p50:.0f} ms", f"{p95:.0f} ms", f"{TARGET_MS} and {TARGET_P95_MS} ms"],
            ["training of the models", f"{models_s:.1f} s", "", "30 s"],
        ],
    )
    print(f"{len(times)} strokes of {args.repeat} digits.")
    return {
        "ok": bool(p50 <= TARGET_MS and p95 <= TARGET_P95_MS and models_s <= 30),
        "strokes": len(times),
        "p50_ms": round(p50),
        "p95_ms": round(p95),
        "models_s": round(models_s, 1),
    }


def measure(browser: Browser, url: str, repeat: int) -> list[float]:
    """Return the milliseconds from each lifting of the pen until the verdicts are on the page."""
    generator = random.Random(3)
    times = []
    with watched_context(browser, viewport=VIEW) as context:
        context.add_init_script(CLOCK)
        page = context.new_page()
        page.goto(f"{url}/draw")
        wait_until_ready(page)
        for number in range(repeat + 1):
            for stroke in [three(generator)] if number % 2 else seven(generator):
                took = draw(page, stroke)
                if number:  # the first digit warms the server up
                    times.append(took)
            page.locator(CLEAR).click()
            page.locator(".verdicts").wait_for(state="detached")
            time.sleep(PAUSE_S)
    return times


def wait_until_ready(page: Page) -> None:
    """Draw a dot, wait until every model has an answer to it, and clear the paper."""
    page.locator(PAPER).click()
    page.wait_for_function(
        "() => document.querySelector('.verdicts') && !document.querySelector('.verdicts').innerText.includes('…')",
        timeout=1000 * WAITING_S,
    )
    wait_until_quiet(page, "Draw")
    page.locator(CLEAR).click()
    wait_until_quiet(page, "Draw")


def draw(page: Page, stroke: list[tuple[float, float]]) -> float:
    """Draw one stroke with the mouse and return the milliseconds until its verdicts are there."""
    box = page.locator(PAPER).bounding_box()
    points = [(box["x"] + x * box["width"] / SIDE, box["y"] + y * box["height"] / SIDE) for x, y in stroke]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=2)
    page.mouse.up()
    page.wait_for_function("() => window.clock.shown > 0", polling=20)
    took = page.evaluate("window.clock.shown - window.clock.lifted")
    time.sleep(PAUSE_S)
    return took


def three(generator: random.Random) -> list[tuple[float, float]]:
    """Return a 3 in one stroke, in pixels of the paper."""
    x, y, wide = generator.uniform(115, 145), generator.uniform(88, 100), generator.uniform(44, 60)
    upper = [_on_arc(x, y, wide, 42, angle) for angle in range(-160, 91, 15)]
    return upper + [_on_arc(x, y + 92, wide + 8, 50, angle) for angle in range(-90, 161, 15)]


def seven(generator: random.Random) -> list[list[tuple[float, float]]]:
    """Return a crossed 7 in two strokes, in pixels of the paper."""
    left, right, top = generator.uniform(60, 90), generator.uniform(180, 215), generator.uniform(50, 70)
    foot = (generator.uniform(110, 135), generator.uniform(215, 235))
    middle = ((right + foot[0]) / 2, (top + foot[1]) / 2)
    return [
        [(left, top), (right, top), foot],
        [(middle[0] - 38, middle[1] + 4), (middle[0] + 38, middle[1] - 4)],
    ]


def _on_arc(x: float, y: float, wide: float, high: float, angle: float) -> tuple[float, float]:
    return x + wide * math.cos(math.radians(angle)), y + high * math.sin(math.radians(angle))

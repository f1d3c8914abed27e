"""Training live in a real Chromium: frames a second, epochs a second, and how soon a click or a slider has its effect.

A frame is a change of the step count in the page. What core can do with no app round it is measured in the same run,
before and after, while the page is paused: one call of `train_steps` in a worker process of one thread.
"""

import argparse
import statistics
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from bench import report
from bench.training_server import Training, training_server
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.training_run import UNLIMITED_STEPS
from live.workers import Workers
from tools.browser import NoBrowser, chromium

MOST_GAP_MS, LEAST_FRAMES, LEAST_RATIO, MOST_WAIT_MS = 150, 25, 0.5, 300  # the aims, for full MNIST on two cores
VIEW = {"width": 1280, "height": 900}
CORE_S = 3  # seconds of core's own training, before and after
SETTLE_MS = 3000  # until the run has got going
STILL_MS = 1500  # without a step after a click on Pause, so that no late one is missed

# Runs in the page from its start: notes each change of the two numbers, each key and each click.
WATCH = """
(() => {
  const live = window.live = {samples: [], pressed: 0, clicked: 0};
  const number = name => [...document.querySelectorAll('.live-numbers dt')]
    .find(term => term.textContent === name)?.nextElementSibling.textContent;
  let last = '';
  new MutationObserver(() => {
    const step = number('Step'), rate = number('Rate in use');
    if (step === undefined || last === step + rate) return;
    last = step + rate;
    live.samples.push([performance.now(), Number(step.replaceAll(',', '')), rate]);
  }).observe(document, {subtree: true, childList: true, characterData: true});
  document.addEventListener('keydown', () => { live.pressed = performance.now(); }, true);
  document.addEventListener('click', () => { live.clicked = performance.now(); }, true);
})()
"""
TURNED = "rate => window.live.samples.at(-1)[2] === rate"
SINCE = "time => window.live.samples.filter(sample => sample[0] > time)"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument(
        "--mnist",
        type=Path,
        metavar="FOLDER",
        help="the four IDX files of MNIST, plain or .gz; else the built-in digits",
    )
    parser.add_argument("--seconds", type=float, default=20, help="how long frames are counted")
    parser.add_argument("--turns", type=int, default=10, help="how often the rate is changed, and the run paused")


def run(args: argparse.Namespace) -> dict:
    """Let a person with a browser train, change the rate and pause, and core alone before and after."""
    try:
        with training_server(args.mnist) as training, chromium() as browser:
            page = browser.new_page(viewport=VIEW)
            page.add_init_script(WATCH)
            page.goto(f"{training.app.url}/training")
            button(page, "Run").wait_for(timeout=60_000)
            page.get_by_text(f"Data: {training.images:,} images").wait_for()  # it is on the digits that it should be on
            # A first run, so that the workers have read the digits before anything is measured.
            go_on(page)
            page.wait_for_timeout(SETTLE_MS)
            pause(page)
            core = [core_rate(training)]
            go_on(page)
            page.wait_for_timeout(SETTLE_MS)
            figures = frames(page, args.seconds, training.images)
            turns = [turn_rate(page, up=turn % 2 == 1) for turn in range(args.turns)]
            pauses = [pause_and_go_on(page) for _ in range(args.turns)]
            pause(page)
            core.append(core_rate(training))
    except NoBrowser as problem:
        raise SystemExit(str(problem)) from None
    figures["core_epochs_per_s"] = round(statistics.mean(core), 2)
    figures["ratio"] = round(figures["epochs_per_s"] / statistics.mean(core), 3)
    for name, times in (("rate_change", turns), ("pause", pauses)):
        figures[f"{name}_p50_ms"], figures[f"{name}_p95_ms"] = (round(np.percentile(times, p)) for p in (50, 95))
    met = {
        "frames_per_s": figures["frames_per_s"] >= LEAST_FRAMES,
        "gap_p95_ms": figures["gap_p95_ms"] <= MOST_GAP_MS,
        "ratio": figures["ratio"] >= LEAST_RATIO,
        "rate_change_p95_ms": figures["rate_change_p95_ms"] <= MOST_WAIT_MS,
        "pause_p95_ms": figures["pause_p95_ms"] <= MOST_WAIT_MS,
    }
    aims = dict(
        zip(
            met,
            (
                f"at least {LEAST_FRAMES}",
                f"at most {MOST_GAP_MS}",
                f"at least {LEAST_RATIO}",
                *[f"at most {MOST_WAIT_MS}"] * 2,
            ),
            strict=True,
        )
    )
    report.table(
        ["", "measured", "aim", "met"],
        [
            [name, value, aims.get(name, ""), {True: "yes", False: "no", None: ""}[met.get(name)]]
            for name, value in figures.items()
        ],
    )
    print(f"{training.images:,} images, {args.seconds:g} s; core alone before and after: {core[0]:.1f}, {core[1]:.1f}.")
    return {"ok": all(met.values()), "images": training.images, **figures}


def button(page: Page, label: str):
    """Return the button that runs or pauses, while it says so."""
    return page.locator(".st-key-run").get_by_role("button", name=label)


def go_on(page: Page) -> None:
    """Click on Run and wait for the first step."""
    clicked = page.evaluate("performance.now()")
    button(page, "Run").click()
    page.wait_for_function(f"time => ({SINCE})(time).length > 1", arg=clicked, polling=50, timeout=60_000)


def pause(page: Page) -> None:
    """Click on Pause and wait until nothing moves."""
    button(page, "Pause").click()
    button(page, "Run").wait_for()
    page.wait_for_timeout(STILL_MS)


def frames(page: Page, seconds: float, images: int) -> dict:
    """Count frames and epochs."""
    since = page.evaluate("performance.now()")
    page.wait_for_timeout(1000 * seconds)
    until = page.evaluate("performance.now()")
    steps = steps_of(page.evaluate(SINCE, since))
    gaps = np.diff([since, *(time for time, _ in steps), until])
    took = (steps[-1][0] - steps[0][0]) / 1000
    epochs = (steps[-1][1] - steps[0][1]) / -(-images // Hyperparameters().batch_size)
    return {
        "frames_per_s": round(1000 * len(steps) / (until - since), 1),
        "gap_p50_ms": round(np.percentile(gaps, 50)),
        "gap_p95_ms": round(np.percentile(gaps, 95)),
        "gap_max_ms": round(gaps.max()),
        "epochs_per_s": round(epochs / took, 2),
    }


def steps_of(samples: list) -> list[tuple[float, int]]:
    """Keep of the samples those in which the step count changed: time and step."""
    return [
        (now[0], now[1]) for before, now in zip([[0, None, ""], *samples], samples, strict=False) if before[1] != now[1]
    ]


def turn_rate(page: Page, up: bool) -> float:
    """Move the rate's slider by one place; return the milliseconds until a step that was taken with it was seen."""
    thumb = page.locator(".st-key-lr input")
    thumb.press("ArrowRight" if up else "ArrowLeft")
    rate = thumb.get_attribute("aria-valuetext")
    page.wait_for_function(TURNED, arg=rate, polling=50, timeout=30_000)
    page.wait_for_timeout(1000)
    pressed = page.evaluate("live.pressed")
    samples = page.evaluate(SINCE, pressed)
    # The page may name the new rate before it shows a step that was taken with it.
    return next(now[0] for before, now in pairwise(samples) if now[2] == rate and now[1] > before[1]) - pressed


def pause_and_go_on(page: Page) -> float:
    """Click on Pause; return the milliseconds until the last step that was seen after the click. Then run again."""
    pause(page)
    clicked = page.evaluate("live.clicked")
    last = steps_of(page.evaluate(SINCE, clicked))
    go_on(page)
    page.wait_for_timeout(1000)
    return last[-1][0] - clicked if last else 0.0


def core_rate(training: Training) -> float:
    """Return the epochs a second of core's training with no app round it."""
    config, hyper = Config(), Hyperparameters()
    with Workers(1) as workers:
        workers.submit(train_steps, start(config), training.source, config, hyper, 100).result()  # reads the digits
        began = time.perf_counter()
        call = workers.submit(train_steps, start(config), training.source, config, hyper, UNLIMITED_STEPS, CORE_S)
        state, _ = call.result()
        took = time.perf_counter() - began
    return (state.epoch + state.seen / training.images) / took

"""How long an epoch of many learning rates takes when they are trained at once, beside one after the other.

One thread, 3 against 7, batches of 256. The ways are timed by turns, epoch by epoch, so that a busy moment of the
machine hits all of them. Then the Learning rates page itself, in a real Chromium: 64 rates, frames a second. A frame
is a change of the step count in the page.
"""

import argparse
from pathlib import Path

import torch

from bench import report
from bench.sgd import core_epoch, median_ms, read_data
from bench.training_server import training_server
from core.rates.sweep import start_sweep, sweep_steps
from core.training.data import TrainingData
from core.training.run import Config
from tools.browser import NoBrowser, chromium
from ui.state.choices import HIGHEST_RATE, LOWEST_RATE

DIGITS = (3, 7)
BATCH = 256
RUNS = (1, 16, 64, 128)
LIVE = 64  # rates on the page
MOST_TIMES, LEAST_FASTER, LEAST_FASTER_HIDDEN, LEAST_FRAMES = 3, 20, 1.5, 5  # the aims, for full MNIST on two cores
# Runs in the page from its start: notes when the step count changes.
WATCH = """
(() => {
  window.steps = [];
  let last = '';
  new MutationObserver(() => {
    const terms = [...document.querySelectorAll('.live-numbers dt')];
    const now = terms.find(term => term.textContent === 'Step of every run')?.nextElementSibling.textContent;
    if (now === undefined || now === last) return;
    last = now;
    window.steps.push(performance.now());
  }).observe(document, {subtree: true, childList: true, characterData: true});
})()
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument(
        "--mnist",
        type=Path,
        metavar="FOLDER",
        help="the four IDX files of MNIST, plain or .gz; else the built-in digits",
    )
    parser.add_argument("--repeat", type=int, default=7, help="how many epochs of each way are timed")
    parser.add_argument("--seconds", type=float, default=10, help="how long frames are counted, at most")


def run(args: argparse.Namespace) -> dict:
    """Time both models with each number of rates, then the page."""
    torch.set_num_threads(1)
    data = read_data(args.mnist)
    figures = {
        name: _measure(data, hidden, repeat)
        for name, hidden, repeat in (("linear", 0, args.repeat), ("hidden", 30, max(1, args.repeat // 2)))
    }
    report.table(
        [f"milliseconds an epoch of {len(data.train_x):,} digits", "linear", "784-30-1"],
        [["one run alone", *(figures[name]["alone"] for name in figures)]]
        + [[f"{runs} at once", *(figures[name][str(runs)] for name in figures)] for runs in RUNS],
    )
    ok = True
    for name, one in figures.items():
        times, faster = one["64"] / one["alone"], 64 * one["alone"] / one["64"]
        least = LEAST_FASTER if name == "linear" else LEAST_FASTER_HIDDEN
        aim = f" (aim at most {MOST_TIMES})" if name == "linear" else ""
        print(
            f"{name}: 64 rates take {times:.1f} times as long as one{aim}, {faster:.1f} times faster than one after "
            f"the other (aim at least {least})"
        )
        ok &= faster >= least and (name != "linear" or times <= MOST_TIMES)
    figures["live_frames_per_s"] = frames = _live(args)
    print(f"On the page, {LIVE} rates: {frames} frames a second (aim at least {LEAST_FRAMES})")
    return {"ok": bool(ok and frames >= LEAST_FRAMES), **figures}


def _measure(data: TrainingData, hidden: int, repeat: int) -> dict:
    ways = [core_epoch(data, hidden), *(_sweep_epoch(data, hidden, runs) for runs in RUNS)]
    return dict(zip(["alone", *map(str, RUNS)], median_ms(ways, repeat), strict=True))


def _sweep_epoch(data: TrainingData, hidden: int, runs: int):
    config = Config(DIGITS, hidden)
    lr = torch.logspace(-4, 1, runs)
    state = start_sweep(config, runs)

    def epoch() -> None:
        nonlocal state
        state, _ = sweep_steps(state, data, config, lr, BATCH, state.epoch + 1)

    return epoch


def _live(args: argparse.Namespace) -> float:
    link = f"lab_count={LIVE}&lab_batch=32&lab_epochs=50&lab_rates={LOWEST_RATE:g}&lab_rates={HIGHEST_RATE:g}"
    try:
        with training_server(args.mnist) as training, chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.add_init_script(WATCH)
            page.goto(f"{training.app.url}/learning_rates?{link}")
            run = page.locator(".st-key-lab_sweep_run button")
            run.click(timeout=60_000)
            page.wait_for_function("window.steps.length > 2", timeout=60_000)  # the workers have read the digits
            since = page.evaluate("performance.now()")
            page.wait_for_timeout(1000 * args.seconds)
            times = [time for time in page.evaluate("window.steps") if time > since]
    except NoBrowser as problem:
        raise SystemExit(str(problem)) from None
    return round(1000 * (len(times) - 1) / (times[-1] - times[0]), 1)  # until it was over, if that was sooner

"""How long an epoch of many learning rates takes when they are trained at once, compared with one after the other.

One thread, 3 against 7, batches of 256. The ways are timed by turns, epoch by epoch, so that a busy moment of the
machine affects all of them. The floor is what 64 rates can't do without: the two products of matrices of the first
layer at each step. Then the Learning rates page itself, in a real Chromium: 64 rates, frames a second. A frame is a
change of the step count in the page.
"""

import argparse

import torch

from bench.kit.app import app_and_chromium, follow_numbers, now, samples, visitor_at
from bench.kit.commands import MNIST, option
from bench.kit.digits import DIGITS, training_data
from bench.kit.report import Figure
from bench.sgd import BATCH, core_epoch, median_ms
from core.model import PIXELS
from core.rates.sweep import start_sweep, sweep_steps
from core.training.data import TrainingData
from core.training.run import Config
from ui.state.choices import HIGHEST_RATE, LOWEST_RATE

OPTIONS = (
    MNIST
    | option("--repeat", 7, "how many epochs of each way are timed")
    | option("--seconds", 10.0, "how long frames are counted, at most")
)
RUNS = (1, 16, 64, 128)
LIVE = 64  # rates on the page
MAX_TIMES, MIN_FASTER, MIN_FASTER_HIDDEN, MIN_FRAMES = 3, 20, 1.5, 8  # the aims, for full MNIST on two cores


def run(args: argparse.Namespace) -> list[Figure]:
    """Time both models with each number of rates, then the page."""
    torch.set_num_threads(1)
    data = training_data(args.mnist)
    linear, hidden = _measure(data, 0, args.repeat), _measure(data, 30, max(1, args.repeat // 2))
    print(f"Milliseconds an epoch of {len(data.train_x):,} digits: of one run alone, and of runs at once.")
    return [
        *(Figure(f"linear.{name}", ms, 3) for name, ms in linear.items()),
        *(Figure(f"hidden.{name}", ms, 3) for name, ms in hidden.items()),
        Figure("linear_64_floor_times_one", linear["floor"] / linear["alone"], 2),
        Figure("linear_64_times_one", linear["64"] / linear["alone"], 2, at_most=MAX_TIMES),
        Figure("linear_64_faster_than_one_by_one", 64 * linear["alone"] / linear["64"], 2, at_least=MIN_FASTER),
        Figure("hidden_64_times_one", hidden["64"] / hidden["alone"], 2),
        Figure("hidden_64_faster_than_one_by_one", 64 * hidden["alone"] / hidden["64"], 2, at_least=MIN_FASTER_HIDDEN),
        Figure("live_frames_per_s", _live(args), 1, at_least=MIN_FRAMES),
    ]


def _measure(data: TrainingData, hidden: int, repeat: int) -> dict:
    ways = {"alone": core_epoch(data, hidden), "floor": _products(data, LIVE * max(1, hidden))}
    ways |= {str(runs): _sweep_epoch(data, hidden, runs) for runs in RUNS}
    return median_ms(ways, repeat)


def _products(data: TrainingData, columns: int):
    xb, weights, slopes = data.train_x[:BATCH] / 255, torch.rand(PIXELS, columns), torch.rand(BATCH, columns)

    def epoch() -> None:
        for _ in range(0, len(data.train_x), BATCH):
            xb @ weights  # the logits
            xb.T @ slopes  # the gradients

    return epoch


def _sweep_epoch(data: TrainingData, hidden: int, runs: int):
    config = Config(DIGITS, hidden)
    lr = torch.logspace(-4, 1, runs)
    state = start_sweep(runs)

    def epoch() -> None:
        nonlocal state
        state, _ = sweep_steps(state, data, config, lr, BATCH, state.epoch + 1)

    return epoch


def _live(args: argparse.Namespace) -> float:
    """Return the frames a second of a sweep on the page, until it is over or the time is."""
    link = f"lab_count={LIVE}&lab_batch=32&lab_epochs=50&lab_rates={LOWEST_RATE:g}&lab_rates={HIGHEST_RATE:g}"
    with (
        app_and_chromium(args.mnist) as (app, browser),
        visitor_at(browser, f"{app.server.url}/learning_rates?{link}") as page,
    ):
        run = page.locator(".st-key-lab_sweep_run button")
        run.wait_for(timeout=60_000)
        follow_numbers(page, "Step of every run")
        run.click()
        page.wait_for_function("watch.samples.length > 2", timeout=60_000)  # the workers have read the digits
        since = now(page)
        page.wait_for_timeout(1000 * args.seconds)
        times = [sample["at"] for sample in samples(page, since)]
    return 1000 * (len(times) - 1) / (times[-1] - times[0])

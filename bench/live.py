"""Training live in a real Chromium: frames a second, epochs a second, and how soon a hand has its effect.

A frame counts if its step number has risen. The speed of core without the app is measured in the same run, before and
after, while the page is paused: one call of `train_steps` in a worker process of one thread. So is the speed of the
server with a client that draws nothing.
"""

import argparse
import asyncio
import statistics
import time
from itertools import pairwise
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page

from bench.kit.app import App, app_and_chromium, follow_numbers, in_a_thread, now, samples, visitor_at
from bench.kit.commands import MNIST, option
from bench.kit.digits import DIGITS
from bench.kit.report import Figure
from bench.kit.websocket_learner import Learner
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live.data_source import DataSource
from live.training_run import MOST_STEPS
from live.workers.worker_pool import Workers
from ui.state.choices import FLAT_OUT

OPTIONS = (
    MNIST
    | option("--seconds", 20.0, "how long frames are counted")
    | option("--turns", 10, "how often the rate is changed, and the run paused")
)
MAX_GAP_MS, MIN_FRAMES, MAX_DRAG_MS, MAX_PAUSE_MS = 40, 55, 200, 150  # the aims, for full MNIST on two cores
MIN_SHARE, MIN_SERVER_SHARE = 0.65, 0.85  # of core's own rate
CORE_S = 3  # seconds of core's own training, before and after
WARM_UP_MS = 3000  # after Run, until frames are counted
STILL_MS = 1500  # without a step after a click on Pause, so that no late one is missed


def run(args: argparse.Namespace) -> list[Figure]:
    """Train in the browser, change the rate and pause; train with core alone before and after."""
    link = urlencode({"pace": FLAT_OUT})
    with (
        app_and_chromium(args.mnist) as (app, browser),
        visitor_at(browser, f"{app.server.url}/training?{link}") as page,
    ):
        images = app.images()
        button(page, "Run").wait_for(timeout=60_000)
        page.get_by_text(f"Data: {images:,} images").wait_for()  # the dataset is the intended one
        follow_numbers(page, "Step", "Rate in use")
        # A first run, so that the workers have read the digits before anything is measured.
        go_on(page)
        page.wait_for_timeout(WARM_UP_MS)
        pause(page)
        core = [core_rate(app)]
        go_on(page)
        page.wait_for_timeout(WARM_UP_MS)
        figures = frames(page, args.seconds, -(-images // Hyperparameters().batch_size))
        drags = [drag_rate(page, turn) for turn in range(args.turns)]
        pauses = [pause_and_go_on(page) for _ in range(args.turns)]
        pause(page)
        core.append(core_rate(app))
        server = in_a_thread(server_rate(app, args.seconds / 2))
    epochs_per_s, core_mean = next(f.value for f in figures if f.name == "epochs_per_s"), statistics.mean(core)
    print(f"{images:,} images, {args.seconds:g} s; core alone before and after: {core[0]:.1f}, {core[1]:.1f}.")
    return [
        Figure("images", images),
        *figures,
        Figure("core_epochs_per_s", core_mean, 2),
        Figure("share", epochs_per_s / core_mean, 3, at_least=MIN_SHARE),
        Figure("server_share", server / core_mean, 3, at_least=MIN_SERVER_SHARE),
        Figure("drag_p50_ms", statistics.median(drags)),
        Figure("drag_p95_ms", np.percentile(drags, 95), at_most=MAX_DRAG_MS),
        Figure("pause_p50_ms", statistics.median(pauses)),
        Figure("pause_p95_ms", np.percentile(pauses, 95), at_most=MAX_PAUSE_MS),
    ]


def button(page: Page, label: str):
    """Return the button that runs or pauses, while it says so."""
    return page.locator(".st-key-run").get_by_role("button", name=label)


def go_on(page: Page) -> None:
    """Click on Run and wait for the first step."""
    clicked = now(page)
    button(page, "Run").click()
    changed = "time => watch.samples.filter(sample => sample.at > time).length > 1"
    page.wait_for_function(changed, arg=clicked, polling=50, timeout=60_000)


def pause(page: Page) -> None:
    """Click on Pause and wait until the step count no longer changes."""
    button(page, "Pause").click()
    button(page, "Run").wait_for()
    page.wait_for_timeout(STILL_MS)


def frames(page: Page, seconds: float, steps_per_epoch: int) -> list[Figure]:
    """Count frames and epochs."""
    since = now(page)
    page.wait_for_timeout(1000 * seconds)
    until = now(page)
    steps = steps_since(page, since)
    gaps = np.diff([since, *(time for time, _ in steps), until])
    took = (steps[-1][0] - steps[0][0]) / 1000
    epochs = (steps[-1][1] - steps[0][1]) / steps_per_epoch
    return [
        Figure("frames_per_s", 1000 * len(steps) / (until - since), 1, at_least=MIN_FRAMES),
        Figure("gap_p50_ms", np.percentile(gaps, 50)),
        Figure("gap_p95_ms", np.percentile(gaps, 95), at_most=MAX_GAP_MS),
        Figure("gap_max_ms", gaps.max()),
        Figure("epochs_per_s", epochs / took, 2),
    ]


def steps_since(page: Page, since: float) -> list[tuple[float, int]]:
    """Return each change of the step count since a time: its time and the new count."""
    counts = [(0.0, -1), *((sample["at"], sample["value"][0]) for sample in samples(page, since))]
    return [after for before, after in pairwise(counts) if before[1] != after[1]]


def drag_rate(page: Page, turn: int) -> float:
    """Drag the rate; return the milliseconds from the first input event to a step that was taken with another rate."""
    box = page.locator(".st-key-slide_lr input").bounding_box()
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    places = [middle + (30 * place - 90) * (1 if turn % 2 else -1) for place in range(7)]
    page.mouse.move(places[0], y)
    page.mouse.down()
    page.wait_for_timeout(1000)  # the press itself has moved the thumb
    began, before = now(page), samples(page)[-1]["value"][1]
    for place in places[1:]:
        page.mouse.move(place, y)
        page.wait_for_timeout(40)
    page.mouse.up()
    changed = "([since, rate]) => watch.samples.find(one => one.at > since && one.value[1] !== rate)?.at"
    seen = page.wait_for_function(changed, arg=[began, before], polling=50, timeout=30_000).json_value()
    page.wait_for_timeout(1000)
    return seen - page.evaluate("since => watch.inputs.find(at => at > since)", began)


def pause_and_go_on(page: Page) -> float:
    """Click on Pause; return the milliseconds until the last step that was seen after the click. Then run again."""
    pause(page)
    clicked = page.evaluate("watch.click")
    last = steps_since(page, clicked)
    go_on(page)
    page.wait_for_timeout(1000)
    return last[-1][0] - clicked if last else 0.0


async def server_rate(app: App, seconds: float) -> float:
    """Return the epochs a second that a learner gets whose client draws nothing."""
    learner = Learner(app.server.url)
    await learner.open("training", urlencode({"pace": FLAT_OUT}))
    await learner.click("Run")
    await asyncio.sleep(WARM_UP_MS / 1000)
    (began, first), before = learner.steps[-1], len(learner.steps)
    await asyncio.sleep(seconds)
    ended, last = learner.steps[-1]
    await learner.leave()
    if len(learner.steps) == before:
        raise RuntimeError("The server has sent no step.")
    return (last - first) / -(-app.images() // Hyperparameters().batch_size) / (ended - began)


def core_rate(app: App) -> float:
    """Return the epochs a second of core's training without the app."""
    config, hyper, source = Config(), Hyperparameters(), DataSource(str(app.dataset.folder), DIGITS)
    with Workers(1) as workers:
        workers.submit(train_steps, start(config), source, config, hyper, 100).result()  # reads the digits
        began = time.perf_counter()
        call = workers.submit(train_steps, start(config), source, config, hyper, MOST_STEPS, CORE_S)
        state, _ = call.result()
        took = time.perf_counter() - began
    return (state.epoch + state.seen / app.images()) / took

"""A crowd of visitors who each ask for the largest thing that a page allows, and one who only wants to learn.

They are clients in this process, the app is another. Some leave while the server computes for them, and others take
their place. Meanwhile one visitor opens every page and trains: how long does that take?
"""

import argparse
import asyncio
import re
import time
from itertools import cycle
from urllib.parse import urlencode

import numpy as np
import psutil

from bench.kit.app import App, running_app
from bench.kit.commands import MNIST, option
from bench.kit.report import Figure
from bench.kit.websocket_learner import Learner
from live.workers import LONG_SECONDS

OPTIONS = (
    MNIST
    | option("--sessions", 20, "how many visitors ask for the largest things")
    | option("--seconds", 30.0, "how long the visitor's training is watched")
)
PAGES = (
    *("home", "data", "pixels", "tensors", "ideal_digits", "distance"),
    *("gradient_descent", "training", "learning_rates", "draw"),
)
LEAVES_AFTER_S = 3  # every fifth leaves, and another comes
LONG_CALL = re.compile(
    r"(?<!warm_up) held a worker for ([0-9.]+) s"
)  # which starts a worker: no visitor has asked for it
FAILED = "Uncaught app execution"  # Streamlit's words in the log for an error in a page


def largest_things(images: int) -> list[tuple[str, dict, str]]:
    """Return pages, their largest settings, and the button to press, if any. images: in the whole dataset."""
    ten = {"digits": list(range(10))}
    model = {"lab_model": "Hidden layer", "lab_units": 100}
    lab = ten | model | {"lab_batch": images, "lab_count": 128, "lab_epochs": 50}
    run = ten | {"model": "Hidden layer", "units": 100, "batch": images}
    return [
        ("learning_rates", lab, "Run"),
        ("learning_rates", lab | {"experiment": "4 Batch size"}, "Run"),
        ("learning_rates", lab | {"experiment": "3 The valley", "valley_steps": 500}, ""),
        ("learning_rates", lab | {"experiment": "2 Range test", "tested": 500}, ""),
        ("training", run, "Run"),
        ("training", run | {"stage": "4 Gradient"}, ""),
        ("draw", ten, ""),
        ("distance", ten, ""),
    ]


def run(args: argparse.Namespace) -> list[Figure]:
    """Let the crowd come, and measure what the visitor gets."""
    with running_app(args.mnist) as app:
        figures = asyncio.run(measure(app, args.sessions, args.seconds))
        log = app.server.log.read_text(errors="replace")
    longest = max(map(float, LONG_CALL.findall(log)), default=LONG_SECONDS)
    print("longest_call_s: calls of up to 0.25 s are not told apart; mb: of the server and its workers.")
    failed = Figure("log", log.count(FAILED), at_most=0)
    return [*figures, failed, Figure("longest_call_s", longest, 2, at_most=LONG_SECONDS)]


async def measure(app: App, sessions: int, seconds: float) -> list[Figure]:
    """Let the crowd come, then the visitor; return the figures."""
    memory = Memory(app.server.process)
    watching = asyncio.create_task(memory.watch())
    things = cycle(largest_things(app.images(tuple(range(10)))))
    crowd = [Guest(app.server.url, *next(things), leaves=number % 5 == 2) for number in range(sessions)]
    busy = [asyncio.create_task(guest.go_on()) for guest in crowd]
    await asyncio.sleep(2 * LEAVES_AFTER_S)
    visitor, took = Learner(app.server.url), []
    for number, page in enumerate(PAGES):
        begun = time.perf_counter()
        await (visitor.move(page) if number else visitor.open(page))
        took.append(1000 * (time.perf_counter() - begun))
    await visitor.move("training")
    begun = time.perf_counter()
    await visitor.click("Run")
    await asyncio.sleep(seconds)
    steps = [moment - begun for moment, step in visitor.steps if moment > begun and step]
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)
    await asyncio.gather(visitor.leave(), *(guest.learner.leave() for guest in crowd), return_exceptions=True)
    errors = [*visitor.errors, *(error for guest in crowd for error in guest.errors + guest.learner.errors)]
    for error in sorted(set(errors))[:5]:
        print(f"An error: {error}")
    watching.cancel()
    return [
        Figure("sessions", sessions),
        Figure("pages_p50_ms", np.median(took), at_most=1000),
        Figure("pages_p95_ms", np.percentile(took, 95), at_most=3000),
        Figure("run_ms", 1000 * steps[0] if steps else np.nan, at_most=1000),
        Figure("updates_per_s", len(steps) / seconds, 2, at_least=4),
        Figure("errors", len(errors), at_most=0),
        Figure("begin_mb", memory.first),
        Figure("peak_mb", memory.peak),
    ]


class Guest:
    """One of the crowd: opens a page by a link and presses its button; who leaves comes back as somebody new."""

    def __init__(self, url: str, page: str, settings: dict, button: str, leaves: bool):
        self._url, self._page, self._query, self._button = url, page, urlencode(settings, doseq=True), button
        self._leaves = leaves
        self.learner, self.errors = Learner(url), []

    async def go_on(self) -> None:
        """Stay until the task is cancelled."""
        while True:
            opening = asyncio.create_task(self._open())
            await asyncio.wait({opening}, timeout=LEAVES_AFTER_S if self._leaves else None)
            if not self._leaves:
                await asyncio.Event().wait()
            opening.cancel()
            await self.learner.leave()
            self.errors += self.learner.errors
            self.learner = Learner(self._url)

    async def _open(self) -> None:
        await self.learner.open(self._page, self._query)
        if self._button:
            await self.learner.click(self._button)


class Memory:
    """The resident memory of a server and its workers together, in megabytes."""

    def __init__(self, server: psutil.Process):
        self._server = server
        self.first = self.peak = self._now()

    def _now(self) -> float:
        try:
            return sum(p.memory_info().rss for p in (self._server, *self._server.children(recursive=True))) / 2**20
        except psutil.NoSuchProcess:  # a subprocess has just ended
            return 0.0

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            self.peak = max(self.peak, self._now())
            await asyncio.sleep(0.2)

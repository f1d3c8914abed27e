"""A crowd of visitors who each ask for the largest thing that a page allows, and one who only wants to learn.

They are clients in this process, the app is another. Some leave while the server computes for them, and others take
their place. Meanwhile one visitor opens every page and trains: how long does that take?
"""

import argparse
import asyncio
import re
import time
from collections.abc import Iterable
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np
from websockets.exceptions import WebSocketException

from bench.kit.app import FAILED, App, running_app
from bench.kit.commands import MNIST, option
from bench.kit.memory import Memory
from bench.kit.report import Figure, errors_of
from bench.kit.websocket_learner import Learner
from core.dataset import SPLITS, Dataset
from live.workers.worker_pool import LONG_SECONDS
from sources import library
from tools.browser import keep_untrained_classifiers
from ui.state import choices

OPTIONS = (
    MNIST
    | option("--sessions", 20, "how many visitors ask for the largest things")
    | option("--seconds", 30.0, "how long the visitor's training is watched")
    | option("--rest", 60.0, "seconds from when all have left until memory is measured")
)
PAGES = (
    *("home", "data", "pixels", "tensors", "ideal_digits", "distance", "gradient_descent", "learning_rates", "draw"),
    "class",
    "training",  # the last: there the visitor stays
)
MORE_DATASETS = 3  # whose models for Draw are not trained when the crowd comes
LEAVES_AFTER_S = 3  # every third visitor leaves, and another comes
AHEAD_S = 6  # that the crowd has before the visitor comes
PATIENCE_S = 60  # after which the visitor gives up a page
LONG_CALL = re.compile(r"(\S+) held a worker for ([0-9.]+) s, of which it computed for ([0-9.]+) s")
START = "warm_up"  # the call in which a worker imports PyTorch, before anybody waits for it
FLAT_OUT = {"pace": choices.FLAT_OUT}  # as a link has it
LOST = (TimeoutError, OSError, WebSocketException)  # what a client raises if the server does not answer


class Thing(NamedTuple):
    """What somebody asks for: a page, its settings as a link has them, and the button to press, "" for none."""

    page: str
    settings: dict
    button: str = ""

    @property
    def query(self) -> str:
        """The settings as the query of an address."""
        return urlencode(self.settings, doseq=True)


def largest_things(images: int, datasets: Iterable[str] = ()) -> list[Thing]:
    """Return the largest thing of each page, some pages having several.

    images: training images of all ten digits. datasets: the names of more datasets, for the models of Draw.
    """
    ten = {"digits": list(range(10))}
    lab = ten | {"lab_model": "Hidden layer", "lab_units": 100, "lab_batch": images, "lab_count": 128, "lab_epochs": 50}
    training = ten | {"model": "Hidden layer", "units": 100, "batch": images} | FLAT_OUT
    descent = {"steps": choices.MOST_STEPS, "fit_steps": choices.MOST_FIT_STEPS}
    return [
        Thing("learning_rates", lab, "Run"),
        Thing("training", training, "Run"),
        Thing("learning_rates", lab | {"experiment": "3 The valley", "valley_steps": 500}),
        Thing("learning_rates", lab | {"experiment": "4 Batch size"}, "Run"),
        Thing("distance", ten | {"scored": choices.SPLIT_NAMES["train"]}),
        Thing("learning_rates", lab | {"experiment": "2 Range test", "tested": 500}),
        Thing("training", training | {"stage": "4 Gradient"}),
        Thing("ideal_digits", ten | {"n": images}),
        *(Thing("draw", {"dataset": name}) for name in datasets),
        Thing("tensors", ten | {"rank": "Stack", "stacked": images}),
        Thing("gradient_descent", descent),
        Thing("data", ten),
    ]


def run(args: argparse.Namespace) -> list[Figure]:
    """Let the crowd come, and measure what the visitor gets."""
    datasets = []
    with running_app(args.mnist, lambda home, dataset: datasets.extend(add_datasets(home, dataset))) as app:
        figures = asyncio.run(measure(app, datasets, args))
        failed, log = app.logged(FAILED), app.server.log.read_text(errors="replace")
    longest = longest_calls(log)
    print(f"longest_call_s: calls of up to {LONG_SECONDS} s are not told apart. cpu: what the worker computed itself.")
    print(
        "begin_mb, peak_mb, left_mb: of the server and its workers, before, with and after the crowd; or of the server."
    )
    return [
        *figures,
        Figure("log", failed, at_most=0),
        *(Figure(f"longest_s.{name}", seconds, 2) for name, (seconds, _) in longest.items()),
        *(Figure(f"longest_cpu_s.{name}", seconds, 2) for name, (_, seconds) in longest.items()),
        Figure("longest_call_s", _most(longest, 0), 2, at_most=LONG_SECONDS),
        Figure("longest_call_cpu_s", _most(longest, 1), 2, at_most=LONG_SECONDS),
    ]


def add_datasets(home: Path, dataset: Dataset) -> list[str]:
    """Publish a few datasets whose models for Draw are not trained, unlike those of `dataset`. Returns their names."""
    keep_untrained_classifiers(home, dataset)
    names = []
    for first in range(MORE_DATASETS):
        images = {
            split: {digit: dataset.split(split).of(digit)[first::MORE_DATASETS].numpy() for digit in dataset.digits}
            for split in SPLITS
        }
        names.append(library.publish(library.stage(images, f"Part {first + 1}", base=home), home))
    return names


def longest_calls(log: str) -> dict[str, tuple[float, float]]:
    """Return the seconds that the longest calls of each function held and busied a worker, without its start."""
    found = {}
    for name, *seconds in LONG_CALL.findall(log):
        if name != START:
            found[name] = tuple(map(max, map(float, seconds), found.get(name, (0.0, 0.0))))
    return found


def _most(longest: dict[str, tuple[float, float]], place: int) -> float:
    return max((LONG_SECONDS, *(seconds[place] for seconds in longest.values())))


async def measure(app: App, datasets: list[str], args: argparse.Namespace) -> list[Figure]:
    """Let the crowd come, then the visitor; return the figures."""
    url, memory = app.server.url, Memory(app.server.process)
    things = largest_things(app.images(tuple(range(10))), datasets)
    idle = await idle_mb(url, [thing for thing in things if thing.button], args.sessions, memory)
    begin, begin_server, watching = memory.now(), memory.server(), asyncio.create_task(memory.watch())
    # The number of things is no multiple of three: so those who leave ask for different things, the valley among them.
    crowd = [Guest(url, thing, number % 3 == 2) for number, thing in enumerate(islice(cycle(things), args.sessions))]
    busy = [asyncio.create_task(guest.go_on()) for guest in crowd]
    await asyncio.sleep(AHEAD_S)
    visitor = Visitor(url)
    pages_ms = [await visitor.visit(page) for page in PAGES]
    run_ms, updates = await visitor.train(args.seconds)
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy)
    await visitor.learner.leave()
    await asyncio.sleep(args.rest)
    watching.cancel()
    return [
        Figure("sessions", args.sessions),
        Figure("opened", sum(guest.opened for guest in crowd)),
        *(Figure(f"pages_ms.{page}", took) for page, took in zip(PAGES, pages_ms, strict=True)),
        Figure("pages_p50_ms", np.median(pages_ms), at_most=1000),
        Figure("pages_p95_ms", np.percentile(pages_ms, 95), at_most=3000),
        Figure("run_ms", run_ms, at_most=1000),
        Figure("updates_per_s", updates / args.seconds, 2, at_least=4),
        errors_of([visitor, visitor.learner, *crowd]),
        Figure("mb_per_session", idle, 2, at_most=3),
        Figure("begin_mb", begin),
        Figure("peak_mb", memory.peak),
        Figure("left_mb", memory.now()),
        Figure("begin_server_mb", begin_server),
        Figure("left_server_mb", memory.server()),
    ]


async def idle_mb(url: str, things: list[Thing], sessions: int, memory: Memory) -> float:
    """Return the megabytes that the server takes for one more session that has opened such a page and pressed nothing.

    The sessions then leave.
    """
    learners, once = [], [Thing(page, {}) for page in PAGES] + things
    for number, thing in enumerate([*once, *islice(cycle(things), sessions)]):
        if number == len(once):  # all that the server loads once is there
            before = memory.server()
        learners.append(Learner(url))
        await learners[-1].open(thing.page, thing.query)
    grown = memory.server() - before
    await asyncio.gather(*(learner.leave() for learner in learners))
    return grown / sessions


class Visitor:
    """The one who only wants to learn. errors: what did not come, beside the errors of its learner."""

    def __init__(self, url: str):
        self.learner, self.errors = Learner(url), []
        self._has_come = False

    async def visit(self, page: str) -> float:
        """Open a page, and return the milliseconds until it has come, or until patience has ended."""
        begun, query = time.perf_counter(), urlencode(FLAT_OUT) if page == "training" else ""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await (self.learner.move if self._has_come else self.learner.open)(page, query)
            self._has_come = True
        except LOST as problem:
            self.errors.append(f"{page} has not come: {problem!r}")
        return 1000 * (time.perf_counter() - begun)

    async def train(self, seconds: float) -> tuple[float, int]:
        """Press Run; return the milliseconds to the first step, NaN without one, and the updates in this time."""
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.learner.click("Run")
        except LOST as problem:
            self.errors.append(f"Run could not be pressed: {problem!r}")
            return np.nan, 0
        await asyncio.sleep(seconds)
        updates = [moment for moment, step in self.learner.steps if moment > begun and step > 0]
        return 1000 * (updates[0] - begun) if updates else np.nan, len(updates)


class Guest:
    """One of the crowd. opened: whether its page has ever come as a whole; errors: of all who have taken this place."""

    def __init__(self, url: str, thing: Thing, leaves: bool):
        """leaves: whether it leaves after LEAVES_AFTER_S and comes back as somebody new, again and again."""
        self._url, self._thing, self._stay = url, thing, LEAVES_AFTER_S if leaves else None
        self.opened, self.errors = False, []

    async def go_on(self) -> None:
        """Stay until the task is cancelled, or the server does not answer."""
        while True:
            learner = Learner(self._url)
            try:
                async with asyncio.timeout(self._stay) as stay:
                    await self._ask(learner)
                    await asyncio.Event().wait()  # for ever
            except LOST as problem:
                if not stay.expired():
                    self.errors.append(f"{self._thing.page} for the crowd: {problem!r}")
                    return
            except asyncio.CancelledError:
                return
            finally:
                await learner.leave()
                self.errors += learner.errors

    async def _ask(self, learner: Learner) -> None:
        await learner.open(self._thing.page, self._thing.query)
        self.opened = True
        if self._thing.button:
            await learner.click(self._thing.button)

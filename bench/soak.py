"""Learners who do all that a class does in an hour, within minutes: is the server then as it was at the beginning?

They train, pause and go on, open other pages, draw, sweep over learning rates, fall asleep and wake up, close their
tab and come back. Everybody's run must be where it was, and the memory must not grow once everything has been used.
"""

import argparse
import asyncio
import random
import time
from collections import Counter
from urllib.parse import urlencode

import numpy as np
import psutil

from bench import report
from bench.training_server import process_of, training_server
from bench.websocket_learner import Learner
from core.drawing.strokes import PEN, PenStroke
from ui.state.drawing_text import write_strokes

MOST_GROWTH = 1.15  # times the memory after the first minute, or after a quarter of a shorter soak
MOVES_ON_S = 60  # within which a run that goes on must show another step
PAGES = ("pixels", "tensors", "ideal_digits", "distance", "gradient_descent", "data")
SWEEP = urlencode({"lab_count": 8, "lab_epochs": 3})
FAILED = "Uncaught app execution"  # Streamlit's words for an error in a page


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--n", type=int, default=30, help="how many learners")
    parser.add_argument("--minutes", type=float, default=10, help="how long they go on")


def run(args: argparse.Namespace) -> dict:
    """Let them come, and watch the server's memory until they have gone."""
    with training_server(None) as training:
        began = time.perf_counter()
        people = [Person(training.app.url, seed) for seed in range(args.n)]
        memory = asyncio.run(soak(people, process_of(training.app), 60 * args.minutes))
        failed = training.app.log.read_text(errors="replace").count(FAILED)
        took = time.perf_counter() - began
    did = sum((person.did for person in people), Counter())
    errors = [error for person in people for error in person.errors]
    lost = [loss for person in people for loss in person.lost]
    for problem in sorted({*errors, *lost})[:10]:
        print(f"A problem: {problem}")
    (_, *first), (_, *last) = at_first(memory), memory[-1]
    growth = sum(last) / sum(first)
    report.table(["what they did", "times"], [[what, times] for what, times in did.most_common()])
    print(
        f"{args.n} learners for {took / 60:.1f} minutes: {len(errors)} errors on pages, {failed} in the log, "
        f"{len(lost)} lost runs; the memory is {growth:.2f} times that after the first minute (aim: at most "
        f"{MOST_GROWTH})."
    )
    return {
        "ok": not errors and not failed and not lost and growth <= MOST_GROWTH,
        "n": args.n,
        "minutes": args.minutes,
        "did": dict(did),
        "errors": len(errors),
        "log": failed,
        "lost_runs": len(lost),
        "mb_after_first_minute": round(sum(first)),
        "mb_at_end": round(sum(last)),
        "growth": round(growth, 3),
        "memory_mb": [[round(value) for value in each] for each in memory],
    }


async def soak(people: list["Person"], server: psutil.Process, seconds: float) -> list[tuple[float, float, float]]:
    """Let everybody go on for so long; return seconds and megabytes of the server and of its workers, by the minute."""
    begin, memory = time.monotonic(), []
    going_on = asyncio.gather(*(person.go_on(begin + seconds) for person in people))
    print("   seconds   server MB   workers MB")
    for moment in np.arange(0, seconds + 1, min(60, seconds / 4)):
        await asyncio.wait({going_on}, timeout=max(0, begin + moment - time.monotonic()))
        memory.append((time.monotonic() - begin, *megabytes(server)))
        print("{:10.0f}{:12.0f}{:13.0f}".format(*memory[-1]), flush=True)
    await going_on
    return memory


def megabytes(server: psutil.Process) -> tuple[float, float]:
    """Return the memory of the server, and of all its workers together."""
    return server.memory_info().rss / 2**20, sum(child.memory_info().rss for child in server.children()) / 2**20


def at_first(memory: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Return the first measurement after the start."""
    return memory[min(1, len(memory) - 1)]


class Person:
    """A learner who does one thing after the other, by dice of their own.

    did: how often what was done; errors: what pages said; lost: runs that were not where they had been.
    """

    def __init__(self, url: str, seed: int):
        """seed: of the dice."""
        self._url, self._dice = url, random.Random(seed)
        self._learner = Learner(url)
        self.did, self.errors, self.lost = Counter(), [], []

    async def go_on(self, end: float) -> None:
        """Come, do things until time.monotonic() is `end`, and leave."""
        await asyncio.sleep(self._dice.uniform(0, 5))  # nobody comes at the same moment
        await self._begin()
        things = (self.train, self.pause, self.look_around, self.draw, self.sweep, self.sleep, self.come_back)
        try:
            while time.monotonic() < end:
                thing = self._dice.choices(things, weights=(4, 3, 4, 2, 1, 2, 1))[0]
                await thing()
                self.did[thing.__name__.replace("_", " ")] += 1
        except (TimeoutError, OSError) as problem:  # nothing comes any more
            self.errors.append(f"{thing.__name__} failed: {problem!r}")
        await self._leave()

    async def train(self) -> None:
        """Watch the run go on."""
        await self._sees_steps("while it ran")
        await asyncio.sleep(self._dice.uniform(1, 5))

    async def pause(self) -> None:
        """Pause, and let it run again."""
        await self._learner.click("Pause")
        await asyncio.sleep(self._dice.uniform(1, 3))
        await self._learner.click("Run")
        await self._sees_steps("after a pause")

    async def look_around(self) -> None:
        """Open another page, and come back to the run."""
        await self._visit(self._dice.choice(PAGES))

    async def draw(self) -> None:
        """Bring a drawing to the judges by its link."""
        x, y = self._dice.randint(60, 110), self._dice.randint(50, 90)
        corners = [(x, y), (x + 30, y), (x + 60, y), (x + 90, y), (x + 80, y + 30), (x + 65, y + 60), (x + 55, y + 90)]
        await self._visit("draw", urlencode({"strokes": write_strokes((PenStroke(PEN, np.array(corners)),))}))

    async def sweep(self) -> None:
        """Train with many learning rates at once."""
        await self._visit("learning_rates", SWEEP, "Run")

    async def sleep(self) -> None:
        """Let the tab fall asleep, and wake it up."""
        await self._learner.leave()
        await asyncio.sleep(self._dice.uniform(1, 10))
        await self._learner.wake()
        await self._sees_steps("while the tab slept")

    async def come_back(self) -> None:
        """Close the tab, and come back as somebody new."""
        await self._leave()
        await asyncio.sleep(self._dice.uniform(1, 5))
        self._learner = Learner(self._url)
        await self._begin()

    async def _begin(self) -> None:
        await self._learner.open("training")
        await self._learner.click("Run")
        await self._sees_steps("at its start")

    async def _visit(self, page: str, query: str = "", button: str = "") -> None:
        await self._learner.move(page, query)
        if button:
            await self._learner.click(button)
        await asyncio.sleep(self._dice.uniform(1, 4))
        await self._learner.move("training")
        await self._sees_steps(f"while {page} was open")

    async def _sees_steps(self, when: str) -> None:
        """Wait until two more steps are shown, and see that none was taken back."""
        seen, end = len(self._learner.steps), time.monotonic() + MOVES_ON_S
        while len(self._learner.steps) < seen + 2:
            if time.monotonic() > end:
                self.lost.append(f"A run stood still {when}.")
                return
            await asyncio.sleep(0.05)
        before, after = (self._learner.steps[place][1] for place in (max(0, seen - 1), -1))
        if after < before:
            self.lost.append(f"A run went from step {before:,} back to {after:,} {when}.")

    async def _leave(self) -> None:
        await self._learner.leave()
        self.errors += self._learner.errors

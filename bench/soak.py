"""Learners who do within minutes what a class does in an hour: is the server afterwards as it was at the beginning?

They are a class, and a teacher watches. They train, pause and go on, open other pages, draw, hand in drawings, sweep
over learning rates, fall asleep and wake up, close their tab and come back. Every run must be where it was, what was
acknowledged must be in the database, and the memory must not grow once everything has been used.
"""

import argparse
import asyncio
import random
import time
from collections import Counter
from urllib.parse import urlencode

import numpy as np

from bench.kit.app import FAILED, running_app
from bench.kit.class_learner import BY_THE_WALL_S, THREE, ClassLearner, Teacher, begin_class, compare
from bench.kit.commands import option
from bench.kit.memory import Memory
from bench.kit.report import Figure
from core.drawing.strokes import PEN, PenStroke
from live.classroom.database import FILE
from live.classroom.limits import DRAWINGS
from ui.state.choices import FLAT_OUT
from ui.state.drawing_text import write_strokes

OPTIONS = option("--n", 30, "how many learners") | option("--minutes", 10.0, "how long they go on")
MAX_RATIO = 1.15  # times the memory after the first minute, or after a quarter of a shorter soak
STEPS_TIMEOUT_S = 60  # within which a run that goes on must show another step
PAGES = ("pixels", "tensors", "ideal_digits", "distance", "gradient_descent", "data")
PACES = ("4", "16", "60", FLAT_OUT)


def run(args: argparse.Namespace) -> list[Figure]:
    """Let them come, and measure the server's memory until they have gone."""
    with running_app() as app:
        people = [Person(app.server.url, seed) for seed in range(args.n)]
        teacher = Teacher(app.server.url)
        memory = asyncio.run(soak(teacher, people, Memory(app.server.process), 60 * args.minutes))
        failed = app.logged(FAILED)
        learners = [person.learner for person in people]
        _, stored, things_lost = compare(f"sqlite:///{app.dataset.folder.parent / FILE}", teacher, learners)
    did = sum((person.did for person in people), Counter())
    errors = [error for errors in (teacher.errors, *(person.errors for person in people)) for error in errors]
    lost = [loss for person in people for loss in person.lost]
    for problem in sorted({*errors, *lost})[:10]:
        print(f"A problem: {problem}")
    first, last = (sum(megabytes) for _, *megabytes in (memory[min(1, len(memory) - 1)], memory[-1]))
    return [
        Figure("n", args.n),
        Figure("minutes", args.minutes, 2),
        Figure("things", did.total()),
        *(Figure(f"did.{what}", times) for what, times in did.most_common()),
        Figure("errors", len(errors), at_most=0),
        Figure("log", failed, at_most=0),
        Figure("lost_runs", len(lost), at_most=0),
        Figure("acknowledged", sum(sum(learner.acknowledged()) for learner in learners)),
        Figure("stored", stored),
        Figure("lost", things_lost, at_most=0),
        Figure("mb_after_first_minute", first),
        Figure("mb_at_end", last),
        Figure("memory_ratio", last / first, 3, at_most=MAX_RATIO),
        *(Figure(f"server_mb.{moment:.0f} s", server) for moment, server, _ in memory),
        *(Figure(f"workers_mb.{moment:.0f} s", workers) for moment, _, workers in memory),
    ]


async def soak(
    teacher: Teacher, people: list["Person"], memory: Memory, seconds: float
) -> list[tuple[float, float, float]]:
    """Let a class go on for so long; return seconds and megabytes of the server and of its workers, by the minute."""
    await begin_class(teacher, [person.learner for person in people])
    begin, taken = time.monotonic(), []
    going_on = asyncio.gather(*(person.go_on(begin + seconds) for person in people))
    for moment in np.arange(0, seconds + 1, min(60, seconds / 4)):
        await asyncio.wait({going_on}, timeout=max(0, begin + moment - time.monotonic()))
        taken.append((time.monotonic() - begin, memory.server(), memory.workers()))
        print("After {:.0f} s: {:.0f} MB in the server, {:.0f} MB in its workers.".format(*taken[-1]), flush=True)
    await going_on
    await asyncio.sleep(BY_THE_WALL_S)
    await teacher.leave()
    return taken


class Person:
    """A learner who does one random thing after the other.

    learner: on whose seat in the class this is done; did: how often each thing was done; errors: messages on pages;
    lost: runs that were not where they had been.
    """

    def __init__(self, url: str, seed: int):
        """url: the address of the app. seed: of the random choices."""
        self._url, self._random = url, random.Random(seed)
        self._pace = self._random.choice(PACES)
        self.learner = ClassLearner(url)
        self.did, self.errors, self.lost = Counter(), [], []

    async def go_on(self, end: float) -> None:
        """Begin a run, do things until time.monotonic() is `end`, and leave."""
        await asyncio.sleep(self._random.uniform(0, 5))  # so that they don't all come at once
        await self.learner.move("training", self._link())
        await self._begin()
        things = (
            self.train,
            self.pause,
            self.look_around,
            self.draw,
            self.hand_in,
            self.sweep,
            self.sleep,
            self.come_back,
        )
        try:
            while time.monotonic() < end:
                thing = self._random.choices(things, weights=(4, 3, 4, 2, 2, 1, 2, 1))[0]
                await thing()
                self.did[thing.__name__.replace("_", " ")] += 1
        except (TimeoutError, OSError) as problem:  # the server no longer answers
            self.errors.append(f"{thing.__name__} failed: {problem!r}")
        await self._leave()

    async def train(self) -> None:
        """Watch the run go on."""
        await self._sees_steps("while it ran")
        await asyncio.sleep(self._random.uniform(1, 5))

    async def pause(self) -> None:
        """Pause, and let it run again."""
        await self.learner.click("Pause")
        await asyncio.sleep(self._random.uniform(1, 3))
        await self.learner.click("Run")
        await self._sees_steps("after a pause")

    async def look_around(self) -> None:
        """Open another page, and come back to the run."""
        await self._visit(self._random.choice(PAGES))

    async def draw(self) -> None:
        """Have a drawing classified, by its link."""
        x, y = self._random.randint(60, 110), self._random.randint(50, 90)
        corners = [(x, y), (x + 30, y), (x + 60, y), (x + 90, y), (x + 80, y + 30), (x + 65, y + 60), (x + 55, y + 90)]
        await self._visit("draw", strokes=write_strokes((PenStroke(PEN, np.array(corners)),)))

    async def hand_in(self) -> None:
        """Hand in a drawing, unless the class takes no more from this seat."""
        if len(self.learner.clicked) < DRAWINGS:
            await self.learner.move("draw", self._link(strokes=THREE))
            await self.learner.draw()
            await self.learner.move("training", self._link())
            await self._sees_steps("while a drawing was handed in")

    async def sweep(self) -> None:
        """Train with many learning rates at once."""
        seed = self._random.randrange(10_000)  # so that it is another sweep each time
        await self._visit("learning_rates", "Run", lab_count=8, lab_epochs=3, lab_seed=seed)

    async def sleep(self) -> None:
        """Lose the connection as a sleeping tab does, and connect again."""
        await self.learner.sleep(self._random.uniform(1, 10))
        await self._sees_steps("while the tab slept")

    async def come_back(self) -> None:
        """Close the tab, and come back to the seat with a new session."""
        await self._leave()
        await asyncio.sleep(self._random.uniform(1, 5))
        before, self.learner = self.learner, ClassLearner(self._url)
        self.learner.seat, self.learner.clicked = before.seat, before.clicked
        await self.learner.open("training", self._link())
        await self._begin()

    async def _begin(self) -> None:
        await self.learner.click("Run")
        await self._sees_steps("at its start")

    async def _visit(self, page: str, button: str = "", **settings: str | int) -> None:
        await self.learner.move(page, self._link(**settings))
        if button:
            await self.learner.click(button)
        await asyncio.sleep(self._random.uniform(1, 4))
        await self.learner.move("training", self._link())
        await self._sees_steps(f"while {page} was open")

    def _link(self, **settings: str | int) -> str:
        return urlencode({"seat": self.learner.seat, "pace": self._pace, **settings})

    async def _sees_steps(self, when: str) -> None:
        """Wait until two more steps are shown, and check that the count has not gone back."""
        seen, end = len(self.learner.steps), time.monotonic() + STEPS_TIMEOUT_S
        while len(self.learner.steps) < seen + 2:
            if time.monotonic() > end:
                self.lost.append(f"A run stood still {when}.")
                return
            await asyncio.sleep(0.05)
        before, after = (self.learner.steps[place][1] for place in (max(0, seen - 1), -1))
        if after < before:
            self.lost.append(f"A run went from step {before:,} back to {after:,} {when}.")

    async def _leave(self) -> None:
        await self.learner.leave()
        self.errors += self.learner.errors

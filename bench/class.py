"""A class in front of one server: learners join, draw, hand in, guess, train, sleep and come back; a teacher watches.

All are clients in this process that speak the app's websocket protocol; the app is another. What was acknowledged is
counted in the database afterwards. It is done with a file of SQLite, then with a PostgreSQL if this machine has one.
"""

import argparse
import asyncio
import os
import random
import statistics
from contextlib import ExitStack

import numpy as np

from bench.kit.app import App, running_app
from bench.kit.class_learner import ClassLearner, Teacher
from bench.kit.commands import option
from bench.kit.report import Figure
from bench.kit.websocket_learner import Learner
from bench.learners import VISITS, visit
from live.classroom.database import FILE, VARIABLE, Database
from live.classroom.room import Room
from live.classroom.store import ClassStore
from tools.postgres import NoPostgres, postgres

OPTIONS = option("--n", 30, "how many learners") | option("--seconds", 300.0, "how long they work")
MAX_WALL_S, MAX_VISIT_MS, MAX_GROWN_MB = 2, 1000, 60  # the aims; the memory is that of all learners' sessions
PAUSE_S = (3, 8)  # between two things that a learner does
SLEEP_S, TRAIN_S, BY_THE_WALL_S = 5, 5, 6


def run(args: argparse.Namespace) -> list[Figure]:
    """Hold the class with each store, and measure it."""
    figures = [Figure("n", args.n)]
    for kind in ("sqlite", "postgres"):
        with ExitStack() as stack:
            os.environ.pop(VARIABLE, None)
            if kind == "postgres":
                try:
                    os.environ[VARIABLE] = stack.enter_context(postgres()).url
                except NoPostgres as problem:
                    print(problem)
                    continue
            app = stack.enter_context(running_app())
            url = os.environ.get(VARIABLE) or f"sqlite:///{app.dataset.folder.parent / FILE}"
            found = asyncio.run(hold(app, url, args.n, args.seconds))
            figures += [Figure(f"{kind}.{one.name}", one.value, one.places, one.at_least, one.at_most) for one in found]
    os.environ.pop(VARIABLE, None)
    return figures


async def hold(app: App, url: str, count: int, seconds: float) -> list[Figure]:
    """Hold a class, and compare what was acknowledged with what a database holds and with what the teacher saw."""
    teacher, learners = Teacher(app.server.url), [ClassLearner(app.server.url) for _ in range(count)]
    await teacher.begin()
    await asyncio.gather(*(learner.join(teacher.code) for learner in learners))
    await asyncio.gather(*(learner.draw() for learner in learners))
    await teacher.choose("class_wall_order", "Newest first", ask=True)
    memory = app.server.process.memory_info().rss
    end = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*(work(learner, end, random.Random(seed)) for seed, learner in enumerate(learners)))
    await asyncio.sleep(BY_THE_WALL_S)
    grown = app.server.process.memory_info().rss - memory
    visitors = [Learner(app.server.url) for _ in range(VISITS)]
    visits = [await visit(visitor) for visitor in visitors]
    tracebacks = app.server.log.read_text(errors="replace").count("Traceback")
    for person in [teacher, *learners]:
        await person.leave()
    errors = [error for person in [teacher, *learners, *visitors] for error in person.errors]
    for error in sorted(set(errors))[:5]:
        print(f"An error: {error}")
    waits, lost = compare(url, teacher, learners)
    return [
        Figure("drawings", sum(len(learner.clicked) for learner in learners)),
        Figure("runs", sum(learner.runs for learner in learners)),
        Figure("guesses", sum(learner.guesses for learner in learners)),
        Figure("lost", lost, at_most=0),
        Figure("wall_p95_s", float(np.percentile(waits, 95)), 2, at_most=MAX_WALL_S),
        Figure("wall_median_s", statistics.median(waits), 2),
        Figure("grown_mb", grown / 2**20, 1, at_most=MAX_GROWN_MB),
        Figure("visitor_ms", statistics.median(visits), at_most=MAX_VISIT_MS),
        Figure("errors", len(errors), at_most=0),
        Figure("log", tracebacks, at_most=0),
    ]


async def work(learner: ClassLearner, end: float, dice: random.Random) -> None:
    """Let a learner do one thing after the other until the end."""
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(dice.uniform(*PAUSE_S))
        act = dice.choices((learner.draw, learner.guess, learner.train, learner.sleep), (8, 1, 1, 1))[0]
        if act == learner.draw and len(learner.clicked) >= 40:
            continue
        await act(*{learner.train: (TRAIN_S,), learner.sleep: (SLEEP_S,)}.get(act, ()))


def compare(url: str, teacher: Teacher, learners: list[ClassLearner]) -> tuple[list[float], int]:
    """Return how long each drawing took from the click to the teacher's screen, and how many things were lost.

    Lost is what was acknowledged and is not in the database, and a drawing that the teacher has never seen.
    """
    database = Database(url)
    store = ClassStore(database)
    waits, lost, room = [], 0, None
    for learner in learners:
        seat = store.seat(learner.seat)
        room: Room = room or store.room(seat.class_id)
        stored = [one.id for one in room.drawings if one.learner == seat.learner]
        lost += max(0, len(learner.clicked) - len(stored))
        lost += max(0, learner.runs - sum(one.learner == seat.learner for one in room.runs))
        lost += max(0, learner.guesses - sum(one.learner == seat.learner for one in room.guesses))
        for drawing, clicked in zip(stored, learner.clicked, strict=False):
            if drawing in teacher.seen:
                waits.append(teacher.seen[drawing] - clicked)
            else:
                lost += 1
    database.close()
    return waits, lost

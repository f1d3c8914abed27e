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
from bench.kit.class_learner import BY_THE_WALL_S, ClassLearner, Teacher, begin_class, compare
from bench.kit.commands import option
from bench.kit.memory import Memory
from bench.kit.report import Figure, errors_of
from bench.learners import three_visits
from live.classroom.database import FILE, VARIABLE
from tools.postgres import NoPostgres, postgres

STORES = ("sqlite", "postgres")
OPTIONS = (
    option("--n", 30, "how many learners")
    | option("--seconds", 300.0, "how long they work")
    | option("--store", "both", "which store the class is kept in", choices=("both", *STORES))
)
MAX_WALL_MS, MAX_VISIT_MS, MAX_RATIO = 2000, 1000, 1.1  # the aims
WARM_UP_S = 60  # after which memory is to stay as it is
PAUSE_S = (3, 8)  # between two things that a learner does


def run(args: argparse.Namespace) -> list[Figure]:
    """Hold the class with each store, and measure it."""
    figures = [Figure("learners", args.n)]
    for kind in STORES if args.store == "both" else (args.store,):
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
    await begin_class(teacher, learners)
    memory, end = Memory(app.server.process), asyncio.get_running_loop().time() + seconds
    at_work = asyncio.gather(*(work(learner, end, random.Random(seed)) for seed, learner in enumerate(learners)))
    await asyncio.sleep(min(WARM_UP_S, seconds / 2))
    first = memory.server()
    await at_work
    await asyncio.sleep(BY_THE_WALL_S)
    ratio = memory.server() / first
    visits, visitors = await three_visits(app.server.url)
    tracebacks = app.logged("Traceback")
    for person in [teacher, *learners]:
        await person.leave()
    waits, stored, lost = compare(url, teacher, learners)
    drawings, runs, guesses = (sum(of) for of in zip(*(learner.acknowledged() for learner in learners), strict=True))
    print(f"{drawings} drawings, {runs} runs and {guesses} guesses were acknowledged.")
    return [
        Figure("hand_in_p95_ms", float(np.percentile(waits, 95)), at_most=MAX_WALL_MS),
        Figure("hand_in_median_ms", statistics.median(waits)),
        Figure("acknowledged", drawings + runs + guesses),
        Figure("stored", stored),
        Figure("lost", lost, at_most=0),
        Figure("visitor_ms", statistics.median(visits), at_most=MAX_VISIT_MS),
        Figure("memory_ratio", ratio, 2, at_most=MAX_RATIO),
        errors_of([teacher, *learners, *visitors]),
        Figure("log", tracebacks, at_most=0),
    ]


async def work(learner: ClassLearner, end: float, dice: random.Random) -> None:
    """Let a learner do one thing after the other until the end."""
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(dice.uniform(*PAUSE_S))
        act = dice.choices((learner.draw, learner.guess, learner.train, learner.sleep), (8, 1, 1, 1))[0]
        if act != learner.draw or len(learner.clicked) < 40:
            await act()

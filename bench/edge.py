"""How long the map of the edge of learning takes, and what a step of one of its runs costs.

The map goes to worker processes as it does on the page: the first picture of 32 x 32 pixels, then that of 128 x 128,
for one learner and for two at once, each with the whole map and with another seed. What other programs take from the
cores counts in these; `full_core_s`, what the workers computed for one map, and the cost of a step are processor time.
The step is timed in this process on one thread, beside its floor: the tanh of every unit for every image and one
product of matrices, which no way to write it can do without.

Then a class looks at it: each learner opens the page with a seed of its own, all at once, over the app's own websocket
protocol. While all their maps are computed, one more person opens Pixels.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import torch

from bench.kit.app import App, running_app
from bench.kit.commands import MNIST, option
from bench.kit.digits import DIGITS, install
from bench.kit.edge_learner import EdgeLearner
from bench.kit.report import Figure, errors_of
from bench.learners import MAX_VISIT_MS, three_visits
from core.rates.edge import AT_ONCE, EACH, HOME, STEPS, UNITS, train
from core.training.data import TrainingData, from_dataset
from live.data_source import DataSource
from live.rates.edge_map import COARSEST, FINEST, EdgeMap
from live.workers.worker_pool import Workers

OPTIONS = (
    MNIST
    | option("--repeat", 5, "how often each is timed")
    | option("--n", 30, "how many learners look at it at the same time")
    | option("--seconds", 20.0, "how long they are watched, at most")
)
FULL = 128  # pixels in each direction
MAX_FIRST_S, MAX_FULL_S = 0.5, 5  # the aims, on two cores
MIN_SHARE = 0.8  # of the mean number of pixels, which each of the learners gets at least: the aim


def run(args: argparse.Namespace) -> list[Figure]:
    """Time the step, then the map, then a class that looks at it."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as home, Workers() as workers:
        dataset = install(Path(home), args.mnist)
        source = DataSource(str(dataset.folder), DIGITS)
        maps(workers, source, [0], COARSEST)  # the workers have read the digits
        seeds = range(1, args.repeat + 1)
        before = core_seconds()
        alone = [maps(workers, source, [seed], FULL)[0] for seed in seeds]
        core_s = (core_seconds() - before) / args.repeat
        finest_s = maps(workers, source, [1], FINEST)[0][FINEST]
        two = [times for seed in seeds for times in maps(workers, source, [seed, -seed % 10_000], FULL)]
    steps, floors = zip(*(step_ns(from_dataset(dataset, DIGITS)) for _ in range(args.repeat)), strict=True)
    with running_app(args.mnist) as app:
        shared = asyncio.run(share(app, args.n, args.seconds))
    print(f"{FULL} x {FULL} runs of {STEPS} steps of a net of 16-{UNITS}-1 on {2 * EACH} images, in seconds.")
    return [
        Figure("first_s", statistics.median(times[COARSEST] for times in alone), 2, at_most=MAX_FIRST_S),
        Figure("full_s", statistics.median(times[FULL] for times in alone), 2, at_most=MAX_FULL_S),
        Figure("full_core_s", core_s, 2),
        Figure("finest_s", finest_s, 2),
        Figure("two_first_s", statistics.median(times[COARSEST] for times in two), 2, at_most=2 * MAX_FIRST_S),
        Figure("two_full_s", statistics.median(times[FULL] for times in two), 2, at_most=2 * MAX_FULL_S),
        Figure("ns_per_run_step", statistics.median(steps)),
        Figure("floor_ns_per_run_step", statistics.median(floors)),
        Figure("n", args.n),
        *shared,
    ]


def maps(workers: Workers, source: DataSource, seeds: list[int], side: int) -> list[dict[int, float]]:
    """Have a map for each seed computed at the same time, each by a learner of its own, until its picture is so fine.

    Returns for each the seconds until each of its pictures was whole, by the rows of the picture.
    """
    began, results = time.perf_counter(), [{} for _ in seeds]
    all_maps = [EdgeMap(workers.lane(), 2 * workers.count, source, seed, HOME) for seed in seeds]
    for one in all_maps:
        one.play()
    while any(one.side < side for one in all_maps):
        for one, times in zip(all_maps, results, strict=True):
            if one.playing:
                one.advance(0.01)
                times.setdefault(one.side, time.perf_counter() - began)
                if one.side >= side:
                    one.pause()
            if one.problem:
                raise SystemExit(one.problem)
    return results


async def share(app: App, n: int, seconds: float) -> list[Figure]:
    """Let learners look at the map at the same time, and say how long they wait, how it is shared, and who waits."""
    first, *learners = (EdgeLearner(app.server.url) for _ in range(1 + n))
    await look([first])  # its workers have read the digits
    await first.leave()
    await look(learners)
    before, until = [learner.pixels for learner in learners], time.perf_counter() + seconds
    visits, visitors = await three_visits(app.server.url)
    while time.perf_counter() < until and not any(learner.over for learner in learners):
        await asyncio.sleep(0.01)
    grown = [learner.pixels - there for learner, there in zip(learners, before, strict=True)]
    waits = [learner.first_s for learner in learners]
    for learner in learners:
        await learner.leave()
    return [
        Figure("n_first_s", statistics.median(waits), 2),
        Figure("n_first_max_s", max(waits), 2),
        Figure("n_least_share", min(grown) / statistics.mean(grown), 2, at_least=MIN_SHARE),
        Figure("visitor_ms", statistics.median(visits), at_most=MAX_VISIT_MS),
        Figure("visitor_max_ms", max(visits)),
        errors_of([*learners, *visitors]),
    ]


async def look(learners: list[EdgeLearner]) -> None:
    """Let learners open the map at the same time, each with another seed, and wait until each has a picture."""
    await asyncio.gather(*(learner.look(seed) for seed, learner in enumerate(learners, len(learners))))
    while not all(learner.first_s for learner in learners):
        await asyncio.sleep(0.01)


def core_seconds() -> float:
    """Return the processor time that all processes started by this one have taken."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(one.user + one.system for one in times)


def step_ns(data: TrainingData) -> tuple[float, float]:
    """Return the nanoseconds of one step of one run, and of what it can't do without."""
    rates = np.full(AT_ONCE, 0.01)  # so small that no run flies apart
    began = time.process_time()
    train(data, 0, rates, rates)
    taken = time.process_time() - began
    gram, z = np.ones((2 * EACH, 2 * EACH)), np.ones((2 * EACH, UNITS, AT_ONCE))
    began = time.process_time()
    for _ in range(STEPS):
        active = np.tanh(z)
        gram @ active.reshape(len(gram), -1)
    floor = time.process_time() - began
    return tuple(1e9 * seconds / (STEPS * AT_ONCE) for seconds in (taken, floor))

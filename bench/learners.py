"""A class in front of one server: many learners train live at the same time, over the app's own websocket protocol.

The learners are clients in this process, the app is another. One of them trains alone first, to know what a single
learner gets. While all train, one more person opens Pixels.
"""

import argparse
import asyncio
import resource
import statistics
import time
from itertools import combinations
from urllib.parse import urlencode

import numpy as np
import psutil

from bench.kit.app import App, running_app
from bench.kit.commands import MNIST, option
from bench.kit.digits import DIGITS
from bench.kit.report import Figure, errors_of
from bench.kit.websocket_learner import Learner
from core.training.run import Hyperparameters
from ui.state.choices import FLAT_OUT

PAIRS = (DIGITS, *(pair for pair in combinations(range(10), 2) if pair != DIGITS))
OPTIONS = (
    MNIST
    | option("--n", 30, "how many learners")
    | option("--seconds", 20.0, "how long they are watched")
    | option("--pace", 0, "how many steps a second they have chosen; 0: flat out", choices=(0, 1, 4, 16, 60))
    | option("--choices", 1, "how many different pairs of digits they have chosen", choices=range(1, len(PAIRS) + 1))
)
MIN_UPDATES, MAX_GAP_MS, MAX_MB, MAX_VISIT_MS = 4, 600, 3, 1000  # the aims, for 30 learners on two cores
MIN_TIMES_ONE = 1.5  # the epochs of one learner alone, flat out
WARM_UP_S = 3  # after Run, until they are watched
VISIT_TIMEOUT_S = 20


def run(args: argparse.Namespace) -> list[Figure]:
    """Let them train, and measure what they are shown."""
    pairs = [PAIRS[number % args.choices] for number in range(args.n)]
    with running_app(args.mnist) as app:
        figures = asyncio.run(measure(app, pairs, args.seconds, str(args.pace) if args.pace else FLAT_OUT))
    print(f"{args.n} learners, {args.seconds:g} s; gap_p95_ms: of the one who waits longest; log: tracebacks in it.")
    return [Figure("images", app.images()), Figure("n", args.n), Figure("choices", args.choices), *figures]


async def measure(app: App, pairs: list[tuple[int, int]], seconds: float, pace: str) -> list[Figure]:
    """Let one learner train alone, then one for each pair of digits, then let visitors come; return the figures."""
    process = app.server.process
    learners = [Learner(app.server.url) for _ in pairs]
    steps_per_epoch = np.array([-(-app.images(pair) // Hyperparameters().batch_size) for pair in pairs])
    await begin(learners[:1], pairs[:1], FLAT_OUT)
    _, alone = await watch(learners[:1], seconds / 2)
    single = alone[0] / steps_per_epoch[0] / (seconds / 2)
    memory = process.memory_info().rss
    await begin(learners[1:], pairs[1:], pace)
    cpu, began = _cpu_s(process), time.perf_counter()
    gaps, steps = await watch(learners, seconds)
    cpu = (_cpu_s(process) - cpu) / (time.perf_counter() - began)
    grown = process.memory_info().rss - memory
    visits, visitors = await three_visits(app.server.url)
    # Before they leave: Streamlit logs an error if a connection ends while it writes to it.
    tracebacks = app.logged("Traceback")
    for learner in learners:
        await learner.leave()
    updates, epochs = [(len(gap) - 1) / seconds for gap in gaps], sum(steps / steps_per_epoch) / seconds
    return [
        Figure("updates_per_s_min", min(updates), 2, at_least=MIN_UPDATES),
        Figure("updates_per_s_mean", statistics.mean(updates), 2),
        Figure("gap_p95_ms", max(np.percentile(gap, 95) for gap in gaps), at_most=MAX_GAP_MS),
        Figure("gap_p95_all_ms", np.percentile(np.concatenate(gaps), 95)),
        Figure("epochs_per_s", epochs, 1),
        Figure("single_epochs_per_s", single, 1),
        Figure("times_one", epochs / single, 2, at_least=MIN_TIMES_ONE if pace == FLAT_OUT else None),
        Figure("mb_per_learner", grown / 2**20 / max(1, len(pairs) - 1), 2, at_most=MAX_MB),
        Figure("visitor_ms", statistics.median(visits), at_most=MAX_VISIT_MS),
        Figure("visitor_max_ms", max(visits)),
        errors_of([*learners, *visitors]),
        Figure("log", tracebacks, at_most=0),
        *(Figure(f"cpu_{who}", share, 2) for who, share in zip(("server", "workers", "learners"), cpu, strict=True)),
    ]


async def begin(learners: list[Learner], pairs: list[tuple[int, int]], pace: str) -> None:
    """Let learners open the page one after the other, each with its digits, then all click on Run at once."""
    for learner, pair in zip(learners, pairs, strict=True):
        chosen = {"pace": pace} | ({"digits": pair} if pair != DIGITS else {})
        await learner.open("training", urlencode(chosen, doseq=True))
    await asyncio.gather(*(learner.click("Run") for learner in learners))
    await asyncio.sleep(WARM_UP_S)


async def three_visits(url: str) -> tuple[list[float], list[Learner]]:
    """Let three more people open Pixels, one after the other.

    Returns for each the milliseconds until the page had come, or until the timeout, and the people.
    """
    visitors, times = [Learner(url) for _ in range(3)], []
    for visitor in visitors:
        began = time.perf_counter()
        try:
            await asyncio.wait_for(visitor.open("pixels"), VISIT_TIMEOUT_S)
        except TimeoutError:
            visitor.errors.append(f"Pixels had not come after {VISIT_TIMEOUT_S} s")
        times.append(1000 * (time.perf_counter() - began))
        await visitor.leave()
    return times, visitors


async def watch(learners: list[Learner], seconds: float) -> tuple[list[np.ndarray], np.ndarray]:
    """Return for each learner the gaps between updates, in milliseconds, and the number of steps in this time."""
    since = time.perf_counter()
    before = [learner.steps[-1][1] for learner in learners]
    await asyncio.sleep(seconds)
    until = time.perf_counter()
    seen = [[moment for moment, _ in learner.steps if since < moment <= until] for learner in learners]
    steps = [learner.steps[-1][1] - first for learner, first in zip(learners, before, strict=True)]
    return [1000 * np.diff([since, *moments, until]) for moments in seen], np.array(steps)


def _cpu_s(server: psutil.Process) -> np.ndarray:
    """Return the seconds of processor time used by the server, by its workers, and by this process."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    server_s, *workers_s = (t.user + t.system for t in (p.cpu_times() for p in (server, *server.children())))
    return np.array([server_s, sum(workers_s), own.ru_utime + own.ru_stime])

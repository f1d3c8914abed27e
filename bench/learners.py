"""A class in front of one server: many learners train live at the same time, over the app's own websocket protocol.

They live in this process, the app in another. One of them trains alone first, for what a single learner gets. While
all train, one more person opens Pixels.
"""

import argparse
import asyncio
import resource
import statistics
import time
from pathlib import Path

import numpy as np
import psutil

from bench import report
from bench.training_server import Training, process_of, training_server
from bench.websocket_learner import Learner
from core.training.run import Hyperparameters

LEAST_FRAMES, MOST_GAP_MS, MOST_MB, MOST_VISIT_MS = 1.5, 1500, 5, 3000  # the aims, for 30 learners on two cores
SETTLE_S = 3  # until the runs have got going
VISITS = 3
PATIENCE_S = 20  # of a visitor


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--n", type=int, default=30, help="how many learners")
    parser.add_argument("--seconds", type=float, default=20, help="how long they are watched")
    parser.add_argument(
        "--mnist",
        type=Path,
        metavar="FOLDER",
        help="the four IDX files of MNIST, plain or .gz; else the built-in digits",
    )


def run(args: argparse.Namespace) -> dict:
    """Let them train, and judge what they are shown."""
    with training_server(args.mnist) as training:
        figures = asyncio.run(measure(training, args.n, args.seconds))
    met = {
        "frames_per_s_min": figures["frames_per_s_min"] >= LEAST_FRAMES,
        "gap_p95_ms": figures["gap_p95_ms"] <= MOST_GAP_MS,
        "epochs_per_s": figures["epochs_per_s"] >= figures["single_epochs_per_s"],
        "mb_per_learner": figures["mb_per_learner"] <= MOST_MB,
        "visitor_ms": figures["visitor_ms"] <= MOST_VISIT_MS,
        "errors": figures["errors"] == 0,
        "log": figures["log"] == 0,
    }
    aims = {
        "frames_per_s_min": f"at least {LEAST_FRAMES}",
        "gap_p95_ms": f"at most {MOST_GAP_MS}",
        "epochs_per_s": "at least one learner's",
        "mb_per_learner": f"at most {MOST_MB}",
        "visitor_ms": f"at most {MOST_VISIT_MS}",
        "errors": "none",
        "log": "none",
    }
    report.table(
        ["", "measured", "aim", "met"],
        [
            [name, value, aims.get(name, ""), {True: "yes", False: "no", None: ""}[met.get(name)]]
            for name, value in figures.items()
        ],
    )
    print(
        f"{args.n} learners for {args.seconds:g} s on {training.images:,} images. The gap is that of the learner who "
        "waits longest; log counts tracebacks."
    )
    return {"ok": all(met.values()), "images": training.images, **figures}


async def measure(training: Training, n: int, seconds: float) -> dict:
    """Let one learner train alone, then all n, then let visitors come; return the figures."""
    url, steps_an_epoch = training.app.url, -(-training.images // Hyperparameters().batch_size)
    process = process_of(training.app)
    learners = [Learner(url) for _ in range(n)]
    await begin(learners[:1])
    _, alone = await watch(learners[:1], seconds / 2)
    memory = process.memory_info().rss
    await begin(learners[1:])
    cpu, began = _cpu(process), time.perf_counter()
    gaps, steps = await watch(learners, seconds)
    took = time.perf_counter() - began
    shares = [(after - before) / took for before, after in zip(cpu, _cpu(process), strict=True)]
    grown = process.memory_info().rss - memory
    visitors = [Learner(url) for _ in range(VISITS)]
    visits = [await visit(visitor) for visitor in visitors]
    # Before they leave: Streamlit complains of a connection that ends while it writes to it.
    tracebacks = training.app.log.read_text(errors="replace").count("Traceback")
    for learner in learners:
        await learner.leave()
    errors = [error for learner in [*learners, *visitors] for error in learner.errors]
    for error in sorted(set(errors))[:5]:
        print(f"An error: {error}")
    return {
        "n": n,
        "frames_per_s_min": round(min((len(g) - 1) / seconds for g in gaps), 2),
        "frames_per_s_mean": round(statistics.mean((len(g) - 1) / seconds for g in gaps), 2),
        "gap_p95_ms": round(max(np.percentile(g, 95) for g in gaps)),
        "gap_p95_all_ms": round(np.percentile(np.concatenate(gaps), 95)),
        "epochs_per_s": round(sum(steps) / steps_an_epoch / seconds, 1),
        "single_epochs_per_s": round(sum(alone) / steps_an_epoch / (seconds / 2), 1),
        "mb_per_learner": round(grown / 2**20 / max(1, n - 1), 2),
        "visitor_ms": round(statistics.median(visits)),
        "visitor_max_ms": round(max(visits)),
        "errors": len(errors),
        "log": tracebacks,
        **dict(zip(("cpu_server", "cpu_workers", "cpu_learners"), [round(s, 2) for s in shares], strict=True)),
    }


async def begin(learners: list[Learner]) -> None:
    """Let learners open the page one after the other, then all click on Run at once."""
    for learner in learners:
        await learner.open("training")
    await asyncio.gather(*(learner.click("Run") for learner in learners))
    await asyncio.sleep(SETTLE_S)


async def visit(visitor: Learner) -> float:
    """Let one more person open Pixels; return the milliseconds until the page was there, or nobody waited longer."""
    began = time.perf_counter()
    try:
        await asyncio.wait_for(visitor.open("pixels"), PATIENCE_S)
    except TimeoutError:
        visitor.errors.append(f"Pixels was not there after {PATIENCE_S} s")
    took = time.perf_counter() - began
    await visitor.leave()
    return 1000 * took


async def watch(learners: list[Learner], seconds: float) -> tuple[list[np.ndarray], list[int]]:
    """Return for each learner the gaps between frames, in milliseconds, and the steps that were taken meanwhile."""
    since = time.perf_counter()
    before = [learner.steps[-1][1] for learner in learners]
    await asyncio.sleep(seconds)
    until = time.perf_counter()
    seen = [[moment for moment, _ in learner.steps if since < moment <= until] for learner in learners]
    steps = [learner.steps[-1][1] - first for learner, first in zip(learners, before, strict=True)]
    return [1000 * np.diff([since, *moments, until]) for moments in seen], steps


def _cpu(server: psutil.Process) -> tuple[float, float, float]:
    """Return the seconds of processor time that were used by the server, by its workers, and by this process."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    times = [p.cpu_times() for p in (server, *server.children())]
    server_s, *workers_s = (t.user + t.system for t in times)
    return server_s, sum(workers_s), own.ru_utime + own.ru_stime

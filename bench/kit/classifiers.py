"""Train the classifiers of drawings from nothing, as the server trains them, and time it."""

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from core.classifiers.training import KINDS, PLANS, Plan
from core.model import Params
from live.classifiers import Classifiers
from live.data_source import DataSource
from live.workers.worker_pool import Workers

POLL_S = 0.05


def train_classifiers(source: DataSource, plans: Mapping[str, Plan] = PLANS) -> tuple[dict[str, Params], float]:
    """Train all classifiers in worker processes, one for each core.

    Returns their parameters by kind, and the seconds from when the workers were running, as they are on a server.
    Raises SystemExit if the training fails.
    """
    with Workers() as workers, tempfile.TemporaryDirectory() as empty:
        for call in [workers.submit(time.sleep, POLL_S) for _ in range(workers.count)]:
            call.result()
        data = source.load()
        begin = time.perf_counter()
        classifiers = Classifiers(data, source.digits, workers, source, Path(empty), plans)
        classifiers.train()
        while not all(classifiers.params(kind) for kind in KINDS):
            if classifiers.problem:
                raise SystemExit(classifiers.problem)
            time.sleep(POLL_S)
            if sys.stderr.isatty():
                shares = ", ".join(f"{kind} {classifiers.progress(kind):.0%}" for kind in KINDS)
                print(f"\rTraining: {shares}   ", end="", file=sys.stderr)
        seconds = time.perf_counter() - begin
        if sys.stderr.isatty():
            print(file=sys.stderr)
        return {kind: classifiers.params(kind) for kind in KINDS}, seconds

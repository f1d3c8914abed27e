"""The models that judge drawings, trained from nothing as the server trains them, and how long that takes."""

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from core.classifiers.training import KINDS, PLANS, Plan
from core.model import Params
from live.classifiers import Classifiers
from live.data_source import DataSource
from live.workers import Workers

GLANCE = 0.05  # seconds between two looks at whether they are ready


def train_judges(source: DataSource, plans: Mapping[str, Plan] = PLANS) -> tuple[dict[str, Params], float]:
    """Train all judges in worker processes, one a core. Returns their parameters by kind, and the seconds it took.

    The clock starts with the workers running, as they do on a server. Raises SystemExit if the training fails.
    """
    with Workers() as workers, tempfile.TemporaryDirectory() as empty:
        for call in [workers.submit(time.sleep, GLANCE) for _ in range(workers.count)]:
            call.result()
        data = source.load()
        begin = time.perf_counter()
        judges = Classifiers(data, source.digits, workers, source, Path(empty), plans)
        judges.train()
        while not all(judges.params(kind) for kind in KINDS):
            if judges.problem:
                raise SystemExit(judges.problem)
            time.sleep(GLANCE)
            if sys.stderr.isatty():
                shares = ", ".join(f"{kind} {judges.progress(kind):.0%}" for kind in KINDS)
                print(f"\rTraining: {shares}   ", end="", file=sys.stderr)
        seconds = time.perf_counter() - begin
        if sys.stderr.isatty():
            print(file=sys.stderr)
        return {kind: judges.params(kind) for kind in KINDS}, seconds

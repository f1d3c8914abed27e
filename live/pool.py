"""The executor that trains: worker processes on this machine, or a Dask cluster that is named."""

import atexit
import os
import threading
from concurrent.futures import Executor
from dataclasses import dataclass, field

from core.dataset import Dataset
from core.training.data import TrainingData, from_dataset
from live import jobs
from live.data_source import Source
from live.workers import Workers

VARIABLE = "THREE_OR_SEVEN_SCHEDULER"  # the address of a Dask scheduler, such as tcp://host:8786
PATIENCE = 5  # seconds to wait for it
MOST_SCATTERED = 8  # choices of digits that a cluster holds at once


@dataclass(frozen=True)
class Pool:
    """An executor, and what is to be said of it to people, if anything."""

    executor: Executor
    note: str | None = None

    def source(self, dataset: Dataset, digits: tuple[int, ...]) -> Source:
        """Return what names these digits to the workers: each reads them once from the dataset's folder."""
        return Source(str(dataset.folder), digits)

    def close(self) -> None:
        """End the workers."""
        self.executor.shutdown(wait=False)


@dataclass(frozen=True)
class Cluster(Pool):
    """A Dask cluster. Its workers may be on other machines, so the digits are sent to each of them, once."""

    client: object = None
    _scattered: dict = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def source(self, dataset: Dataset, digits: tuple[int, ...]) -> TrainingData:
        """Return what stands for the digits on the cluster."""
        key = str(dataset.folder), digits
        with self._lock:
            if key not in self._scattered:
                self._scattered[key] = self.client.scatter(from_dataset(dataset, digits), broadcast=True, hash=False)
                if len(self._scattered) > MOST_SCATTERED:
                    del self._scattered[next(iter(self._scattered))]  # the oldest: Dask lets go of it, too
            return self._scattered[key]

    def close(self) -> None:
        """Leave the cluster."""
        self.client.close()


def start_workers() -> Workers:
    workers = Workers()
    atexit.register(workers.shutdown)
    for _ in range(workers.count):
        workers.submit(jobs.warm_up)
    return workers


def connect(address: str) -> Cluster:
    from distributed import Client  # an optional package: see requirements-cluster.txt

    client = Client(address, timeout=PATIENCE, set_as_default=False)
    client.amm.stop()  # Dask's memory manager would leave each copy of the digits on one worker only
    return Cluster(client.get_executor(pure=False), f"Training runs on the Dask cluster {address}.", client)


def start_pool() -> Pool:
    """Connect to the Dask scheduler that the environment names, or start workers on this machine."""
    address = os.environ.get(VARIABLE)
    if address:
        try:
            return connect(address)
        except Exception as problem:  # of the network, of the cluster, or distributed is not installed
            reason = str(problem).strip().split("\n")[0] or type(problem).__name__
            note = f"The Dask scheduler {address} can't be reached ({reason}): this machine does the work."
            return Pool(start_workers(), note)
    return Pool(start_workers())

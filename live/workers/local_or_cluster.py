"""Chooses who computes for this server: worker processes on this machine, or the Dask cluster that is named to it."""

import atexit
import os
import threading
from collections import OrderedDict
from concurrent.futures import Executor
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from core.dataset import Dataset
from core.training.data import TrainingData, from_dataset
from live import jobs
from live.data_source import DataSource
from live.workers.worker_pool import Workers

SCHEDULER_VARIABLE = "THREE_OR_SEVEN_SCHEDULER"  # the address of a Dask scheduler, such as tcp://host:8786
CONNECT_SECONDS = 5  # to wait for it
MAX_SCATTERED = 8  # choices of digits that a cluster holds though no run has them


@dataclass(frozen=True)
class Pool:
    """The worker processes of this machine, and a sentence to show about them, if there is anything to say."""

    executor: Executor
    note: str | None = None

    def source(self, dataset: Dataset, digits: tuple[int, ...]) -> DataSource:
        """Return what names these digits in a call: each worker reads them once from the dataset's folder."""
        return DataSource(str(dataset.folder), digits)

    def lane(self, background: bool = False) -> Executor:
        """Return an executor for one learner: all get the same share of the workers.

        background: it only gets time that learners leave over.
        """
        return self.executor.lane(background)

    def close(self) -> None:
        """End the workers."""
        self.executor.shutdown(wait=False)


@dataclass(frozen=True)
class Cluster(Pool):
    """A Dask cluster. Its workers may be on other machines, so the digits are sent to each of them, once."""

    client: object = None
    _recent: OrderedDict = field(default_factory=OrderedDict)  # of MAX_SCATTERED choices, the last one used at the end
    _all: WeakValueDictionary = field(default_factory=WeakValueDictionary)  # and those that a run or a sweep still has
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def source(self, dataset: Dataset, digits: tuple[int, ...]) -> TrainingData:
        """Return a Dask future of these digits: in a call, a worker gets its own copy of the data instead.

        It is the same one for as long as a run has it: pages take another one for another choice of digits.
        """
        key = str(dataset.folder), digits
        with self._lock:
            future = self._all.get(key)
            if future is None:
                future = self.client.scatter(from_dataset(dataset, digits), broadcast=True, hash=False)
                self._all[key] = future
            self._recent[key] = future
            self._recent.move_to_end(key)
            if len(self._recent) > MAX_SCATTERED:
                self._recent.popitem(last=False)  # Dask frees its memory, too, once no run has it
            return future

    def lane(self, background: bool = False) -> Executor:
        """Return an executor: Dask takes calls of the same priority in the order in which they come."""
        return self.client.get_executor(pure=False, priority=-1 if background else 0)

    def close(self) -> None:
        """Leave the cluster."""
        self.client.close()


def start_workers() -> Workers:
    """Start workers on this machine; they end with this process."""
    workers = Workers()
    atexit.register(workers.shutdown)
    for _ in range(workers.count):
        workers.submit(jobs.warm_up)
    return workers


def connect(address: str) -> Cluster:
    """Connect to a Dask scheduler. Raises an error of any kind if that fails, or distributed is not installed."""
    from distributed import Client  # an optional package: see requirements-cluster.txt

    client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    client.amm.stop()  # Dask's memory manager would leave each copy of the digits on one worker only
    return Cluster(client.get_executor(pure=False), f"Training runs on the Dask cluster {address}.", client)


def start_pool() -> Pool:
    """Connect to the Dask scheduler that the environment names, or start workers on this machine."""
    address = os.environ.get(SCHEDULER_VARIABLE)
    if not address:
        return Pool(start_workers())
    try:
        return connect(address)
    except Exception as problem:
        reason = str(problem).strip().split("\n")[0] or type(problem).__name__
        note = f"The Dask scheduler {address} can't be reached ({reason}): this machine does the work."
        return Pool(start_workers(), note)

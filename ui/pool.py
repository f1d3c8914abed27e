"""The processes that train, one pool for the whole server: workers on this machine, or a Dask cluster that is named."""

import atexit
import os
from concurrent.futures import Executor
from dataclasses import dataclass

import streamlit as st

from core import jobs
from core.dataset import Dataset
from core.training_data import Source, TrainingData, from_dataset
from core.workers import Workers

VARIABLE = "THREE_OR_SEVEN_SCHEDULER"  # the address of a Dask scheduler, such as tcp://host:8786
PATIENCE = 5  # seconds to wait for it


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

    def source(self, dataset: Dataset, digits: tuple[int, ...]) -> TrainingData:
        """Return what stands for the digits on the cluster."""
        (scattered,) = _scattered(str(dataset.folder), digits, dataset, self.client)
        return scattered

    def close(self) -> None:
        """Leave the cluster."""
        self.client.close()


@st.cache_resource(show_spinner=False, on_release=lambda pool: pool.close())
def pool() -> Pool:
    """Return the pool of this server; its workers start at the first call and warm up by themselves."""
    address = os.environ.get(VARIABLE)
    if address:
        try:
            return _connect(address)
        except Exception as problem:  # of the network, of the cluster, or distributed is not installed
            reason = str(problem).strip().split("\n")[0] or type(problem).__name__
            note = f"The Dask scheduler {address} can't be reached ({reason}): this machine does the work."
            return Pool(_local(), note)
    return Pool(_local())


def _local() -> Workers:
    workers = Workers()
    atexit.register(workers.shutdown)
    for _ in range(workers.count):
        workers.submit(jobs.warm_up)
    return workers


def _connect(address: str) -> Cluster:
    from distributed import Client  # an optional package: see requirements-cluster.txt

    client = Client(address, timeout=PATIENCE, set_as_default=False)
    client.amm.stop()  # Dask's memory manager would leave each copy of the digits on one worker only
    return Cluster(client.get_executor(pure=False), f"Training runs on the Dask cluster {address}.", client)


@st.cache_resource(max_entries=8, show_spinner="Sending the digits to the cluster")
def _scattered(folder: str, digits: tuple[int, ...], _dataset: Dataset, _client) -> tuple[object]:
    # In a tuple: what stands for the digits can be awaited, and Streamlit refuses to keep such a thing.
    return (_client.scatter(from_dataset(_dataset, digits), broadcast=True, hash=False),)

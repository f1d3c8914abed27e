"""What there is one of for the whole server: the pool, the digits in memory, the classifiers, the downloads."""

import atexit
import shutil
import tempfile
import threading
from pathlib import Path

import streamlit as st

from core.dataset import Dataset, DatasetError
from core.training.data import from_dataset
from live.classifiers import Classifiers
from live.pool import Pool, start_pool
from sources import builtin, packed
from sources.home import home
from sources.subprocess_job import MOST_AT_ONCE, Downloads

BY_FOLDER = {Dataset: lambda dataset: str(dataset.folder)}  # how caches tell datasets apart


@st.cache_resource(show_spinner=False, on_release=lambda pool: pool.close())
def pool() -> Pool:
    """Return the pool of this server; its workers start at the first call and warm up by themselves."""
    return start_pool()


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_FOLDER)
def classifiers(dataset: Dataset) -> Classifiers:
    """Return the judges of a dataset; the first call on a server has them begin to learn."""
    return begin(dataset)


def begin(dataset: Dataset) -> Classifiers:
    """Make the judges of a dataset with the server's pool and the cache folder."""
    here = pool()
    digits = dataset.digits
    return Classifiers(from_dataset(dataset), digits, here.executor, here.source(dataset, digits), home())


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """Return the one place of this server where MNIST is downloaded."""
    return Downloads()


@st.cache_resource(show_spinner=False)
def import_gate() -> threading.Semaphore:
    """Return the semaphore that limits how many uploads are read at once."""
    return threading.Semaphore(MOST_AT_ONCE)


MOST_IN_MEMORY = 6  # datasets, beside the built-in one; all of MNIST takes 55 MB


class Shelf:
    """Holds the built-in digits of this server, and reads them when they are first asked for."""

    def __init__(self):
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None
        self._progress = (0.0, "Reading the digits")
        self.note: str | None = None  # a sentence for people: what was repaired, or where the digits are instead
        self.writing = threading.Lock()  # held by the session that writes files of another dataset

    def dataset(self, show) -> Dataset:
        """Return the dataset; while it is being read, call show(share, text) every now and then.

        Raises DatasetError with one sentence if it can't be read.
        """
        while self._dataset is None:
            if not self._lock.acquire(timeout=0.1):  # another session reads it: show its progress meanwhile
                show(*self._progress)
                continue
            try:
                if self._dataset is None:
                    self._dataset, self.note = self._load(show)
            finally:
                self._lock.release()
        return self._dataset

    def repair(self, damage: DatasetError) -> None:
        """Put whole files back after one turned out to be damaged. Raises DatasetError if that fails."""
        with self._lock:
            builtin.unpack(self._dataset.folder, replace=True)
            self.note = builtin.REPAIRED.format(damage)

    def _load(self, show) -> tuple[Dataset, str | None]:
        def report(*progress) -> None:
            self._progress = progress
            show(*progress)

        try:
            return builtin.load(report)
        except DatasetError as problem:
            try:
                temporary = Path(tempfile.mkdtemp(prefix="three-or-seven-"))
            except OSError:
                raise problem from None
            atexit.register(shutil.rmtree, temporary, ignore_errors=True)
            dataset, _ = builtin.load(report, temporary / builtin.NAME)
            return dataset, f"{problem} Until then the digits are kept in a temporary folder."


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """Return the one shelf of this server."""
    return Shelf()


@st.cache_resource(max_entries=MOST_IN_MEMORY, show_spinner="Reading the digits")
def open_folder(folder: str) -> Dataset:
    """Return the dataset in a folder, read once for all sessions. Raises DatasetError if it can't be read."""
    return packed.open_dataset(Path(folder))

"""The digits in memory: read once for the whole server, shared by every session, written to by none."""

import atexit
import shutil
import tempfile
import threading
from pathlib import Path

import streamlit as st

from core.dataset import Dataset, DatasetError
from sources import builtin


class Shelf:
    """Holds the dataset of this server, and reads it when it is first asked for."""

    def __init__(self):
        self._lock = threading.Lock()
        self._dataset: Dataset | None = None
        self._progress = (0.0, "Reading the digits")
        self.note: str | None = None  # a sentence for people: what was repaired, or where the digits are instead

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
            builtin.repair(self._dataset.folder)
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


def from_files(function, *args):
    """Call a function that reads files of the dataset; if one is damaged, put it back, say so, and call again.

    Raises DatasetError with one sentence if the file can't be put back.
    """
    try:
        return function(*args)
    except DatasetError as damage:
        shelf().repair(damage)
        st.info(shelf().note)
        return function(*args)


def dataset() -> Dataset:
    """Return the dataset in use, with a progress bar on the page while it is unpacked or read."""
    place = st.empty()
    try:
        return shelf().dataset(lambda share, text: place.progress(share, text))
    finally:
        place.empty()

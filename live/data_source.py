"""Names the digits of a dataset, so that each worker process reads them once instead of being sent them."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from core.dataset import Dataset
from core.training.data import TrainingData, from_dataset
from live.workers.worker import Reference
from sources.packed import open_dataset

CACHE_BYTES = 256 * 2**20  # in each process; ten digits of all of MNIST are 55 MB of pixels and 31 MB of floats


@dataclass(frozen=True)
class DataSource(Reference):
    """Names some digits of a dataset. folder: of the dataset; digits: those in play, in the order of their classes."""

    folder: str
    digits: tuple[int, ...]

    def load(self) -> TrainingData:
        """Return the data, from this process's cache if they are there. Raises DatasetError if they can't be read."""
        return _cache.load(self)


class DataCache:
    """Datasets and the training data made of them: the most recently used ones, up to a number of bytes.

    A dataset is read once, however many choices of its digits are in use. Training images are a view of it where the
    chosen digits are neighbours in it, else a copy. Safe to use from several threads.
    """

    def __init__(self, limit: int):
        """limit: in bytes; the last dataset that was used is kept even if it is larger."""
        self._limit = limit
        self._lock = threading.Lock()
        self._entries: OrderedDict[DataSource | str, tuple[TrainingData | Dataset, int]] = OrderedDict()  # with bytes

    def load(self, source: DataSource) -> TrainingData:
        """Return the data that a source names. Raises DatasetError if they can't be read."""
        with self._lock:
            if source not in self._entries:
                self._add(source)
            data, _ = self._entries[source]
            for key in (source, source.folder):  # so a dataset is removed after all data that may be views of it
                self._entries.move_to_end(key)
            while len(self._entries) > 1 and sum(size for _, size in self._entries.values()) > self._limit:
                self._entries.popitem(last=False)
            return data

    def _add(self, source: DataSource) -> None:
        dataset, size = self._entries.get(source.folder, (None, 0))
        if dataset is None:
            dataset = open_dataset(Path(source.folder))
            size = dataset.train.images.nbytes + dataset.valid.images.nbytes
        data = from_dataset(dataset, source.digits)
        is_view = data.train_x.untyped_storage().data_ptr() == dataset.train.images.untyped_storage().data_ptr()
        self._entries[source.folder] = dataset, size
        self._entries[source] = data, data.valid_x.nbytes + (0 if is_view else data.train_x.nbytes)


_cache = DataCache(CACHE_BYTES)

"""Names a dataset, so that each worker process reads it once for itself instead of being sent it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.training.data import TrainingData, from_dataset
from sources.packed import open_dataset


@dataclass(frozen=True)
class Source:
    """Names a dataset, so that a process elsewhere reads it once for itself instead of being sent it."""

    folder: str
    digits: tuple[int, ...]

    def load(self) -> TrainingData:
        """Return the data, read at the first call of this process. Raises DatasetError if it can't be read."""
        return _read(self)


@lru_cache(maxsize=4)  # four choices of digits at once; ten digits of full MNIST take 80 MB
def _read(source: Source) -> TrainingData:
    return from_dataset(open_dataset(Path(source.folder), source.digits))

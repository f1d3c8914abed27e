"""What a page works on: the dataset, the digits in play, and the specimen."""

from dataclasses import dataclass

from core.dataset import Dataset
from ui.frame.specimen import Specimen


@dataclass(frozen=True)
class Scene:
    """What a page works on: the shared dataset, the digits in play, and this person's specimen."""

    dataset: Dataset
    digits: tuple[int, ...]
    specimen: Specimen

    def images(self, split: str, digit: int):
        """Return the images of one digit, (n, 28, 28) uint8: a view of the shared dataset."""
        return self.dataset.split(split).of(digit)

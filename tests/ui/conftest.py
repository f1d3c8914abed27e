"""A small dataset in memory, whose images are noise: what follows from it is quickly computed another way."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.dataset import Dataset, Split
from ui.frame.scene import Scene
from ui.frame.specimen import Specimen

COUNTS = {"train": {2: 7, 5: 4, 9: 5}, "valid": {2: 3, 5: 6, 9: 4}}


@pytest.fixture
def noise():
    """The images: {(split, digit): (n, 28, 28) uint8}."""
    rng = np.random.default_rng(11)
    return {
        (split, digit): rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        for split, counts in COUNTS.items()
        for digit, count in counts.items()
    }


@pytest.fixture
def scene(noise, tmp_path, fresh_server) -> Scene:
    """A page's scene with the digits 2 and 9 in play, of three that the dataset has."""
    splits = {split: _split(noise, split, tmp_path) for split in COUNTS}
    dataset = Dataset(tmp_path, (2, 5, 9), splits["train"], splits["valid"])
    specimen = Specimen(dataset.valid.of(2)[0], 2, "valid/2/0.png", Path("0.png"))
    return Scene(dataset, (2, 9), specimen)


def _split(noise, split: str, folder: Path) -> Split:
    images, names, bounds, row = [], [], {}, 0
    for digit, count in COUNTS[split].items():
        images.append(torch.from_numpy(noise[split, digit]))
        names += [f"{number}.png" for number in range(count)]
        bounds[digit] = (row, row + count)
        row += count
    labels = torch.repeat_interleave(torch.tensor([*COUNTS[split]]), torch.tensor([*COUNTS[split].values()]))
    return Split(torch.cat(images), labels, folder / split, tuple(names), bounds)

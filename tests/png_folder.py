"""A small folder of PNG files, in the layout train/<label>/ and valid/<label>/, and the images that are in it."""

from pathlib import Path

import numpy as np
from PIL import Image

COUNTS = {("train", 3): 4, ("train", 5): 2, ("train", 7): 3, ("valid", 3): 2, ("valid", 5): 1, ("valid", 7): 1}

Pixels = dict[tuple[str, int], np.ndarray]  # {(split, label): (n, 28, 28) uint8}


def random_pixels() -> Pixels:
    rng = np.random.default_rng(0)
    return {key: rng.integers(0, 256, (n, 28, 28), dtype=np.uint8) for key, n in COUNTS.items()}


def write_folder(folder: Path, pixels: Pixels) -> None:
    for (split, label), images in pixels.items():
        target = folder / split / str(label)
        target.mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(target / f"{number:02}.png")


def assert_holds(dataset, pixels: Pixels) -> None:
    """Assert that the dataset has exactly these images."""
    for (split, label), images in pixels.items():
        np.testing.assert_array_equal(dataset.split(split).of(label).numpy(), images)

"""Pictures and zips like those of users, made for tests."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.dataset import DatasetError
from sources.readers import own
from sources.report import Report
from tests.pictures import file_of


def digit(number: int) -> np.ndarray:
    """Return one of many images, (28, 28) uint8, white on black as MNIST's, no two the same."""
    image = np.zeros((28, 28), np.uint8)
    image[8:20, 10:18] = np.random.default_rng(number).integers(60, 256, (12, 8))
    return image


def png(image: np.ndarray | Image.Image, kind: str = "PNG", **options) -> bytes:
    """Return the content of a picture file."""
    return file_of(image, kind, **options).getvalue()


def some(split: str = "train", labels: str = "37", count: int = 5, first: int = 0) -> dict[str, bytes]:
    """Return files of the usual layout by name."""
    return {
        f"{split}/{label}/{number}.png": png(digit(first + 1000 * int(label) + number))
        for label in labels
        for number in range(count)
    }


def both() -> dict[str, bytes]:
    """Return five training and two validation files of 3 and 7."""
    return some() | some("valid", count=2, first=100)


def zip_of(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(path, "w", compression) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return path


def why_not(path: Path) -> str:
    """Return the one sentence with which these digits are refused."""
    with pytest.raises(DatasetError) as caught:
        own.read(path)
    assert is_one_sentence(str(caught.value))
    return str(caught.value)


def is_one_sentence(text: str) -> bool:
    """Say whether a text is one line that ends with a full stop."""
    return text.endswith(".") and "\n" not in text


def left_out(report: Report) -> dict[str, str]:
    """Return why each file was left out, by its name."""
    return {note.file: note.how for note in report.notes if note.what == "left out"}


def changed(report: Report) -> dict[str, str]:
    """Return how each file was changed, by its name."""
    return {note.file: note.how for note in report.notes if note.what == "changed"}

"""Rows of pixels for training against the images they are made of."""

import numpy as np
import pytest
import torch

from core.dataset import read_dataset
from core.training.data import TrainingData, batches, from_dataset

DIGITS = (1, 3, 7)


@pytest.fixture(scope="module")
def dataset(built_in_folder):
    return read_dataset(built_in_folder, DIGITS)


@pytest.mark.parametrize("split", ["train", "valid"])
def test_each_image_is_a_row_of_784_pixels_beside_the_place_of_its_digit(dataset, split):
    data, images = from_dataset(dataset), dataset.split(split)
    x, y = (data.train_x, data.train_y) if split == "train" else (data.valid_x, data.valid_y)
    assert x.shape == (len(images.images), 784)
    assert [DIGITS[place] for place in y] == images.labels.tolist()
    assert y.dtype == torch.int64
    pixels = x.numpy() if split == "train" else np.rint(x.numpy() * 255)
    np.testing.assert_array_equal(pixels.reshape(-1, 28, 28), images.images)


def test_training_pixels_stay_bytes_and_validation_pixels_are_from_0_to_1(dataset):
    data = from_dataset(dataset)
    assert data.train_x.dtype == torch.uint8
    assert data.valid_x.dtype == torch.float32
    assert (data.valid_x.min(), data.valid_x.max()) == (0, 1)


def test_training_pixels_are_not_copied(dataset):
    assert from_dataset(dataset).train_x.data_ptr() == dataset.train.images.data_ptr()


def test_the_digits_may_be_any_of_the_dataset(dataset):
    data = from_dataset(dataset, (1, 7))
    images = torch.cat([dataset.train.of(1), dataset.train.of(7)])
    assert torch.equal(data.train_x, images.reshape(-1, 784))
    assert data.train_y.bincount().tolist() == [dataset.train.count(1), dataset.train.count(7)]


def test_training_pixels_of_neighbouring_digits_are_not_copied(dataset):
    data = from_dataset(dataset, (3, 7))
    assert data.train_x.data_ptr() == dataset.train.of(3).data_ptr()
    assert torch.equal(data.train_x, torch.cat([dataset.train.of(3), dataset.train.of(7)]).reshape(-1, 784))


@pytest.mark.parametrize(("count", "size"), [(700, 16), (700, 1), (7, 16), (700, 700), (5_000, 64), (9_000, 5_000)])
def test_batches_are_the_rows_in_their_order(count, size):
    chooser = torch.Generator().manual_seed(count + size)
    pixels = torch.randint(256, (500, 784), dtype=torch.uint8, generator=chooser)
    data = TrainingData(pixels, torch.arange(500), torch.empty(0, 784), torch.empty(0))
    rows = torch.randint(500, (count,), generator=chooser)
    taken = [(xb.clone(), yb) for xb, yb in batches(data, rows, size)]
    assert [len(yb) for _, yb in taken] == [len(batch) for batch in rows.split(size)]
    assert torch.cat([yb for _, yb in taken]).tolist() == rows.tolist()
    torch.testing.assert_close(torch.cat([xb for xb, _ in taken]), pixels[rows] / 255)

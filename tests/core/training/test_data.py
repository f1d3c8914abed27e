"""Rows of pixels for training against the images they are made of, and how a source names them."""

import pickle

import numpy as np
import pytest
import torch

from core.dataset import DatasetError, read_dataset
from core.training.data import from_dataset
from live.data_source import Source

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


def test_a_source_is_a_short_message_and_reads_its_digits_once(built_in_folder):
    source = Source(str(built_in_folder), (4, 9))
    assert len(pickle.dumps(source)) < 1000
    data = source.load()
    assert pickle.loads(pickle.dumps(source)).load() is data
    assert Source(str(built_in_folder), (4, 7)).load() is not data
    assert data.train_y.bincount().tolist() == [400, 400]


def test_a_source_that_is_not_there_says_so_in_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match=str(tmp_path)):
        Source(str(tmp_path / "gone"), (3, 7)).load()

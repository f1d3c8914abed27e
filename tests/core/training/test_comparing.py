"""One model on several datasets, against a count by hand."""

import numpy as np
import torch

from core.training.data import TrainingData, count_seen
from core.training.evaluation import score


def data(train: np.ndarray, valid: np.ndarray, targets: list[int]) -> TrainingData:
    return TrainingData(
        torch.from_numpy(train),
        torch.zeros(len(train), dtype=torch.int64),
        torch.from_numpy(valid.astype(np.float32) / 255),
        torch.tensor(targets),
    )


def test_the_accuracy_is_the_share_of_right_answers():
    valid = np.zeros((4, 784), np.uint8)
    valid[:, 0] = [255, 0, 255, 0]
    weights, bias = torch.zeros(784, 1), torch.tensor([-0.5])
    weights[0] = 1.0  # the logit is above 0 where the first pixel is ink: class 1 if the sign says so
    either = [
        score((weights.T, bias), data(valid, valid, targets), "mnist_loss") for targets in ([1, 0, 1, 1], [0, 1, 0, 0])
    ]
    assert sorted(either) == [0.25, 0.75]


def test_the_images_that_a_model_has_seen_are_counted_whatever_their_order():
    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (50, 784), dtype=np.uint8)
    fresh = rng.integers(0, 256, (6, 784), dtype=np.uint8)
    valid = np.concatenate([fresh[:3], train[[4, 4, 49]], fresh[3:]])
    assert count_seen(data(train, valid, [0] * 9), data(fresh, valid, [0] * 9)) == 3
    assert count_seen(data(train, valid, [0] * 9), data(train, fresh, [0] * 6)) == 0

"""One model on several datasets: how many of their validation images it gets right, and how many it has seen."""

import torch

from core.model import Params
from core.training import evaluate
from core.training_data import TrainingData


def score(params: Params, data: TrainingData, loss: str) -> float:
    """Return the accuracy of a model on the validation images of a dataset. loss: one of LOSSES."""
    return evaluate(params, data.valid_x, data.valid_y, loss)[1]


def count_seen(trained_on: TrainingData, tested_on: TrainingData) -> int:
    """Count the validation images of one dataset that are among the training images of another.

    On those a model may have learned the answer by heart, so they say nothing about new handwriting.
    """
    seen = {row.tobytes() for row in trained_on.train_x.numpy()}
    asked = (tested_on.valid_x * 255).round().to(torch.uint8).numpy()
    return sum(row.tobytes() in seen for row in asked)

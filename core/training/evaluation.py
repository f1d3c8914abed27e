"""How good a model is, and whether its training should end."""

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, is_right, predict
from core.training.data import TrainingData, epoch_order, training_rows
from core.training.run import ENOUGH, OVERFITTING, Config, Hyperparameters

INITIAL_IMAGES = 2_000  # training images, at most, that the initial evaluation looks at


@torch.no_grad()
def evaluate(params: Params, x: Tensor, y: Tensor, loss: str) -> tuple[float, float]:
    """Return mean loss and accuracy. x: (n, 784) float32 in [0, 1]; y: (n,) int64; loss: one of LOSSES."""
    logits = predict(x, params)
    return LOSSES[loss](logits, y).item(), is_right(logits, y).float().mean().item()


def score(params: Params, data: TrainingData, loss: str) -> float:
    """Return the accuracy of a model on the validation images of a dataset. loss: one of LOSSES."""
    return evaluate(params, data.valid_x, data.valid_y, loss)[1]


def initial_evaluation(params: Params, data: TrainingData, config: Config) -> tuple[float, float]:
    """Evaluate a model that has taken no step on some training images. Returns mean loss and accuracy."""
    order = epoch_order(config, training_rows(config, data), 0)
    rows = order if config.order == "sorted" else order[:INITIAL_IMAGES]
    return evaluate(params, data.train_x[rows] / 255, data.train_y[rows], config.loss)


def is_silent(logits: Tensor, params: Params) -> Tensor:
    """Say for each image whether no unit of the hidden layer is active: then the logits are the last bias, exactly.

    logits: (B, outputs) float32, which the parameters give. Returns (B,) bool.
    For R runs at once: (B, outputs, R) and parameters whose last axis is the runs -> (B, R).
    """
    return (logits == params[-1]).all(1)


def norm_of(params: Params) -> Tensor:
    """Return the length of all parameters as one vector (L2): a scalar; (R,) if the last of three axes is the runs."""
    runs = params[0].ndim == 3
    return sum(p.flatten(0, -2).square().sum(0) if runs else p.square().sum() for p in params).sqrt()


def reason_to_stop(hyper: Hyperparameters, epoch: int, best_epoch: int) -> str:
    """Say why a run should end after this many epochs; empty if it should not."""
    if hyper.patience is not None and epoch - best_epoch >= hyper.patience:
        return OVERFITTING
    if hyper.max_epochs is not None and epoch >= hyper.max_epochs:
        return ENOUGH
    return ""

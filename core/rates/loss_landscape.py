"""The loss landscape around a model's weights: along the gradient, and over the plane in which a run moved most.

Slices of a loss as pictures: Goodfellow, Vinyals, Saxe, "Qualitatively characterizing neural network optimization
problems", 2015; the plane through the principal components of the weights' path: Li, Xu, Taylor, Studer, Goldstein,
"Visualizing the Loss Landscape of Neural Nets", 2018.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, predict
from core.rates.sweep import evaluate_runs
from core.training.data import TrainingData
from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import start, train_steps

SLICED, MAPPED = 4_000, 1_000  # training images, at most, on which a slice and a map are measured
LENGTHS = 121  # points of a slice
WIDE = 2.5  # a slice is so many times as long as the way to where the loss is as high as at its start again
DOWN = 0.98  # or, if it never is, as the way to where it has fallen by this share of its whole fall
ROUNDING = 1e-5  # relative change of a loss that may be due to rounding
COLUMNS = 28  # points of a map in each direction
MARGIN = 0.35  # on each side of the path, as a share of its extent


@dataclass(frozen=True)
class Slice:
    """The loss along a line: at the weights minus t times their gradient, where a step with learning rate t would end.

    lengths: (LENGTHS,) float32, the values of t, from 0; losses: (LENGTHS,) float32; lr: the chosen learning rate;
    landing: the loss after a step with it; slope: of the loss at t = 0, at most 0; back: the t beyond which the loss is
    higher than at 0, None if it never is.
    """

    lengths: Tensor
    losses: Tensor
    lr: float
    landing: float
    slope: float
    back: float | None


@dataclass(frozen=True)
class LossMap:
    """The loss over a plane in the space of all weights, and the path of a run projected onto that plane.

    path: (n, 2) float32, by step; losses: (COLUMNS, COLUMNS) float32, one row for each y; xs, ys: (COLUMNS,) float32;
    shares: the share of the path's variance along each of the two directions, in [0, 1].
    """

    path: Tensor
    xs: Tensor
    ys: Tensor
    losses: Tensor
    shares: tuple[float, float]


def flatten(params: Params) -> Tensor:
    """Put all parameters into one row: (P,) float32."""
    return torch.cat([p.flatten() for p in params])


def unflatten_runs(rows: Tensor, like: Params) -> Params:
    """Turn rows of parameters, (R, P), into those of R runs, as `core.rates.sweep.predict_runs` takes them."""
    parts = rows.split([p.numel() for p in like], dim=1)
    return tuple(
        part.unflatten(1, p.shape).movedim(0, -1).transpose(0, -2).contiguous() if p.ndim == 2 else part.t()
        for part, p in zip(parts, like, strict=True)
    )


def full_gradient(params: Params, x: Tensor, y: Tensor, loss: str) -> Tensor:
    """Return the gradient of the loss on all images, as one row: (P,) float32. x: (n, 784) in [0, 1]; y: (n,)."""
    leaves = tuple(p.clone().requires_grad_() for p in params)
    return flatten(torch.autograd.grad(LOSSES[loss](predict(x, leaves), y), leaves))


def some_images(data: TrainingData, most: int) -> tuple[Tensor, Tensor]:
    """Choose training images evenly from all: (n, 784) float32 in [0, 1] and (n,) int64, n at most `most`."""
    chosen = torch.linspace(0, len(data.train_x) - 1, min(most, len(data.train_x))).long()
    return data.train_x[chosen] / 255, data.train_y[chosen]


def slice_along_gradient(params: Params, data: TrainingData, loss: str, lr: float) -> Slice:
    """Evaluate the loss along the gradient, up both sides of the valley, and after a step with learning rate lr."""
    x, y = some_images(data, SLICED)
    gradient = full_gradient(params, x, y, loss)

    def losses_at(lengths: Tensor) -> Tensor:
        return evaluate_runs(unflatten_runs(flatten(params) - lengths[:, None] * gradient, params), x, y, loss)[0]

    coarse = torch.logspace(-3, 3, LENGTHS)
    first, *further = losses_at(torch.cat([torch.zeros(1), coarse])).tolist()
    pairs = list(zip(coarse.tolist(), further, strict=True))
    back = next((t for t, value in pairs if not value <= (1 + ROUNDING) * first), None)
    low = first - DOWN * (first - min(further))
    reach = WIDE * (back or next((t for t, value in pairs if value <= low), 1.0))
    while reach < lr:
        reach *= 2
    lengths = torch.linspace(0, reach, LENGTHS)
    landing = losses_at(torch.tensor([lr])).item()
    return Slice(lengths, losses_at(lengths), lr, landing, -gradient.dot(gradient).item(), back)


def walk(
    data: TrainingData, config: Config, hyper: Hyperparameters, steps: int, points: int = 2
) -> tuple[TrainState, Tensor]:
    """Train, and record the weights on the way.

    Returns the last state, and the parameters at some steps, (n, P) float32, the first and the last among them.
    Ends early if the run diverges.
    """
    state, rows = start(config), []
    marks = sorted({round(index * steps / max(1, points - 1)) for index in range(points)})
    for mark in marks:
        state, _ = train_steps(state, data, config, hyper, most=mark - state.step)
        row = flatten(state.params)
        if not row.isfinite().all():
            break
        rows.append(row)
        if state.stopped:
            break
    return state, torch.stack(rows)


def principal_plane(path: Tensor) -> tuple[Tensor, Tensor, tuple[float, float]]:
    """Find the plane in which a path moves most, by principal component analysis.

    path: (n, P) float32, n at least 3. Returns its centre, (P,), two orthonormal directions, (2, P), and the share of
    the path's variance along each.
    """
    centre = path.mean(0)
    _, sizes, directions = torch.linalg.svd(path - centre, full_matrices=False)
    variance = sizes**2
    shares = (variance / variance.sum().clamp(min=1e-30))[:2].tolist()
    return centre, directions[:2], (shares[0], shares[1])


def loss_map(path: Tensor, like: Params, data: TrainingData, loss: str) -> LossMap:
    """Evaluate the loss over the plane of a path. path: (n, P) float32, n > 2; like: parameters of that model."""
    centre, directions, shares = principal_plane(path)
    seen = (path - centre) @ directions.t()
    low, high = seen.min(0).values, seen.max(0).values
    room = MARGIN * (high - low).clamp(min=1e-6)
    xs, ys = (torch.linspace(a, b, COLUMNS) for a, b in zip((low - room).tolist(), (high + room).tolist(), strict=True))
    x, y = some_images(data, MAPPED)
    rows = []
    for height in ys:
        cells = centre + xs[:, None] * directions[0] + height * directions[1]
        rows.append(evaluate_runs(unflatten_runs(cells, like), x, y, loss)[0])
    return LossMap(seen, xs, ys, torch.stack(rows), shares)

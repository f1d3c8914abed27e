"""The loss landscape around a model's weights: along the gradient, and over the plane in which a run moved most.

Slices of a loss as pictures: Goodfellow, Vinyals, Saxe, "Qualitatively characterizing neural network optimization
problems", 2015; the plane through the principal components of the weights' path: Li, Xu, Taylor, Studer, Goldstein,
"Visualizing the Loss Landscape of Neural Nets", 2018.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, linear, predict
from core.training.data import TrainingData

SLICED, MAPPED = 2_000, 1_000  # training images, at most, on which a slice and a map are measured
LENGTHS = 121  # points of a slice
WIDE = 2.5  # a slice is so many times as long as the way to where the loss is as high as at its start again
DOWN = 0.98  # or, if it never is, as the way to where it has fallen by this share of its whole fall
ROUNDING = 1e-5  # relative change of a loss that may be due to rounding
ZOOMS, ZOOMED = 4, 11  # how often, and with how many points, a place on a slice is narrowed down
COLUMNS = 28  # points of a map in each direction
MARGIN = 0.35  # on each side of the path, as a share of its extent


@dataclass(frozen=True)
class Slice:
    """The loss along a line: at the weights minus t times their gradient, where a step with learning rate t would end.

    lengths: (LENGTHS,) float32, the values of t, from 0; losses: (LENGTHS,) float32; lr: the chosen learning rate;
    landing: the loss after a step with it; slope: of the loss at t = 0, at most 0; back: the t beyond which the loss is
    higher than at 0, None if it never is; bottom: the t at which it is lowest, between 0 and the last of the lengths.
    """

    lengths: Tensor
    losses: Tensor
    lr: float
    landing: float
    slope: float
    back: float | None
    bottom: float


@dataclass(frozen=True)
class Plane:
    """The plane in the space of all parameters in which a path moves most, and the path projected onto it.

    centre: (P,) float32; directions: (2, P) float32, orthonormal; path: (n, 2) float32, by step; shares: the share of
    the path's variance along each direction, in [0, 1].
    """

    centre: Tensor
    directions: Tensor
    path: Tensor
    shares: tuple[float, float]


@dataclass(frozen=True)
class LossMap:
    """The loss over a plane. losses: (COLUMNS, COLUMNS) float32, one row for each y; xs, ys: (COLUMNS,) float32."""

    xs: Tensor
    ys: Tensor
    losses: Tensor


def flatten(params: Params) -> Tensor:
    """Put all parameters into one row: (P,) float32."""
    return torch.cat([p.flatten() for p in params])


def unflatten(row: Tensor, like: Params) -> Params:
    """Turn one row of parameters, (P,), into those of a model."""
    return tuple(part.view(p.shape) for part, p in zip(row.split([p.numel() for p in like]), like, strict=True))


def at_place(start: Tensor, *directions: Tensor, place: list[float]) -> Tensor:
    """Go from the start along each direction, as far as the place says. All tensors are of the same shape."""
    there = start.clone()
    for direction, far in zip(directions, place, strict=True):
        there.add_(direction, alpha=far)
    return there


def losses_at(origin: Params, directions: list[Params], places: Tensor, x: Tensor, y: Tensor, loss: str) -> Tensor:
    """Evaluate the loss at some places of the line or plane through a point of the space of all parameters.

    origin: the point; directions: D of them; places: (n, D) float32, how far to go along each.
    x: (m, 784) in [0, 1]; y: (m,). Returns (n,) float32.
    """
    # The first layer is linear, so what it gives along a line lies on a line, too: one product for each direction
    # serves all places.
    points = [(linear(x, *params[:2]), *params[2:]) for params in (origin, *directions)]
    losses = []
    for place in places.tolist():
        activations, *rest = (at_place(*tensors, place=place) for tensors in zip(*points, strict=True))
        for weights, bias in zip(rest[::2], rest[1::2], strict=True):
            activations = linear(activations.relu(), weights, bias)
        losses.append(LOSSES[loss](activations, y))
    return torch.stack(losses)


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
    downhill = [unflatten(-gradient, params)]
    coarse = torch.logspace(-3, 3, LENGTHS)

    def along(lengths: Tensor) -> Tensor:
        return losses_at(params, downhill, lengths[:, None], x, y, loss)

    first, *further = along(torch.cat([torch.zeros(1), coarse])).tolist()
    pairs = list(zip(coarse.tolist(), further, strict=True))
    higher = next((place for place, (_, value) in enumerate(pairs) if not value <= (1 + ROUNDING) * first), None)
    back = None
    if higher is not None:
        below = coarse[higher - 1].item() if higher else 0.0
        _, back = zoom(along, below, coarse[higher].item(), lambda losses: _first(~(losses <= (1 + ROUNDING) * first)))
    low = first - DOWN * (first - min(further))
    reach = WIDE * (back or next((t for t, value in pairs if value <= low), 1.0))
    while reach < lr:
        reach *= 2
    lengths = torch.linspace(0, reach, LENGTHS)
    landing, losses = along(torch.tensor([lr])).item(), along(lengths)
    lowest = losses.nan_to_num(math.inf).argmin().item()
    around = lengths[max(0, lowest - 1)].item(), lengths[min(LENGTHS - 1, lowest + 1)].item()
    low, high = zoom(along, *around, lambda losses: losses.nan_to_num(math.inf).argmin().item())
    return Slice(lengths, losses, lr, landing, -gradient.dot(gradient).item(), back, (low + high) / 2)


def _first(wanted: Tensor) -> int:
    return int(wanted.nonzero()[0]) if wanted.any() else len(wanted) - 1


def zoom(
    along: Callable[[Tensor], Tensor], low: float, high: float, place: Callable[[Tensor], int]
) -> tuple[float, float]:
    """Narrow down where something is on a line, to a six-hundredth of the range.

    along: takes lengths, (n,), and returns the losses there, (n,); place: says at which of these losses it is: it lies
    between the neighbours of that one. Returns the ends of what is left.
    """
    for _ in range(ZOOMS):
        lengths = torch.linspace(low, high, ZOOMED)
        at = place(along(lengths))
        low, high = lengths[max(0, at - 1)].item(), lengths[min(ZOOMED - 1, at + 1)].item()
    return low, high


def principal_plane(path: Tensor) -> Plane:
    """Find the plane in which a path moves most, by principal component analysis. path: (n, P) float32, n > 2."""
    centre = path.mean(0)
    directions, sizes, _ = torch.linalg.svd((path - centre).t(), full_matrices=False)  # a third of the time of no .t()
    plane, variance = directions[:, :2], sizes**2
    shares = (variance / variance.sum().clamp(min=1e-30))[:2].tolist()
    return Plane(centre, plane.t(), (path - centre) @ plane, (shares[0], shares[1]))


def loss_map(plane: Plane, like: Params, data: TrainingData, loss: str) -> LossMap:
    """Evaluate the loss over the plane of a path. like: parameters of the model that took it."""
    low, high = plane.path.min(0).values, plane.path.max(0).values
    room = MARGIN * (high - low).clamp(min=1e-6)
    xs, ys = (torch.linspace(a, b, COLUMNS) for a, b in zip((low - room).tolist(), (high + room).tolist(), strict=True))
    origin, *directions = (unflatten(row, like) for row in (plane.centre, *plane.directions))
    x, y = some_images(data, MAPPED)
    losses = losses_at(origin, directions, torch.cartesian_prod(ys, xs).flip(1), x, y, loss)
    return LossMap(xs, ys, losses.view(COLUMNS, COLUMNS))

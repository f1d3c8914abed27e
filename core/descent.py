"""Gradient descent by hand: the slope of a loss, steps against it, and a curve that is fitted to points."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


def square(w):
    """The simplest loss of one weight."""
    return w**2


def square_slope(w):
    """Its derivative, by the rule."""
    return 2 * w


def tilted(w):
    """A steeper square, shifted by 1 to the right, plus a slope that moves its minimum from 1 to 0.5."""
    return 2 * (w - 1) ** 2 + 2 * w


def tilted_slope(w):
    """Its derivative, by the rule."""
    return 4 * (w - 1) + 2


def valleys(w):
    """Two valleys with a hill between them; the one on the left is deeper."""
    return 0.1 * w**4 - 1.05 * w**2 + w + 6


def valleys_slope(w):
    """Its derivative, by the rule: 0.4 (w + 2.5) (w - 0.5) (w - 2), which is 0 at both minima and on the hill."""
    return 0.4 * w**3 - 2.1 * w + 1


@dataclass(frozen=True)
class Curve:
    """A loss of one weight. loss, slope: take a number or a tensor of numbers, and return the same."""

    formula: str
    rule: str  # the formula of its derivative
    loss: Callable
    slope: Callable
    bottoms: tuple[float, ...]  # the weights at which the slope is 0 and the loss rises on both sides


CURVES = {
    "Square": Curve("w²", "2w", square, square_slope, (0.0,)),
    "Tilted and shifted": Curve("2(w − 1)² + 2w", "4(w − 1) + 2", tilted, tilted_slope, (0.5,)),
    "Two valleys": Curve("0.1w⁴ − 1.05w² + w + 6", "0.4w³ − 2.1w + 1", valleys, valleys_slope, (-2.5, 2.0)),
}


def slope_by_difference(loss: Callable, w: float, h: float) -> float:
    """Measure the slope at w by a central difference: the change of the loss from w - h to w + h, divided by 2h."""
    return (loss(w + h) - loss(w - h)) / (2 * h)


def gradient(loss: Callable, weights: Tensor) -> Tensor:
    """Let PyTorch compute the derivative of the loss with respect to each weight (autograd).

    loss: takes the weights, returns a scalar. weights: any shape, float; the result has the same shape.
    """
    weights = weights.detach().clone().requires_grad_()
    loss(weights).backward()
    return weights.grad


def sum_of_squares(x: Tensor) -> Tensor:
    """Return x₁² + x₂² + ...: a loss of many weights whose derivative with respect to each is twice that weight."""
    return (x**2).sum()


BOUND = 1000.0  # a weight further from 0 than this has diverged: all minima here are within 10 of 0


@dataclass(frozen=True)
class Path:
    """The path of gradient descent: row 0 is the start, row n is after n steps.

    weights, gradients, steps: (n + 1, ...) float64, each row has the shape of the weights; losses: (n + 1,).
    steps: what is added to the weights next: minus the learning rate times the gradient.
    diverged: whether it stopped early because the loss was not finite or a weight was beyond BOUND.
    """

    weights: Tensor
    losses: Tensor
    gradients: Tensor
    steps: Tensor
    diverged: bool


def descend(loss: Callable, start: Tensor, lr: float, steps: int) -> Path:
    """Take steps against the gradient: w <- w - lr * gradient.

    loss: takes weights of the shape of start, returns a scalar. start: any shape, float64.
    The path ends early with the first point that has diverged.
    """
    weights, losses, gradients = [start], [loss(start)], [gradient(loss, start)]
    diverged = _has_diverged(start, losses[0])
    while len(weights) <= steps and not diverged:
        w = weights[-1] - lr * gradients[-1]  # the gradient points uphill, so the step goes the other way
        weights.append(w)
        losses.append(loss(w))
        gradients.append(gradient(loss, w))
        diverged = _has_diverged(w, losses[-1])
    all_gradients = torch.stack(gradients)
    return Path(torch.stack(weights), torch.stack(losses), all_gradients, -lr * all_gradients, diverged)


def _has_diverged(w: Tensor, loss: Tensor) -> bool:
    return not (loss.isfinite() and w.abs().max() <= BOUND)  # NaN is within no bound


def steps_to_bottom(curve: Curve, lrs: Tensor, start: float, tolerance: float = 0.01, most: int = 5000) -> Tensor:
    """Count the steps until w is within the tolerance of a minimum and stays there, for many learning rates at once.

    lrs: (n,) float. Returns (n,) int64, -1 for a rate that does not get there in `most` steps.
    """
    bottoms = torch.tensor(curve.bottoms, dtype=lrs.dtype)
    w = torch.full_like(lrs, start)
    last_away = torch.full(lrs.shape, -1)
    for step in range(most + 1):
        near = (w[:, None] - bottoms).abs().amin(1) <= tolerance  # (n,); NaN is never near
        last_away[~near] = step
        w = w - lrs * curve.slope(w)
    return torch.where(last_away < most, last_away + 1, -1)


def rate_limit(loss: Callable, bottom: Tensor) -> float:
    """Return the learning rate above which gradient descent can't settle in a minimum: 2 / the largest curvature there.

    Near a minimum the slope is the curvature times the distance, so a step multiplies the distance by
    1 - lr * curvature. That shrinks it only while lr * curvature is below 2.
    loss: takes weights of the shape of bottom, returns a scalar. bottom: the minimum, any shape, float64.
    """
    curvatures = torch.autograd.functional.hessian(loss, bottom).reshape(bottom.numel(), bottom.numel())
    return 2 / torch.linalg.eigvalsh(curvatures).max().item()


def ball_speeds(seed: int) -> tuple[Tensor, Tensor]:
    """Make up measurements of a ball that rolls over a hill: it slows down on the way up, then speeds up.

    Returns the seconds 0 to 20 and the speeds in m/s, noisy as measurements are, each (21,) float64.
    """
    seconds = torch.arange(21, dtype=torch.float64)
    noise = torch.randn(21, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return seconds, 2 + 0.08 * (seconds - 9) ** 2 + 0.8 * noise


def scale_time(seconds: Tensor) -> Tensor:
    """Measure time from the middle in units of ten seconds, so that 0 to 20 s become -1 to 1."""
    return (seconds - 10) / 10


def quadratic(t: Tensor, weights: Tensor) -> Tensor:
    """Return a·t² + b·t + c. t: (n,); weights: (..., 3), which are a, b and c. Returns (..., n)."""
    a, b, c = weights[..., None].unbind(-2)  # (..., 1) each
    return a * t**2 + b * t + c


def fit_loss(weights: Tensor, t: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error of the quadratic at the points. weights: (..., 3); t, targets: (n,)."""
    return ((quadratic(t, weights) - targets) ** 2).mean(-1)


def best_fit(t: Tensor, targets: Tensor) -> Tensor:
    """Return the weights with the least mean squared error, by linear least squares. t, targets: (n,); returns (3,)."""
    powers = torch.stack([t**2, t, torch.ones_like(t)], dim=1)  # (n, 3)
    return torch.linalg.lstsq(powers, targets[:, None]).solution[:, 0]


def best_fit_of_two(t: Tensor, targets: Tensor, held: int, value: float) -> Tensor:
    """Do as `best_fit` while one weight is held at a value. held: its place among a, b and c. Returns (2,)."""
    powers = torch.stack([t**2, t, torch.ones_like(t)], dim=1)  # (n, 3)
    others = [place for place in range(3) if place != held]
    return torch.linalg.lstsq(powers[:, others], (targets - value * powers[:, held])[:, None]).solution[:, 0]


def loss_map(loss: Callable, weights: Tensor, across: int, up: int, xs: Tensor, ys: Tensor) -> Tensor:
    """Return the loss over a grid of two of the weights; the others are held constant.

    loss: takes (..., 3), returns (...). weights: (3,); across, up: the indices of the two that change.
    xs: (m,) and ys: (n,), their values. Returns (n, m).
    """
    grid = weights.repeat(len(ys), len(xs), 1)  # (n, m, 3)
    grid[..., across] = xs
    grid[..., up] = ys[:, None]
    return loss(grid)

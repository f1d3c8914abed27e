"""Optimisers: how far, and which way, a step moves each parameter for its gradient.

Plain gradient descent (SGD) takes the gradient itself. `with_momentum`, `adam` and `with_weight_decay` make another
direction of it, element by element, so that they also serve many runs at once, whatever axes their parameters have.
"""

import torch
from torch import Tensor

from core.model import Params
from core.training.run import NO_MEMORY, Hyperparameters, Memory

SGD, ADAM = "SGD", "Adam"
OPTIMISERS = (SGD, ADAM)
MEAN_KEPT, SQUARES_KEPT, TINY = 0.9, 0.999, 1e-8  # of Adam, as its authors suggest


def with_weight_decay(gradients: Params, params: Params, weight_decay: float) -> Params:
    """Pull each parameter towards 0, the stronger the larger it is: add the slope of weight_decay / 2 · p².

    Source: Krogh, Hertz, "A Simple Weight Decay Can Improve Generalization", 1991.
    """
    return tuple(gradient + weight_decay * p for gradient, p in zip(gradients, params, strict=True))


def with_momentum(gradients: Params, velocity: Params, momentum: float) -> Params:
    """Keep a part of the last velocity, and add the gradient: a ball that rolls, and does not turn at once.

    velocity: of the step before, empty before the first; momentum: in [0, 1). Returns the new velocity.
    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """
    if not velocity:
        return tuple(gradient.clone() for gradient in gradients)
    return tuple(momentum * v + gradient for v, gradient in zip(velocity, gradients, strict=True))


def adam(gradients: Params, memory: Memory) -> tuple[Params, Memory]:
    """Divide the mean of recent gradients by their size, so that all parameters move about equally far.

    memory: the means of earlier gradients and of their squares. Returns the directions and the new memory.
    Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    steps = memory.steps + 1
    means = tuple(_mix(old, new, MEAN_KEPT) for old, new in _pairs(memory.means, gradients))
    squares = tuple(_mix(old, new * new, SQUARES_KEPT) for old, new in _pairs(memory.squares, gradients))
    # Both began at 0, which still has a share in them: without it, they are larger.
    mean_share, squares_share = 1 - MEAN_KEPT**steps, 1 - SQUARES_KEPT**steps
    directions = tuple(
        (mean / mean_share) / ((square / squares_share).sqrt() + TINY)
        for mean, square in zip(means, squares, strict=True)
    )
    return directions, Memory(means=means, squares=squares, steps=steps)


def _pairs(old: Params, new: Params) -> zip:
    return zip(old or map(torch.zeros_like, new), new, strict=True)


def _mix(old: Tensor, new: Tensor, kept: float) -> Tensor:
    return kept * old + (1 - kept) * new


def directions_of(gradients: Params, params: Params, hyper: Hyperparameters, memory: Memory) -> tuple[Params, Memory]:
    """Return what to multiply with the learning rate for one step, uphill, and the new memory. hyper: says how."""
    if hyper.weight_decay:
        gradients = with_weight_decay(gradients, params, hyper.weight_decay)
    if hyper.optimiser == ADAM:
        return adam(gradients, memory)
    if hyper.momentum:
        velocity = with_momentum(gradients, memory.velocity, hyper.momentum)
        return velocity, Memory(velocity=velocity)
    return gradients, NO_MEMORY


class Optimiser:
    """Moves parameters against their gradients, as torch.optim.SGD or torch.optim.Adam does."""

    def __init__(self, params: Params, hyper: Hyperparameters, memory: Memory = NO_MEMORY):
        """memory: what earlier steps have left."""
        self.params, self.hyper, self.memory = params, hyper, memory

    @torch.no_grad()
    def directions(self) -> Params:
        """Return for each parameter which way the loss rises: its gradient, or what the optimiser makes of it."""
        gradients = tuple(-p.grad if self.hyper.uphill else p.grad for p in self.params)
        directions, self.memory = directions_of(gradients, self.params, self.hyper, self.memory)
        return directions

    @torch.no_grad()
    def move(self, directions: Params) -> None:
        """Move each parameter against its direction, by the learning rate times as far."""
        for p, direction in zip(self.params, directions, strict=True):
            p.add_(direction, alpha=-self.hyper.lr)

    def step(self) -> None:
        """Move the parameters once."""
        self.move(self.directions())

    def zero_grad(self) -> None:
        """Forget the gradients, unless that mistake is made on purpose."""
        if self.hyper.zero_grad:
            for p in self.params:
                p.grad = None

"""A step of gradient descent for R runs at once: the same as for one in `core.training.sgd`, with one axis more.

All runs share the last axis of every parameter: weights are (inputs, units, R). One product of matrices predicts for
all of them, and `weights -= lr * gradient` moves each by its own rate, since lr, (R,), broadcasts along that axis.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from core.model import Params
from core.training.optimisers import directions_of
from core.training.run import NO_MEMORY, Hyperparameters, Memory


def stack_runs(params: Params, runs: int) -> Params:
    """Give R runs the same parameters: weights (units, inputs) -> (inputs, units, R), bias (units,) -> (units, R)."""
    return tuple(p.t().unsqueeze(-1).repeat(*[1] * p.ndim, runs) for p in params)


def linear_runs(xb: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Do for R runs what `core.model.linear` does for one.

    xb: (B, inputs) for all runs, or (B, inputs, R); weights: (inputs, units, R); bias: (units, R).
    Returns (B, units, R).
    """
    if xb.ndim == 2:  # one product of matrices for all runs
        return torch.addmm(bias.flatten(), xb, weights.flatten(1)).unflatten(1, weights.shape[1:])
    return torch.einsum("bir,iur->bur", xb, weights) + bias


def predict_runs(xb: Tensor, params: Params) -> Tensor:
    """Return the logits that each run gives for a batch: (B, 784) float32 in [0, 1] -> (B, outputs, R) float32."""
    activations = linear_runs(xb, *params[:2])
    for weights, bias in zip(params[2::2], params[3::2], strict=True):
        activations = linear_runs(activations.relu(), weights, bias)
    return activations


def sgd_step_runs(
    xb: Tensor, yb: Tensor, params: Params, loss_function: Callable, optimiser: "OptimiserRuns"
) -> tuple[Tensor, Tensor]:
    """Do for R runs what `sgd_step` does for one. Returns the losses, (R,), and the logits, (B, outputs, R)."""
    logits = predict_runs(xb, params)
    losses = loss_function(logits, yb[:, None])
    losses.sum().backward()  # the parameters of a run change its own loss only, so this is the gradient of each
    optimiser.step()
    optimiser.zero_grad()
    return losses.detach(), logits.detach()


class OptimiserRuns:
    """Moves the parameters of R runs against their gradients, each run at its own rate: `Optimiser` for many."""

    def __init__(
        self,
        params: Params,
        lr: Tensor,
        hyper: Hyperparameters,
        memory: Memory = NO_MEMORY,
        frozen: Tensor | None = None,
    ):
        """Take up where earlier steps have left the runs.

        lr: (R,) float32; hyper: its optimiser, momentum and weight decay are those of all runs; memory: what earlier
        steps have left; frozen: (R,) bool, the runs whose parameters stay as they are, None if there are none.
        """
        self.params, self.lr, self.hyper, self.memory, self.frozen = params, lr, hyper, memory, frozen

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter of each run by the rate of the run times what the optimiser makes of its gradient."""
        gradients = tuple(p.grad for p in self.params)
        directions, self.memory = directions_of(gradients, self.params, self.hyper, self.memory)
        for p, direction in zip(self.params, directions, strict=True):
            if self.frozen is not None:
                direction = direction.masked_fill(self.frozen, 0)
            p.addcmul_(direction, self.lr, value=-1)

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self.params:
            p.grad = None

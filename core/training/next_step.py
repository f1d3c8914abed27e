"""The very next step of a run, taken apart into its stages, with all that is computed on the way."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, predict, probabilities
from core.training.bookkeeping import BatchCursor
from core.training.data import TrainingData, training_rows
from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import SGD


@dataclass(frozen=True)
class NextStep:
    """One step of gradient descent. B is the size of its batch, K the number of classes.

    images: (B, 784) float32 in [0, 1]; targets: (B,) int64 in [0, K)
    probs: (B, K) float32, what the model says before the step; probs_after: the same after it
    loss, loss_after: of this batch, before and after the step
    before, gradient, after: parameters as `init_params` has them
    """

    images: Tensor
    targets: Tensor
    probs: Tensor
    probs_after: Tensor
    loss: float
    loss_after: float
    before: Params
    gradient: Params
    after: Params


def gradient_of_one(image: Tensor, target: int, params: Params, loss: str) -> Tensor:
    """Return the gradient that one image alone gives to the first weights: (units, 784) float32.

    image: (784,) float32 in [0, 1]; target: its class; loss: one of LOSSES.
    """
    params = tuple(p.clone().requires_grad_() for p in params)
    value = LOSSES[loss](predict(image[None], params), torch.tensor([target]))
    return torch.autograd.grad(value, params[0])[0]


def look_at_step(state: TrainState, data: TrainingData, config: Config, hyper: Hyperparameters) -> NextStep:
    """Take the step that `train_steps` would take next, and keep everything. `state` stays as it is."""
    images = len(training_rows(config, data))
    ended, seen = divmod(state.seen, images)  # a run that diverged in the last batch of an epoch has not begun another
    xb, yb = next(BatchCursor(data, config, hyper.batch_size, state.epoch + ended, seen).rest_of_epoch())
    params = tuple(p.clone().requires_grad_() for p in state.params)
    optimiser = SGD(params, hyper, state.velocity, state.grads)

    logits = predict(xb, params)
    loss = LOSSES[config.loss](logits, yb)
    loss.backward()
    gradient = tuple(p.grad.clone() for p in params)
    optimiser.step()

    with torch.no_grad():
        after = predict(xb, params)
        loss_after = LOSSES[config.loss](after, yb).item()
    return NextStep(
        xb,
        yb,
        probabilities(logits.detach()),
        probabilities(after),
        loss.item(),
        loss_after,
        state.params,
        gradient,
        tuple(p.detach() for p in params),
    )

"""The very next step of a run, taken apart into its stages, with what is computed on the way."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import Params, predict, probabilities
from core.training.bookkeeping import BatchCursor
from core.training.data import TrainingData, training_rows
from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import SGD

SHOWN = 16  # images of the batch that are kept by default: a batch may be the whole dataset


@dataclass(frozen=True)
class NextStep:
    """One step of gradient descent: numbers of its whole batch, and the first n images of the batch.

    batch_size: how many images the batch has
    images: (n, 784) float32 in [0, 1]; targets: (n,) int64, the class of each
    p: (n,) float32 in [0, 1], the probability that the model gives to the right class, before the step
    mean_p, mean_p_after: the mean of p over the whole batch, before and after the step
    loss, loss_after: of the whole batch, before and after the step
    before, gradient, after: parameters as `init_params` returns them
    """

    batch_size: int
    images: Tensor
    targets: Tensor
    p: Tensor
    mean_p: float
    mean_p_after: float
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


def right_probabilities(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the probability of the right class for each image: (B, 1) or (B, K) float32, (B,) int64 -> (B,)."""
    return probabilities(logits).gather(1, targets[:, None])[:, 0]


def look_at_step(
    state: TrainState, data: TrainingData, config: Config, hyper: Hyperparameters, shown: int = SHOWN
) -> NextStep:
    """Take the step that `train_steps` would take next, and keep what is worth a look. `state` stays as it is.

    shown: how many images of the batch to keep, at most.
    """
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
        logits_after = predict(xb, params)
        loss_after = LOSSES[config.loss](logits_after, yb)
        right = right_probabilities(logits, yb)
    return NextStep(
        batch_size=len(yb),
        # Copies: a slice that is sent to another process takes the whole batch with it.
        images=xb[:shown].clone(),
        targets=yb[:shown].clone(),
        p=right[:shown].clone(),
        mean_p=right.mean().item(),
        mean_p_after=right_probabilities(logits_after, yb).mean().item(),
        loss=loss.item(),
        loss_after=loss_after.item(),
        before=state.params,
        gradient=gradient,
        after=tuple(p.detach() for p in params),
    )

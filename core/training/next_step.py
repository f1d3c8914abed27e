"""The very next step of a run, taken apart into its stages, with what is computed on the way."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.loss import LOSSES
from core.model import PIXELS, Params, predict, probabilities
from core.training.bookkeeping import BatchCursor, Part, images_at_once, set_gradients
from core.training.data import TrainingData, training_rows
from core.training.optimisers import Optimiser
from core.training.run import Config, Hyperparameters, TrainState

SHOWN = 16  # images of the batch that are kept by default: a batch may be the whole dataset
NO_IMAGES, NO_TARGETS, NO_P = torch.empty(0, PIXELS), torch.empty(0, dtype=torch.int64), torch.empty(0)


@dataclass(frozen=True)
class NextStep:
    """One step of gradient descent: numbers of its whole batch, and the first n images of the batch.

    before, gradient, after: parameters as `init_params` returns them; to the gradient, those before it are added if
    they were not set to zero, by mistake
    direction: what the optimiser makes of the gradient, of the opposite sign if the step is uphill by mistake
    batch_size: how many images the batch has
    images: (n, 784) float32 in [0, 1]; targets: (n,) int64, the class of each
    p: (n,) float32 in [0, 1], the probability that the model gives to the right class, before the step
    mean_p, mean_p_after: the mean of p over the whole batch, before and after the step
    loss, loss_after: of the whole batch, before and after the step
    seen, seen_after: how many images the numbers before and after the step are of: the others add to them
    """

    before: Params
    batch_size: int
    images: Tensor = NO_IMAGES
    targets: Tensor = NO_TARGETS
    p: Tensor = NO_P
    gradient: Params = ()
    direction: Params = ()
    after: Params = ()
    seen: int = 0
    loss: float = 0.0
    mean_p: float = 0.0
    seen_after: int = 0
    loss_after: float = 0.0
    mean_p_after: float = 0.0

    @property
    def over(self) -> bool:
        """Whether all numbers are those of the whole batch."""
        return self.seen_after == self.batch_size


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
    state: TrainState,
    data: TrainingData,
    config: Config,
    hyper: Hyperparameters,
    shown: int = SHOWN,
    look: NextStep | None = None,
    seconds: float = math.inf,
) -> NextStep:
    """Take the step that `train_steps` would take next, and keep what is worth a look. `state` stays as it is.

    shown: how many images of the batch to keep, at most; look: an earlier result to go on from, if `seconds` were over
    before all images of a large batch had been seen.
    """
    deadline = time.perf_counter() + seconds
    images = len(training_rows(config, data))
    ended, first = divmod(state.seen, images)  # a run that diverged in the last batch of an epoch has not begun another
    look = look or NextStep(state.params, min(hyper.batch_size, images - first))
    at_once = images_at_once(state.params)

    def rest_of_batch(seen: int) -> Iterator[Part]:
        cursor = BatchCursor(data, config, hyper.batch_size, at_once, state.epoch + ended, first)
        cursor.seen_of_batch = seen
        for part in cursor.rest_of_epoch():
            yield part
            if part.is_last or time.perf_counter() >= deadline:
                return

    while not look.over:
        if look.after:
            for part in rest_of_batch(look.seen_after):
                look = _after(look, part, config.loss)
        else:
            for part in rest_of_batch(look.seen):
                look = _before(look, part, config.loss, shown, () if hyper.zero_grad else state.grads)
            if look.seen == look.batch_size:
                params = tuple(p.clone() for p in state.params)
                set_gradients(params, look.gradient)
                optimiser = Optimiser(params, hyper, state.memory)
                direction = optimiser.directions()
                optimiser.move(direction)
                look = replace(look, direction=direction, after=params)
        if time.perf_counter() >= deadline:
            break
    return look


def _before(look: NextStep, part: Part, loss: str, shown: int, grads: Params) -> NextStep:
    """Add some images, as the model sees them before the step. grads: what earlier steps have left."""
    params = tuple(p.clone().requires_grad_() for p in look.before)
    set_gradients(params, look.gradient or grads)
    logits = predict(part.xb, params)
    value = part.weigh(LOSSES[loss])(logits, part.yb)
    value.backward()  # adds to the gradient
    right = right_probabilities(logits.detach(), part.yb)
    kept = slice(max(0, shown - look.seen))
    return replace(
        look,
        # Copies: a slice that is sent to another process takes the whole batch with it.
        images=torch.cat([look.images, part.xb[kept]]),
        targets=torch.cat([look.targets, part.yb[kept]]),
        p=torch.cat([look.p, right[kept]]),
        gradient=tuple(p.grad for p in params),
        seen=look.seen + len(part.yb),
        loss=look.loss + value.item(),
        mean_p=look.mean_p + part.share * right.mean().item(),
    )


@torch.no_grad()
def _after(look: NextStep, part: Part, loss: str) -> NextStep:
    """Add some images, as the model sees them after the step."""
    logits = predict(part.xb, look.after)
    return replace(
        look,
        seen_after=look.seen_after + len(part.yb),
        loss_after=look.loss_after + part.weigh(LOSSES[loss])(logits, part.yb).item(),
        mean_p_after=look.mean_p_after + part.share * right_probabilities(logits, part.yb).mean().item(),
    )

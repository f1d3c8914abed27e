"""What workers compute that is more than one function of `core`. They get training data where a source is passed."""

from core.model import Params
from core.rates.loss_landscape import LossMap, Slice, loss_map, slice_along_gradient, walk
from core.training.data import TrainingData, count_seen
from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import score


def warm_up() -> None:
    """Have the worker import this module, and PyTorch with it, before the first click needs them."""


def look_along(
    data: TrainingData, config: Config, hyper: Hyperparameters, steps: int, lr: float
) -> tuple[Slice, TrainState]:
    """Train some steps, then look along the gradient as `slice_along_gradient` does. Also returns the state there."""
    state, _ = walk(data, config, hyper, steps)
    return slice_along_gradient(state.params, data, config.loss, lr), state


def map_path(data: TrainingData, config: Config, hyper: Hyperparameters, steps: int, points: int) -> LossMap | None:
    """Train some steps and map the loss around their path as `loss_map` does; None if the path is too short."""
    state, path = walk(data, config, hyper, steps, points)
    return loss_map(path, state.params, data, config.loss) if len(path) > 2 else None


def compare(params: Params, trained_on: TrainingData, tested_on: TrainingData, loss: str) -> tuple[float, int, int]:
    """Return the accuracy of a model on another dataset, how many images that is of, and how many it has seen."""
    return score(params, tested_on, loss), len(tested_on.valid_y), count_seen(trained_on, tested_on)

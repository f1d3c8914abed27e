"""What worker processes are asked to do: each takes values and gives values."""

from torch import Tensor

from core.classifiers import training
from core.classifiers.training import ClassifierState
from core.model import Params
from core.rates.loss_landscape import LossMap, Slice, loss_map, slice_along_gradient, walk
from core.rates.lr_finder import LRRangeTest, lr_range_test
from core.rates.sweep import SweepProgress, SweepState, sweep_steps
from core.training.data import TrainingData, count_seen
from core.training.next_step import NextStep, look_at_step
from core.training.run import Config, Hyperparameters, Progress, TrainState
from core.training.sgd import score, train_steps
from live.data_source import Source

FOREVER = 10**9


def warm_up(source: Source | None = None) -> None:
    """Have PyTorch imported, and the data read if a source is given, before the first click needs them."""
    if source:
        source.load()


def train(
    state: TrainState,
    source: Source | TrainingData,
    config: Config,
    hyper: Hyperparameters,
    most: int = FOREVER,
    seconds: float = float("inf"),
) -> tuple[TrainState, Progress]:
    """Take steps as `train_steps` does, on the data that the source names."""
    return train_steps(state, _data(source), config, hyper, most, seconds)


def look(state: TrainState, source: Source | TrainingData, config: Config, hyper: Hyperparameters) -> NextStep:
    """Take the next step apart as `look_at_step` does, on the data that the source names."""
    return look_at_step(state, _data(source), config, hyper)


def sweep(
    state: SweepState,
    source: Source | TrainingData,
    config: Config,
    lr: Tensor,
    batch_size: int,
    epochs: int,
    seconds: float,
) -> tuple[SweepState, SweepProgress]:
    """Take steps as `sweep_steps` does, on the data that the source names."""
    return sweep_steps(state, _data(source), config, lr, batch_size, epochs, seconds)


def find_rates(
    source: Source | TrainingData, config: Config, batch_size: int, low: float, high: float, count: int
) -> LRRangeTest:
    """Make a range test as `lr_range_test` does, on the data that the source names."""
    return lr_range_test(_data(source), config, batch_size, low, high, count)


def look_along(
    source: Source | TrainingData, config: Config, hyper: Hyperparameters, steps: int, lr: float
) -> tuple[Slice, TrainState]:
    """Train some steps, then look along the gradient as `slice_along_gradient` does. Also returns the state there."""
    state, _ = walk(_data(source), config, hyper, steps)
    return slice_along_gradient(state.params, _data(source), config.loss, lr), state


def map_path(
    source: Source | TrainingData, config: Config, hyper: Hyperparameters, steps: int, points: int
) -> LossMap | None:
    """Train some steps and map the loss round their path as `loss_map` does; None if the path is too short for that."""
    state, path = walk(_data(source), config, hyper, steps, points)
    return loss_map(path, state.params, _data(source), config.loss) if len(path) > 2 else None


def compare(
    params: Params, trained_on: Source | TrainingData, tested_on: Source | TrainingData, loss: str
) -> tuple[float, int, int]:
    """Return the accuracy of a model on another dataset, how many images that is of, and how many it has seen."""
    data = _data(tested_on)
    return score(params, data, loss), len(data.valid_y), count_seen(_data(trained_on), data)


def train_classifier(state: ClassifierState, source: Source | TrainingData, seconds: float) -> ClassifierState:
    """Train a judge of drawings for some seconds, on the data that the source names."""
    return training.train_steps(state, _data(source), FOREVER, seconds)


def _data(source: Source | TrainingData) -> TrainingData:
    return source.load() if isinstance(source, Source) else source

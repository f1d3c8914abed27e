"""What worker processes are asked to do: each takes values and gives values."""

from core.comparing import count_seen, score
from core.model import Params
from core.stages import NextStep, look_at_step
from core.training import Config, Knobs, Progress, TrainState, train_steps
from core.training_data import Source, TrainingData

FOREVER = 10**9


def warm_up(source: Source | None = None) -> None:
    """Have PyTorch imported, and the data read if a source is given, before the first click needs them."""
    if source:
        source.load()


def train(
    state: TrainState,
    source: Source | TrainingData,
    config: Config,
    knobs: Knobs,
    most: int = FOREVER,
    seconds: float = float("inf"),
) -> tuple[TrainState, Progress]:
    """Take steps as `train_steps` does, on the data that the source names."""
    return train_steps(state, _data(source), config, knobs, most, seconds)


def look(state: TrainState, source: Source | TrainingData, config: Config, knobs: Knobs) -> NextStep:
    """Take the next step apart as `look_at_step` does, on the data that the source names."""
    return look_at_step(state, _data(source), config, knobs)


def compare(
    params: Params, trained_on: Source | TrainingData, tested_on: Source | TrainingData, loss: str
) -> tuple[float, int, int]:
    """Return the accuracy of a model on another dataset, how many images that is of, and how many it has seen."""
    data = _data(tested_on)
    return score(params, data, loss), len(data.valid_y), count_seen(_data(trained_on), data)


def _data(source: Source | TrainingData) -> TrainingData:
    return source.load() if isinstance(source, Source) else source

"""What worker processes are asked to do: each takes values and gives values."""

from core import judges
from core.judges import JudgeState
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


def train_judge(state: JudgeState, source: Source | TrainingData, seconds: float) -> JudgeState:
    """Train a judge of drawings for some seconds, on the data that the source names."""
    return judges.train_steps(state, _data(source), FOREVER, seconds)


def _data(source: Source | TrainingData) -> TrainingData:
    return source.load() if isinstance(source, Source) else source

"""Runs to test training on: made-up digits, and ways to take steps."""

import pickle
from dataclasses import is_dataclass

from torch import Tensor

from core.training.run import Config, Hyperparameters, TrainState
from core.training.sgd import start, train_steps
from tests import made_up

DATA, THREE, TEN = made_up.digits(), made_up.digits(3), made_up.digits(10)
IMAGES = len(DATA.train_x)
CONFIG = Config(loss="binary cross-entropy")
STAND_STILL = Hyperparameters(lr=0.0, batch_size=1)  # so that the loss of a step tells which image it was taken on


def train(steps: int, config=CONFIG, hyper=None, data=DATA, state=None):
    """Take steps as a worker does: with a copy of the configuration that was sent to it."""
    sent = pickle.loads(pickle.dumps(config))
    return train_steps(state or start(config), data, sent, hyper or Hyperparameters(), steps)


def in_chunks(sizes, config, hyper, data):
    """Take steps in several calls, as a run that is paused now and then; return the last state and the history."""
    state, losses, positions, epochs = start(config), [], [], []
    for size in sizes:
        state, progress = train(size, config, hyper, data, pickle.loads(pickle.dumps(state)))
        losses += progress.losses
        positions += progress.positions
        epochs += progress.epochs
    return state, losses, positions, epochs


def bits(value) -> object:
    """Return a value such that two are equal if what they were made of is the same to the last bit."""
    if isinstance(value, Tensor):
        return value.numpy().tobytes()
    if isinstance(value, tuple):
        return [bits(one) for one in value]
    return [bits(one) for one in vars(value).values()] if is_dataclass(value) else repr(value)


def same(a: TrainState, b: TrainState) -> bool:
    return bits(a) == bits(b)

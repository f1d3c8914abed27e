"""What is known of a class at one moment: values that no one can change, and that name no secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

HERE_S = 25.0  # since a learner was last seen: a page says so every ten seconds


@dataclass(frozen=True)
class Call:
    """Where the teacher calls everybody. number: another for each call; query: the settings, as a link has them.

    page: the name of a page, "" if the teacher calls nobody; hold: whether pages follow by themselves.
    """

    number: int = 0
    page: str = ""
    query: str = ""
    hold: bool = False


@dataclass(frozen=True)
class Seat:
    """A learner's place in a class."""

    class_id: int
    learner: int
    nickname: str
    code: str


@dataclass(frozen=True)
class Learner:
    """A learner. page: the one that is open; seen: when, as time.time has it; left: whether only their things stay."""

    id: int
    nickname: str
    page: str
    seen: float
    hand: bool
    left: bool


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing that was handed in: (28, 28) uint8, and the digit that it was meant to be."""

    id: int
    learner: int
    pixels: np.ndarray
    strokes: str
    meant: int
    hidden: bool


@dataclass(frozen=True)
class Guess:
    """What a learner has answered to the question of a page, before the answer was shown."""

    learner: int
    page: str
    question: str
    options: tuple[str, ...]
    chosen: str


@dataclass(frozen=True)
class Run:
    """A run that was handed in. accuracy: on the validation data, a share; query: its set-up, as a link has it."""

    id: int
    learner: int
    query: str
    about: str
    rate: float
    accuracy: float
    epochs: float


@dataclass(frozen=True)
class Room:
    """A class as it was when it was read."""

    id: int
    code: str
    revision: int
    call: Call
    hides: frozenset[str]
    dataset: int
    learners: tuple[Learner, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    guesses: tuple[Guess, ...] = ()
    runs: tuple[Run, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)  # nicknames by the numbers of learners

    def here(self, learner: Learner, now: float) -> bool:
        """Return whether a learner is here. now: as time.time has it."""
        return not learner.left and now - learner.seen < HERE_S

    @property
    def shown(self) -> tuple[Drawing, ...]:
        """The drawings that the teacher has not hidden."""
        return tuple(one for one in self.drawings if not one.hidden)

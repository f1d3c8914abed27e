"""What is known of a class at one moment: values that no one can change, and that name no secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, Row, select

from core.dataset import SIDE
from live.classroom.schema import classes, drawings, guesses, learners, runs

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


def read_room(connection: Connection, class_id: int, since: float, before: Room | None = None) -> Room | None:
    """Read a class: one query; four more if anything was handed in, hidden or removed since `before`.

    since: of what time its last act may be at most, or it has expired. None if there is no such class.
    """
    own = [column for column in learners.c if column.name not in ("seat", "class_id", "handed_in")]
    query = (
        select(
            *[column.label(f"class_{column.name}") for column in classes.c if column.name != "teacher"],
            *[column.label(f"learner_{column.name}") for column in own],
            learners.c.seat.is_(None).label("learner_left"),
        )
        .join_from(classes, learners, isouter=True)
        .where(classes.c.id == class_id, classes.c.touched >= since)
        .order_by(learners.c.id)
    )
    rows = connection.execute(query).all()
    if not rows:
        return None
    people = tuple(_learner(row) for row in rows if row.learner_id is not None)
    first = rows[0]
    if before is not None and before.revision == first.class_revision:
        things = before.drawings, before.guesses, before.runs
    else:
        things = _read_things(connection, class_id, before)
    return Room(
        class_id,
        first.class_code,
        first.class_revision,
        Call(first.class_call, first.class_page, first.class_query, first.class_hold),
        frozenset(first.class_hidden.split()),
        first.class_dataset,
        people,
        *things,
        {one.id: one.nickname for one in people},
    )


def _learner(row: Row) -> Learner:
    return Learner(
        row.learner_id,
        row.learner_nickname,
        row.learner_page,
        row.learner_seen,
        row.learner_hand,
        bool(row.learner_left),
    )


def _read_things(connection: Connection, class_id: int, before: Room | None):
    """Return drawings, guesses and runs. The pixels of drawings that are known already are not read again."""
    known = {one.id: one.pixels for one in before.drawings} if before else {}

    def of_class(table, *left_out):
        columns = [column for column in table.c if column.name not in ("class_id", *left_out)]
        return connection.execute(select(*columns).where(table.c.class_id == class_id).order_by(table.c.id)).all()

    listed = of_class(drawings, "pixels")
    new = select(drawings.c.id, drawings.c.pixels).where(
        drawings.c.class_id == class_id, drawings.c.id > max(known, default=0)
    )
    known |= {row.id: np.frombuffer(row.pixels, np.uint8).reshape(SIDE, SIDE) for row in connection.execute(new)}
    return (
        tuple(
            Drawing(row.id, row.learner_id, known[row.id], row.strokes, row.meant, row.hidden)
            for row in listed
            if row.id in known  # not if it was removed in between
        ),
        tuple(
            Guess(row.learner_id, row.page, row.question, tuple(json.loads(row.options)), row.chosen)
            for row in of_class(guesses)
        ),
        tuple(
            Run(row.id, row.learner_id, row.query, row.about, row.rate, row.accuracy, row.epochs)
            for row in of_class(runs)
        ),
    )

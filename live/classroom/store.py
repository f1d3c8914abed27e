"""What a teacher and learners can do in a class. Each act is stored, with all that it changes, when its call returns.

Whoever acts shows a secret: the teacher's, or that of a seat. So nobody can act for another, whatever a page sends.
"""

import json

import numpy as np
from sqlalchemy import Connection, Row, select

from core.dataset import SIDE
from live.classroom import limits
from live.classroom.learner import LearnerActs
from live.classroom.room import Call, Drawing, Guess, Learner, Room, Run
from live.classroom.schema import classes, drawings, guesses, learners, runs
from live.classroom.teacher import TeacherActs


class ClassStore(TeacherActs, LearnerActs):
    """All classes of a database."""

    def room(self, class_id: int, before: Room | None = None) -> Room | None:
        """Return a class as it is now; None if it has ended. before: what it was, so that less need be read."""
        with self.database.read() as connection:
            return read_room(connection, class_id, self.clock() - limits.KEPT_S, before)

    def remove_expired(self) -> None:
        """Delete the classes in which nothing has happened for a day."""
        with self.database.write() as connection:
            self.delete_expired(connection)


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
    """Return drawings, guesses and runs. Pixels and strokes of drawings that are known already are not read again."""
    known = {one.id: (one.pixels, one.strokes) for one in before.drawings} if before else {}

    def of_class(table, *left_out):
        columns = [column for column in table.c if column.name not in ("class_id", *left_out)]
        return connection.execute(select(*columns).where(table.c.class_id == class_id).order_by(table.c.id)).all()

    listed = of_class(drawings, "pixels", "strokes")
    new = select(drawings.c.id, drawings.c.pixels, drawings.c.strokes).where(
        drawings.c.class_id == class_id, drawings.c.id > max(known, default=0)
    )
    for row in connection.execute(new):
        known[row.id] = np.frombuffer(row.pixels, np.uint8).reshape(SIDE, SIDE), row.strokes
    return (
        tuple(
            Drawing(row.id, row.learner_id, *known[row.id], row.meant, row.hidden)
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

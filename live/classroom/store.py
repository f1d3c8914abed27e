"""What a teacher and learners can do in a class. Each act is stored, with all that it changes, when its call returns.

Whoever acts shows a secret: the teacher's, or that of a seat. So nobody can act for another, whatever a page sends.
"""

import json

import numpy as np
from sqlalchemy import Connection, select

from core.dataset import SIDE
from live.classroom.learner import LearnerActs
from live.classroom.room import Call, Drawing, Guess, Learner, Room, Run
from live.classroom.schema import classes, drawings, guesses, learners, runs
from live.classroom.teacher import TeacherActs


class ClassStore(TeacherActs, LearnerActs):
    """All classes of a database."""

    def room(self, class_id: int, before: Room | None = None) -> Room | None:
        """Return a class as it is now; None if it has ended.

        One query; four more if anything was handed in, hidden or removed since `before`, the class as it was.
        """
        room = classes.c
        of_class = room.code, room.revision, room.call, room.page, room.query, room.hold, room.hidden, room.dataset
        one = learners.c
        of_learner = one.id, one.nickname, one.page, one.seen, one.hand, one.seat.is_(None)
        query = (
            select(*of_class, *of_learner)
            .join_from(classes, learners, isouter=True)
            .where(room.id == class_id, self.alive())
            .order_by(one.id)
        )
        with self.database.read() as connection:
            rows = connection.execute(query).all()
            if not rows:
                return None
            code, revision, *call, hidden, dataset = rows[0][: len(of_class)]
            if before is not None and before.revision == revision:
                things = before.drawings, before.guesses, before.runs
            else:
                things = _read_things(connection, class_id, before)
        people = tuple(Learner(*row[len(of_class) :]) for row in rows if row[len(of_class)] is not None)
        names = {learner.id: learner.nickname for learner in people}
        return Room(class_id, code, revision, Call(*call), frozenset(hidden.split()), dataset, people, *things, names)

    def remove_expired(self) -> None:
        """Delete the classes in which nothing has happened for a day."""
        with self.database.write() as connection:
            self.delete_expired(connection)


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
        tuple(Run(*row) for row in of_class(runs)),  # its fields are the columns of the table
    )

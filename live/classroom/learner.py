"""What a learner can do in a class."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from sqlalchemy import Connection, Table, delete, select, update

from core.dataset import SIDE
from live.classroom import limits
from live.classroom.acts import Acts, count, mark_changed, summed
from live.classroom.limits import ClassError
from live.classroom.room import Seat
from live.classroom.schema import classes, drawings, guesses, learners, runs
from live.classroom.tokens import hashed, new_nickname, new_secret, read_code


class LearnerActs(Acts):
    """Each act shows the secret of a seat. It raises ClassError if it can't be, Unreachable if the database is away."""

    def join(self, typed: str) -> str:
        """Take a seat in the class that has this code, and return its secret. Raises ClassError if that can't be."""
        secret = new_secret()
        with self.database.write() as connection:
            found = select(classes.c.id).where(classes.c.code == read_code(typed), self.alive())
            class_id = self.begin_act(connection, found)
            if class_id is None:
                raise ClassError(limits.NO_CLASS)
            names = self._nicknames(connection, class_id)
            if len(names) >= limits.LEARNERS:
                raise ClassError(limits.FULL)
            new = {"class_id": class_id, "seat": hashed(secret), "seen": self.clock()}
            connection.execute(learners.insert().values(**new, nickname=new_nickname(names)))
        return secret

    def seat(self, secret: str) -> Seat | None:
        """Return whose seat this is; None if the learner has left, the class has ended, or this is no seat's secret."""
        with self.database.read() as connection:
            row = connection.execute(self._seat(secret)).first()
        return Seat(*row) if row else None

    def rename(self, secret: str) -> str:
        """Give a learner another nickname by lot, and return it."""
        with self._sitting(secret) as (connection, seat):
            name = new_nickname(self._nicknames(connection, seat.class_id))
            connection.execute(_own(seat).values(nickname=name))
        return name

    def be_at(self, secret: str, page: str) -> None:
        """Record that a learner is here, and on which page. This is no act: it lets no class live longer."""
        with self.database.write() as connection:
            here = update(learners).where(learners.c.seat == summed(secret))
            connection.execute(here.values(page=page, seen=self.clock()))

    def raise_hand(self, secret: str, up: bool) -> None:
        """Put a learner's hand up or down."""
        with self._sitting(secret) as (connection, seat):
            connection.execute(_own(seat).values(hand=up))

    def hand_in_drawing(self, secret: str, pixels: np.ndarray, strokes: str, meant: int) -> None:
        """Hand in a drawing: (28, 28) uint8, its strokes as text, "" without, and the digit that it was meant to be.

        The same as the last one is not kept twice. Raises ClassError if that can't be.
        """
        if pixels.shape != (SIDE, SIDE) or pixels.dtype != np.uint8 or meant not in range(10) or not pixels.any():
            raise ClassError(limits.NO_DRAWING)
        strokes = strokes if len(strokes) <= limits.LONGEST_STROKES else ""
        new = {"pixels": pixels.tobytes(), "strokes": strokes, "meant": int(meant)}
        self._hand_in(secret, drawings, new, limits.DRAWINGS, limits.TOO_MANY_DRAWINGS)

    def take_back_drawing(self, secret: str, drawing: int) -> None:
        """Delete a drawing of one's own."""
        self._take_back(secret, drawings, drawing)

    def hand_in_run(self, secret: str, query: str, about: str, rate: float, accuracy: float, epochs: float) -> None:
        """Hand in a run with its set-up. The last one is not kept twice. Raises ClassError if it can't be."""
        new = {"query": query, "about": about[:200], "rate": rate, "accuracy": accuracy, "epochs": epochs}
        if len(query) > limits.LONGEST_QUERY or not (0 < rate < 1e9 and 0 <= accuracy <= 1 and 0 <= epochs < 1e9):
            raise ClassError("This run can't be handed in: its settings are too long, or its figures make no sense.")
        self._hand_in(secret, runs, new, limits.RUNS, limits.TOO_MANY_RUNS)

    def take_back_run(self, secret: str, run: int) -> None:
        """Delete a run of one's own."""
        self._take_back(secret, runs, run)

    def guess(self, secret: str, page: str, question: str, options: list[str], chosen: str) -> None:
        """Record what a learner has answered to the question of a page. The first answer counts."""
        with self._sitting(secret) as (connection, seat):
            own = guesses.c.learner_id == seat.learner
            answered = connection.execute(select(guesses.c.page).where(own)).scalars().all()
            if page in answered or len(answered) >= limits.GUESSES:
                return
            new = {"page": page[:40], "question": question[:500], "options": json.dumps(options), "chosen": chosen}
            connection.execute(guesses.insert().values(class_id=seat.class_id, learner_id=seat.learner, **new))
            mark_changed(connection, seat.class_id)

    def leave(self, secret: str, take_away: bool) -> None:
        """Leave the class. take_away: whether all that the learner has handed in is deleted, too."""
        with self._sitting(secret) as (connection, seat):
            tables = drawings, guesses, runs
            things = sum(count(connection, table, table.c.learner_id == seat.learner) for table in tables)
            if take_away or not things:
                connection.execute(delete(learners).where(learners.c.id == seat.learner))
                mark_changed(connection, seat.class_id)
            else:
                connection.execute(_own(seat).values(seat=None, hand=False))

    def _seat(self, secret: str):
        found = select(classes.c.id, learners.c.id, learners.c.nickname, classes.c.code).join_from(classes, learners)
        return found.where(learners.c.seat == summed(secret), self.alive())

    @contextmanager
    def _sitting(self, secret: str) -> Iterator[tuple[Connection, Seat]]:
        """Begin an act of a learner. Raises ClassError if the learner has left or the class has ended."""
        with self.database.write() as connection:
            self.begin_act(connection, self._seat(secret).with_only_columns(classes.c.id))
            row = connection.execute(self._seat(secret)).first()  # only now: nobody can leave any more
            if row is None:
                raise ClassError(limits.NO_SEAT)
            yield connection, Seat(*row)

    def _hand_in(self, secret: str, table: Table, new: dict, most: int, too_many: str) -> None:
        with self._sitting(secret) as (connection, seat):
            now = self.clock()
            own = table.c.learner_id == seat.learner
            last = connection.execute(select(table).where(own).order_by(table.c.id.desc()).limit(1)).mappings().first()
            if last and all(last[name] == value for name, value in new.items()):
                return
            before = connection.execute(select(learners.c.handed_in).where(learners.c.id == seat.learner)).scalar_one()
            if 0 <= now - before < limits.APART_S:
                raise ClassError(limits.TOO_SOON)
            if count(connection, table, own) >= most:
                raise ClassError(too_many)
            connection.execute(table.insert().values(class_id=seat.class_id, learner_id=seat.learner, **new))
            connection.execute(_own(seat).values(handed_in=now))
            mark_changed(connection, seat.class_id)

    def _take_back(self, secret: str, table: Table, number: int) -> None:
        with self._sitting(secret) as (connection, seat):
            connection.execute(delete(table).where(table.c.id == number, table.c.learner_id == seat.learner))
            mark_changed(connection, seat.class_id)

    def _nicknames(self, connection: Connection, class_id: int) -> set[str]:
        return set(connection.execute(select(learners.c.nickname).where(learners.c.class_id == class_id)).scalars())


def _own(seat: Seat):
    return update(learners).where(learners.c.id == seat.learner)

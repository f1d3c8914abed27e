"""What all acts in a class have in common.

Two acts of one class never go on at the same time, since each begins by changing the row of its class: no limit can be
passed by two that count at once.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection, Table, delete, func, select, update

from live.classroom import limits
from live.classroom.database import Database
from live.classroom.schema import classes
from live.classroom.tokens import hashed


class Acts:
    """The database of the classes. Any thread may use it.

    clock: the time, as time.time has it.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time):
        self.database, self.clock = database, clock

    def alive(self):
        """Return the condition that a class has not expired."""
        return classes.c.touched >= self.clock() - limits.KEPT_S

    def class_query(self, teacher: str):
        """Return the query for the number of a teacher's class."""
        return select(classes.c.id).where(classes.c.teacher == summed(teacher), self.alive())

    def begin_act(self, connection: Connection, found) -> int | None:
        """Let the class that a query finds live on, and keep others from acting in it until this act is stored."""
        touched = update(classes).where(classes.c.id.in_(found)).values(touched=self.clock())
        return connection.execute(touched.returning(classes.c.id)).scalar()

    def delete_expired(self, connection: Connection) -> None:
        """Delete the classes in which nothing has happened for a day."""
        connection.execute(delete(classes).where(~self.alive()))


def summed(secret: str | None) -> str:
    """Return the sum by which a secret is known; of what can't be a secret, or without one, a text that no sum is."""
    try:
        return hashed(secret or "")
    except ValueError:
        return "none"


def count(connection: Connection, table: Table, *where) -> int:
    """Return how many rows of a table meet some conditions."""
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def mark_changed(connection: Connection, class_id: int) -> None:
    """Let readers know that something was handed in, hidden or removed."""
    connection.execute(update(classes).where(classes.c.id == class_id).values(revision=classes.c.revision + 1))

"""What a teacher can do in a class."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Delete, Update, delete, update
from sqlalchemy.exc import IntegrityError

from live.classroom import limits
from live.classroom.acts import Acts, count, mark_changed
from live.classroom.limits import ClassError
from live.classroom.schema import classes, drawings, version
from live.classroom.tokens import hashed, new_code, new_secret

TRIES = 10  # to find a code that no other class has


class TeacherActs(Acts):
    """Each act shows the teacher's secret. Each raises Unreachable if the database is away."""

    def start(self) -> str:
        """Start a class and return the teacher's secret. Raises ClassError if the server holds too many."""
        secret = new_secret()
        for _ in range(TRIES):
            with suppress(IntegrityError):  # another class has this code
                with self.database.write() as connection:
                    connection.execute(update(version).values(number=version.c.number))  # one start at a time
                    self.delete_expired(connection)
                    if count(connection, classes) >= limits.CLASSES:
                        raise ClassError(limits.TOO_MANY_CLASSES)
                    new = {"code": new_code(), "teacher": hashed(secret), "touched": self.clock()}
                    connection.execute(classes.insert().values(new))
                return secret
        raise ClassError(limits.TOO_MANY_CLASSES)

    def class_of(self, teacher: str) -> int | None:
        """Return the number of a teacher's class; None if it has ended, or if this is no teacher's secret."""
        with self.database.read() as connection:
            return connection.execute(self.class_query(teacher)).scalar()

    def call(self, teacher: str, page: str, query: str, hold: bool = False) -> None:
        """Call everybody to a page with some settings; hold: whether the learners' pages go there by themselves.

        Without a page, nobody is called any longer.
        """
        if len(query) > limits.LONGEST_QUERY:
            raise ClassError("These settings are too long to be sent.")
        self._as_teacher(teacher, call=classes.c.call + 1, page=page, query=query, hold=hold)

    def hide_controls(self, teacher: str, names: list[str]) -> None:
        """Hide some controls on the pages of all learners, and show all others."""
        self._as_teacher(teacher, hidden=" ".join(names))

    def use_as_dataset(self, teacher: str, newest: int) -> None:
        """Let the drawings up to the newest of these be the class's dataset; 0: none of them."""
        self._as_teacher(teacher, dataset=newest)

    def hide_drawing(self, teacher: str, drawing: int, hidden: bool = True) -> None:
        """Hide a drawing of this class, or show it again."""
        self._change_drawing(teacher, drawing, update(drawings).values(hidden=hidden))

    def remove_drawing(self, teacher: str, drawing: int) -> None:
        """Delete a drawing of this class."""
        self._change_drawing(teacher, drawing, delete(drawings))

    def end(self, teacher: str) -> None:
        """Delete a class and all that was handed in."""
        with self.database.write() as connection:
            class_id = self.begin_act(connection, self.class_query(teacher))
            connection.execute(delete(classes).where(classes.c.id == class_id))

    @contextmanager
    def _teaching(self, teacher: str) -> Iterator[tuple[Connection, int]]:
        """Begin an act in a teacher's class, whose number is yielded. Raises ClassError if it has ended."""
        with self.database.write() as connection:
            class_id = self.begin_act(connection, self.class_query(teacher))
            if class_id is None:
                raise ClassError(limits.ENDED)
            yield connection, class_id

    def _as_teacher(self, teacher: str, **values) -> None:
        with self._teaching(teacher) as (connection, class_id):
            connection.execute(update(classes).where(classes.c.id == class_id).values(values))

    def _change_drawing(self, teacher: str, drawing: int, change: Update | Delete) -> None:
        with self._teaching(teacher) as (connection, class_id):
            connection.execute(change.where(drawings.c.id == drawing, drawings.c.class_id == class_id))
            mark_changed(connection, class_id)

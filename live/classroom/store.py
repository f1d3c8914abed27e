"""What a teacher and learners can do in a class. Each act is stored, with all that it changes, when its call returns.

Whoever acts shows a secret: the teacher's, or that of a seat. So nobody can act for another, whatever a page sends.
"""

from live.classroom import limits
from live.classroom.learner import LearnerActs
from live.classroom.room import Room, read_room
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

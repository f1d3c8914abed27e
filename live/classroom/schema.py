"""The tables of all classes, and how those that an earlier version has made become those of this one."""

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    text,
    update,
)

from live.classroom.limits import NEWER, ClassError

meta = MetaData()
CASCADE = {"ondelete": "CASCADE"}
LOCK = 377_377  # the number of the app's own lock in PostgreSQL
# A number is never given twice: whoever was in a class that has ended can't get into another, and a drawing in memory
# can't be taken for another. PostgreSQL does so anyway.
NEVER_TWICE = {"sqlite_autoincrement": True}

version = Table("schema_version", meta, Column("number", Integer, nullable=False))
classes = Table(
    "classes",
    meta,
    Column("id", Integer, primary_key=True),
    Column("code", String(6), unique=True, nullable=False),
    Column("teacher", String(64), unique=True, nullable=False),  # the sum of the secret
    Column("touched", Float, nullable=False),  # the last act, as time.time has it
    Column("revision", Integer, nullable=False, default=0),  # changes when something is handed in, hidden or removed
    Column("call", Integer, nullable=False, default=0),  # changes each time that the teacher calls everybody
    Column("page", String(40), nullable=False, default=""),  # where the teacher calls everybody, "" if nowhere
    Column("query", Text, nullable=False, default=""),  # and with which settings
    Column("hold", Boolean, nullable=False, default=False),  # whether pages follow by themselves
    Column("hidden", Text, nullable=False, default=""),  # names of controls, with spaces between them
    Column("dataset", Integer, nullable=False, default=0),  # the newest drawing in the class's dataset, 0 if none
    **NEVER_TWICE,
)
learners = Table(
    "learners",
    meta,
    Column("id", Integer, primary_key=True),
    Column("class_id", ForeignKey(classes.c.id, **CASCADE), nullable=False, index=True),
    Column("seat", String(64), unique=True),  # the sum of the secret; None once the learner has left
    Column("nickname", String(40), nullable=False),
    Column("page", String(40), nullable=False, default=""),
    Column("seen", Float, nullable=False),
    Column("hand", Boolean, nullable=False, default=False),
    Column("handed_in", Float, nullable=False, default=0.0),  # when something was handed in last
    UniqueConstraint("class_id", "nickname"),
    **NEVER_TWICE,
)


def _by_learner(name: str, *columns: Column | UniqueConstraint, **more) -> Table:
    return Table(
        name,
        meta,
        Column("id", Integer, primary_key=True),
        Column("class_id", ForeignKey(classes.c.id, **CASCADE), nullable=False, index=True),
        Column("learner_id", ForeignKey(learners.c.id, **CASCADE), nullable=False, index=True),
        *columns,
        **more,
    )


drawings = _by_learner(
    "drawings",
    Column("pixels", LargeBinary(784), nullable=False),
    Column("strokes", Text, nullable=False),
    Column("meant", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False, default=False),
    **NEVER_TWICE,
)
guesses = _by_learner(
    "guesses",
    Column("page", String(40), nullable=False),
    Column("question", Text, nullable=False),
    Column("options", Text, nullable=False),  # as a list in JSON
    Column("chosen", Text, nullable=False),
    UniqueConstraint("learner_id", "page"),
)
runs = _by_learner(
    "runs",
    Column("query", Text, nullable=False),  # the set-up, as a link to Training has it
    Column("about", Text, nullable=False),
    Column("rate", Float, nullable=False),
    Column("accuracy", Float, nullable=False),
    Column("epochs", Float, nullable=False),
    **NEVER_TWICE,
)

# What turns version 1 into 2, 2 into 3 and so on: SQL that SQLite and PostgreSQL both read.
MIGRATIONS: tuple[tuple[str, ...], ...] = ()
VERSION = 1 + len(MIGRATIONS)


def migrate(connection: Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Make the tables, or bring them to this version. Raises ClassError if a later version has made them.

    Servers that start together wait for each other: to be called in a transaction that writes.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    newest = 1 + len(migrations)
    if not inspect(connection).has_table(version.name):
        meta.create_all(connection)
        connection.execute(insert(version).values(number=newest))
        return
    found = connection.execute(version.select()).scalar_one()
    if found > newest:
        raise ClassError(NEWER)
    for statements in migrations[found - 1 :]:
        for statement in statements:
            connection.execute(text(statement))
    connection.execute(update(version).values(number=newest))

"""The database of the classes: one file of SQLite in the app's folder, or the PostgreSQL that a variable names."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, TimeoutError

from live.classroom.limits import ClassError, Unreachable
from live.classroom.schema import migrate
from sources.home import home

VARIABLE = "THREE_OR_SEVEN_DATABASE"
FILE = "classes.db"
WAIT_S = 5  # for a lock, a connection, or a server that does not answer
# How long the client of PostgreSQL waits to connect, and for a network that no longer carries anything.
PATIENCE = {
    "connect_timeout": WAIT_S,
    "keepalives_idle": WAIT_S,
    "keepalives_interval": 1,
    "tcp_user_timeout": 1000 * WAIT_S,  # milliseconds
}


class Database:
    """Reads and writes in transactions. Any thread may use it; the first that does makes the tables.

    url: of SQLAlchemy; the variable's, or the file's, if None. Raises ClassError if it makes no sense.
    """

    def __init__(self, url: str | None = None):
        file = URL.create("sqlite", database=str(home() / FILE))
        self._engine = _engine(url or os.environ.get(VARIABLE) or file)
        self._ready, self._lock = False, threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: what is done in it is stored when the block has ended, or not at all.

        Raises Unreachable if the database does not answer.
        """
        with _answering(), self._prepared().begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read from. Raises Unreachable if the database does not answer."""
        with _answering(), self._prepared().connect() as connection:
            yield connection.execution_options(reads=True)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _prepared(self) -> Engine:
        with self._lock:
            if not self._ready:
                if self._engine.url.get_backend_name() == "sqlite":
                    Path(self._engine.url.database).parent.mkdir(parents=True, exist_ok=True)
                with self._engine.begin() as connection:
                    migrate(connection)
                self._ready = True
        return self._engine


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except IntegrityError:  # the caller's affair
        raise
    except (DBAPIError, TimeoutError, OSError):
        raise Unreachable from None


def _engine(named: str | URL) -> Engine:
    try:
        url = make_url(named)
        sqlite = url.get_backend_name() == "sqlite"
        # Tests its connections before it uses them: they may be older than the last start of the database.
        patience = {"timeout": WAIT_S} if sqlite else PATIENCE
        engine = create_engine(url, pool_pre_ping=True, pool_timeout=WAIT_S, connect_args=patience)
    except (ArgumentError, NoSuchModuleError, ImportError) as problem:
        raise ClassError(f"{VARIABLE} names no database that this app can use: {type(problem).__name__}.") from None
    if sqlite:
        event.listen(engine, "connect", _prepare_file)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _prepare_connection)
    return engine


def _prepare_connection(connection, _record) -> None:
    # Not as an option of the connection: a pooler between would refuse it.
    with connection.cursor() as cursor:
        for name in ("lock_timeout", "statement_timeout"):
            cursor.execute(f"SET {name} = '{WAIT_S}s'")
    connection.commit()


def _prepare_file(connection, _record) -> None:
    connection.isolation_level = None  # Python's module would begin transactions by itself, and too late
    # With secure_delete, what has been deleted is overwritten.
    for line in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {line}")


def _begin(connection: Connection) -> None:
    # A transaction that begins to read and then wants to write would fail if another has written meanwhile.
    reads = connection.get_execution_options().get("reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

"""Stores of classes in SQLite and in PostgreSQL, with a clock that tests set."""

import os
import threading
from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import create_engine

from live.classroom.database import Database
from live.classroom.limits import ClassError
from live.classroom.schema import meta
from live.classroom.store import ClassStore
from tools.postgres import NoPostgres, postgres


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL; without one, tests are skipped, or fail if REQUIRE_POSTGRES is 1."""
    try:
        with postgres() as server:
            yield server
    except NoPostgres as problem:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(str(problem))
        pytest.skip(str(problem))


@pytest.fixture
def empty_postgres(postgres_server):
    """The URL of a PostgreSQL whose database is empty."""
    engine = create_engine(postgres_server.url)
    meta.drop_all(engine)
    engine.dispose()
    return postgres_server.url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """The URL of an empty database, of one kind and then of the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/classes.db"
    return request.getfixturevalue("empty_postgres")


@pytest.fixture
def clock():
    """The clock of the store."""
    return Clock()


@pytest.fixture
def store(url, clock):
    """A store without classes."""
    database = Database(url)
    yield ClassStore(database, clock)
    database.close()


@pytest.fixture
def lesson(store):
    """A class: the teacher's secret, its number and its code."""
    teacher = store.start()
    number = store.class_of(teacher)
    return teacher, number, store.room(number).code


def picture(seed: int = 0) -> np.ndarray:
    """Return some drawing: (28, 28) uint8."""
    return np.random.default_rng(seed).integers(1, 256, (28, 28), dtype=np.uint8)


def at_once(count: int, act: Callable[[ClassStore], object], url: str, clock: Clock) -> tuple[int, list[str]]:
    """Let as many do something at the same moment, each with a store of their own.

    Returns how many of them could do it, and what the others were told.
    """
    done, refusals = [], []

    def one() -> None:
        store = ClassStore(Database(url), clock)
        try:
            done.append(act(store))
        except ClassError as problem:
            refusals.append(str(problem))
        store.database.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done), refusals

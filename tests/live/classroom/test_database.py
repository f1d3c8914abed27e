"""The database: made once, brought to this version, closed to later ones; away and back again."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from live.classroom import limits
from live.classroom.database import FILE, VARIABLE, Database
from live.classroom.limits import ClassError, Unreachable
from live.classroom.schema import VERSION, migrate, version
from live.classroom.store import ClassStore
from sources.home import VARIABLE as HOME
from tests.live.classroom.conftest import picture


def test_another_server_finds_the_class(store, lesson, url):
    other = ClassStore(Database(url), store.clock)
    seat = other.join(lesson[2])
    assert store.seat(seat).code == lesson[2]
    other.database.close()


def test_tables_of_an_earlier_version_are_brought_to_this_one(store, lesson):
    later = (("ALTER TABLE classes ADD COLUMN motto TEXT DEFAULT 'none'",), ("UPDATE classes SET motto = 'all'",))
    for _ in range(2):  # the second time, nothing is left to do
        with store.database.write() as connection:
            migrate(connection, later)
            assert connection.execute(version.select()).scalar_one() == 3
            assert connection.execute(text("SELECT motto FROM classes")).scalar_one() == "all"
            connection.execute(text("UPDATE classes SET motto = 'all'"))
    with store.database.write() as connection:
        connection.execute(text("ALTER TABLE classes DROP COLUMN motto"))
        connection.execute(version.update().values(number=VERSION))


def test_tables_of_a_later_version_are_left_alone(store, lesson, url):
    with store.database.write() as connection:
        connection.execute(version.update().values(number=VERSION + 1))
    late = Database(url)
    with pytest.raises(ClassError, match="later version"), late.read():
        pass
    late.close()


def test_the_app_keeps_its_classes_in_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE, raising=False)
    database = Database()
    ClassStore(database).start()
    database.close()
    assert (tmp_path / "home" / FILE).exists()


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://x", "postgresql+nothing://x"])
def test_a_variable_that_names_no_database_is_said_to(url, monkeypatch):
    monkeypatch.setenv(VARIABLE, url)
    with pytest.raises(ClassError, match=VARIABLE):
        Database()


def test_deleted_drawings_are_overwritten_in_the_file(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/classes.db")
    store = ClassStore(database)
    teacher = store.start()
    ink = np.frombuffer(b"a drawing of mine, to be forgotten. " * 21 + b"." * 28, np.uint8).reshape(28, 28)
    store.hand_in_drawing(store.join(store.room(store.class_of(teacher)).code), ink, "", 3)
    store.end(teacher)
    database.close()
    assert b"to be forgotten" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_file_that_is_locked_for_long_is_said_to_be_out_of_reach(tmp_path, monkeypatch):
    monkeypatch.setattr("live.classroom.database.WAIT_S", 0.1)
    database = Database(f"sqlite:///{tmp_path}/classes.db")
    store = ClassStore(database)
    teacher = store.start()
    other = sqlite3.connect(tmp_path / "classes.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unreachable):
        store.call(teacher, "draw", "")
    assert store.room(store.class_of(teacher)).call.page == ""  # who reads need not wait
    other.execute("ROLLBACK")
    store.call(teacher, "draw", "")
    assert store.room(store.class_of(teacher)).call.page == "draw"
    other.close()
    database.close()


def test_a_postgres_whose_tables_are_locked_for_long_is_said_to_be_out_of_reach(empty_postgres, monkeypatch):
    monkeypatch.setattr("live.classroom.database.WAIT_S", 1)
    store = ClassStore(Database(empty_postgres))
    teacher = store.start()
    number = store.class_of(teacher)

    def sleep() -> None:
        with store.database.read() as connection:
            connection.execute(text("SELECT pg_sleep(20)"))

    acts = (
        lambda: store.call(teacher, "draw", ""),
        lambda: store.room(number),
        sleep,
    )
    other = create_engine(empty_postgres)
    with ThreadPoolExecutor() as threads, other.begin() as connection:
        connection.execute(text("LOCK TABLE classes IN ACCESS EXCLUSIVE MODE"))
        tried = [threads.submit(act) for act in acts]
        problems = [one.exception(timeout=15) for one in tried]
    assert [type(problem) for problem in problems] == [Unreachable] * 3
    store.call(teacher, "draw", "")
    assert store.room(number).call.page == "draw"
    other.dispose()
    store.database.close()


def test_a_database_that_is_killed_in_mid_class_has_all_that_was_acknowledged_when_it_is_back(
    postgres_server, empty_postgres, clock
):
    store = ClassStore(Database(empty_postgres), clock)
    teacher = store.start()
    number = store.class_of(teacher)
    seat = store.join(store.room(number).code)
    for place in range(5):
        store.hand_in_drawing(seat, picture(place), "", 3)
        clock.now += 2
    postgres_server.stop("immediate")
    for act in (
        lambda: store.hand_in_drawing(seat, picture(9), "", 3),
        lambda: store.room(number),
        lambda: store.seat(seat),
    ):
        with pytest.raises(Unreachable, match=f"^{limits.UNREACHABLE[:30]}"):
            act()
    postgres_server.start()
    store.hand_in_drawing(seat, picture(5), "", 3)
    drawings = store.room(number).drawings
    assert [np.array_equal(one.pixels, picture(place)) for place, one in enumerate(drawings)] == [True] * 6
    store.database.close()

"""All sessions of a server share what is read of a class."""

import threading

import pytest

from live.classroom.limits import Unreachable
from live.classroom.reader import FORGET_S, FRESH_S, Reader
from tests.live.classroom.conftest import Clock

SOON = 30  # seconds after which a thread that has not come back is taken to hang


class Counted:
    """A store that counts how often it is read."""

    def __init__(self):
        self.reads, self.away = [], False

    def room(self, class_id, before=None):
        self.reads.append((class_id, before))
        if self.away:
            raise Unreachable
        return f"class {class_id}, read {len(self.reads)}"


def test_a_class_is_read_twice_a_second_whoever_asks():
    store, clock = Counted(), Clock()
    reader = Reader(store, clock)
    assert {reader.room(1) for _ in range(30)} == {"class 1, read 1"}
    assert reader.room(2) == "class 2, read 2"
    clock.now += FRESH_S
    threads = [threading.Thread(target=reader.room, args=(1,)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reader.room(1) == "class 1, read 3"
    assert store.reads == [(1, None), (2, None), (1, "class 1, read 1")]


def test_a_class_that_nobody_asks_for_is_not_kept_in_memory():
    store, clock = Counted(), Clock()
    reader = Reader(store, clock)
    for number in (1, 2):
        reader.room(number)
    for _ in range(2):  # class 1 is asked for all the time, class 2 is not
        clock.now += 0.9 * FORGET_S
        reader.room(1)
    store.reads.clear()
    clock.now += FRESH_S
    reader.room(1), reader.room(2)
    assert store.reads == [(1, "class 1, read 4"), (2, None)]  # class 2 is read as if for the first time


def test_a_database_that_is_away_is_asked_twice_a_second_and_comes_back():
    store, clock = Counted(), Clock()
    reader = Reader(store, clock)
    reader.room(1)
    store.away = True
    clock.now += FRESH_S
    for _ in range(5):
        with pytest.raises(Unreachable):
            reader.room(1)
    assert len(store.reads) == 2
    store.away = False
    clock.now += FRESH_S
    assert reader.room(1) == "class 1, read 3"


class Silent(Counted):
    """A store whose database, once it has fallen silent, answers only when a test lets it."""

    def __init__(self):
        super().__init__()
        self.asked, self.answers = threading.Event(), threading.Event()

    def room(self, class_id, before=None):
        self.asked.set()
        assert self.answers.wait(SOON)
        return super().room(class_id, before)


def test_while_one_session_waits_for_a_silent_database_the_others_are_told_that_it_is_away():
    store, clock = Silent(), Clock()
    reader = Reader(store, clock)
    store.answers.set()
    reader.room(1)
    store.answers.clear()
    store.asked.clear()
    clock.now += 300  # nobody has looked for five minutes
    waiting = threading.Thread(target=reader.room, args=(1,))
    waiting.start()
    assert store.asked.wait(SOON)
    assert reader.room(1) == "class 1, read 1"  # it may answer yet
    clock.now += 11
    with pytest.raises(Unreachable):
        reader.room(1)
    store.answers.set()
    waiting.join()
    assert reader.room(1) == "class 1, read 2"


def test_who_comes_first_to_a_silent_database_is_not_kept_waiting_for_ever(monkeypatch):
    monkeypatch.setattr("live.classroom.reader.STALLED_S", 0.1)
    store = Silent()
    reader = Reader(store, Clock())
    waiting = threading.Thread(target=reader.room, args=(1,))
    waiting.start()
    assert store.asked.wait(SOON)
    with pytest.raises(Unreachable):
        reader.room(1)
    store.answers.set()
    waiting.join()
    assert reader.room(1) == "class 1, read 1"

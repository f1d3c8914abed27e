"""The app killed in mid-class, or its database away: what was acknowledged is there later, and the class goes on."""

import asyncio
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlencode

import pytest

from bench.kit.class_learner import THREE, ClassLearner, Teacher
from bench.kit.digits import install
from live.classroom.database import FILE, VARIABLE, Database
from live.classroom.store import ClassStore
from tests.live.classroom.conftest import postgres_server  # noqa: F401, a fixture
from tools.browser import Server, keep_untrained_classifiers, server
from tools.postgres import Postgres

APART_S = 1.1  # between two hand-ins of a learner: the app takes one a second
ENOUGH = 6  # drawings that are acknowledged before the server is killed

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")


def run(work: Coroutine):
    """Run a coroutine in a new thread: in this one, another test's browser may have an event loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def hand_in_until_killed(app: Server) -> tuple[Teacher, list[ClassLearner]]:
    """Let learners hand in until the server, which is killed meanwhile, no longer answers."""
    teacher, learners = Teacher(app.url), [ClassLearner(app.url) for _ in range(3)]
    await teacher.begin()
    await asyncio.gather(*(learner.join(teacher.code) for learner in learners))

    async def go_on(learner: ClassLearner) -> None:
        while True:
            await learner.draw()
            await asyncio.sleep(APART_S)

    at_work = [asyncio.create_task(go_on(learner)) for learner in learners]
    while sum(len(learner.clicked) for learner in learners) < ENOUGH:
        await asyncio.sleep(0.01)
    app.process.kill()
    for one in at_work:
        one.cancel()
    await asyncio.gather(*at_work, return_exceptions=True)
    return teacher, learners


async def go_on(app: Server, before: Teacher, learners: list[ClassLearner]) -> Teacher:
    """Let all come back by their links, and each learner hand in once more; return the teacher."""
    teacher = Teacher(app.url)
    await teacher.open("class", urlencode({"teacher": before.secret}))
    for learner in learners:
        again = ClassLearner(app.url)
        again.seat, again.clicked = learner.seat, learner.clicked
        await again.open("draw", urlencode({"seat": learner.seat, "strokes": THREE}))
        await again.draw()
        await again.leave()
        assert again.errors == []
    await asyncio.wait_for(seen(teacher, sum(len(learner.clicked) for learner in learners)), 60)
    await teacher.leave()
    return teacher


async def seen(teacher: Teacher, count: int) -> None:
    while len(teacher.seen) < count:
        await asyncio.sleep(0.02)


def test_a_server_that_is_killed_in_mid_class_has_all_that_it_acknowledged(tmp_path):
    keep_untrained_classifiers(tmp_path, install(tmp_path, None))
    with server(tmp_path) as app:
        teacher, learners = run(hand_in_until_killed(app))
    database = Database(f"sqlite:///{tmp_path / FILE}")
    store = ClassStore(database)

    def stored(learner: ClassLearner) -> int:
        seat = store.seat(learner.seat)
        return sum(one.learner == seat.learner for one in store.room(seat.class_id).drawings)

    acknowledged = [len(learner.clicked) for learner in learners]
    assert sum(acknowledged) >= ENOUGH
    assert all(stored(learner) >= count for learner, count in zip(learners, acknowledged, strict=True))

    with server(tmp_path) as app:
        back = run(go_on(app, teacher, learners))
    assert back.code == teacher.code
    assert [len(learner.clicked) for learner in learners] == [count + 1 for count in acknowledged]
    assert all(stored(learner) >= len(learner.clicked) for learner in learners)
    database.close()


async def come_while_the_database_is_away(app: Server, database: Postgres) -> tuple[list[bool], list[bool]]:
    """Let a teacher and a learner open their pages while the database is away, and start it again.

    Returns what they have of the class then, and what they get by themselves: the code on Class, and the button on
    Training that hands in.
    """
    before, learner_before = Teacher(app.url), ClassLearner(app.url)
    await before.begin()
    await learner_before.join(before.code)
    await asyncio.gather(before.leave(), learner_before.leave())
    database.stop("immediate")
    teacher, learner = Teacher(app.url), ClassLearner(app.url)
    await teacher.open("class", urlencode({"teacher": before.secret}))
    await learner.open("training", urlencode({"seat": learner_before.seat}))

    def have() -> list[bool]:
        return [teacher.code == before.code, "Hand in this run" in learner._buttons]

    at_first = have()
    database.start()
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while not all(have()):
                await asyncio.sleep(0.05)
    await asyncio.gather(teacher.leave(), learner.leave())
    assert teacher.errors == learner.errors == []
    return at_first, have()


def test_pages_that_were_opened_while_the_database_was_away_go_on_by_themselves(tmp_path, postgres_server):  # noqa: F811
    keep_untrained_classifiers(tmp_path, install(tmp_path, None))
    with server(tmp_path, **{VARIABLE: postgres_server.url}) as app:
        at_first, later = run(come_while_the_database_is_away(app, postgres_server))
    assert at_first == [False, False]
    assert later == [True, True]

"""The app killed while it unpacks its digits, and while it trains its classifiers: the next start works each time.

So do visitors who leave while it unpacks: the next one sees the pages.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bench.kit.websocket_learner import Learner
from live import weights_file
from sources import builtin
from sources.packed import open_dataset
from tools.browser import Server, server

TIMEOUT_S = 120

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")


def run(work: Coroutine):
    """Run a coroutine in a new thread: in this one, another test's browser may have an event loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def open_page(app: Server, page: str) -> list[str]:
    """Open a page as a browser does; return its errors."""

    async def visit() -> list[str]:
        learner = Learner(app.url)
        await learner.open(page)
        await learner.leave()
        return learner.errors

    return run(visit())


def kill_server_when(condition: Callable[[], bool]) -> None:
    """Kill the server that this process is starting as soon as a condition holds."""
    wait_until(condition, pause=0.002)
    (started,) = [child for child in psutil.Process().children() if "streamlit" in child.cmdline()]
    started.kill()


async def come_and_leave(app: Server, page: str, visitors: int = 10, seconds: float = 1.0) -> None:
    """Have visitors open a page at once and leave before or after it has come."""
    learners = [Learner(app.url) for _ in range(visitors)]
    opening = [asyncio.create_task(learner.open(page)) for learner in learners]
    await asyncio.sleep(seconds)
    for one in opening:
        one.cancel()
    await asyncio.gather(*opening, return_exceptions=True)
    for learner in learners:
        await learner.leave()


def wait_until(what: Callable[[], bool], pause: float = 0.02) -> None:
    end = time.monotonic() + TIMEOUT_S
    while not what():
        assert time.monotonic() < end
        time.sleep(pause)


def models(home: Path) -> dict[str, bytes]:
    """Return the cached files of classifiers."""
    return {path.name: path.read_bytes() for path in (home / weights_file.FOLDER).glob("*.safetensors")}


def test_a_killed_server_starts_again_with_everything_complete_and_nothing_incomplete(tmp_path):
    home = tmp_path / "home"
    with ThreadPoolExecutor(1) as thread:  # it unpacks its digits as soon as it starts, perhaps before it listens
        killed = thread.submit(kill_server_when, lambda: list(home.glob(".mnist-5000-*")))
        with suppress(RuntimeError), server(home) as app:
            app.process.wait(TIMEOUT_S)
        killed.result()
    assert not (home / builtin.NAME).exists()

    with server(home) as app:
        run(come_and_leave(app, "pixels"))
        assert open_page(app, "pixels") == []
        assert len(open_dataset(home / builtin.NAME).train.images) == 4000
        wait_until(lambda: models(home))  # one is trained, the others are not yet
        workers = app.process.children()
        app.process.kill()
        assert psutil.wait_procs(workers, TIMEOUT_S)[1] == []
        kept = models(home)
    assert len(kept) < 3  # else nothing was interrupted

    with server(home) as app:
        assert open_page(app, "draw") == []
        assert {name: models(home)[name] for name in kept} == kept
        assert "Traceback" not in app.log.read_text(errors="replace")

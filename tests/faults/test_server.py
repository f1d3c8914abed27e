"""The app killed while it unpacks its digits and while it trains its classifiers: the next start works each time."""

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
from core.dataset import read_dataset
from live import weights_file
from sources import builtin
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


async def kill_while_it_opens(app: Server, page: str, when: Callable[[], bool]) -> None:
    """Open a page, and kill the server as soon as a condition holds."""
    opening = asyncio.create_task(Learner(app.url).open(page))
    while not when():
        await asyncio.sleep(0.005)
    app.process.kill()
    opening.cancel()
    with suppress(asyncio.CancelledError, OSError):
        await opening


def wait_until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT_S
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def models(home: Path) -> dict[str, bytes]:
    """Return the cached files of classifiers."""
    return {path.name: path.read_bytes() for path in (home / weights_file.FOLDER).glob("*.safetensors")}


def test_a_killed_server_starts_again_with_everything_complete_and_nothing_incomplete(tmp_path):
    home = tmp_path / "home"
    with server(home) as app:
        run(kill_while_it_opens(app, "pixels", lambda: len(list(home.glob(".mnist-5000-*/train/*/*"))) > 100))
    assert not (home / builtin.NAME).exists()

    with server(home) as app:
        assert open_page(app, "pixels") == []
        assert len(read_dataset(home / builtin.NAME).train.images) == 4000
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

"""How long a first visit takes to its first picture, on a server that has just started with an empty cache folder.

One visitor opens Home in a real Chromium, from navigation until the picture of the specimen is there. Thirty at once
are clients in this process, as thirty laptops don't share the server's cores: from connecting until the picture came.
Ten who leave after a second are such clients, too; then one comes in Chromium. Each has a server of its own.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser

from bench.kit.app import VIEW, in_a_thread, needed_chromium
from bench.kit.commands import option
from bench.kit.report import Figure, errors_of
from bench.kit.websocket_learner import TIMEOUT_S, Learner
from tools.browser import Server, server

OPTIONS = option("--repeat", 3, "how many servers are started for each figure")
MAX_S = 2.5  # for one visitor
VISITORS, LEAVING, LEAVES_AFTER_S = 30, 10, 1.0
PICTURE = """() => {
    const picture = document.querySelector('.st-key-specimen img');
    return picture?.complete && picture.naturalWidth > 0 && performance.now();
}"""


class Newcomer(Learner):
    """A client that waits for the first picture. seen: when it came, by time.perf_counter."""

    def __init__(self, url: str):
        super().__init__(url)
        self.seen = asyncio.get_running_loop().create_future()

    def _show(self, delta, place: tuple) -> None:
        if delta.new_element.WhichOneof("type") == "imgs" and not self.seen.done():
            self.seen.set_result(time.perf_counter())
        super()._show(delta, place)


def run(args: argparse.Namespace) -> list[Figure]:
    """Start one server after the other, so that each of them has an empty cache."""
    one, warm, left, thirty, newcomers = [], [], [], [], []
    with needed_chromium() as browser:
        for _ in range(args.repeat):
            with new_server() as app:
                one.append(look(browser, app))
                warm.append(look(browser, app))
            with new_server() as app:
                in_a_thread(come_and_leave(app.url))
                left.append(look(browser, app))
            with new_server() as app:
                seconds, came = in_a_thread(come_together(app.url))
                thirty.append(np.percentile(seconds, 95))
                newcomers += came
    return [
        Figure("one_s", median(one), 2, at_most=MAX_S),
        Figure("thirty_s", median(thirty), 2),
        Figure("left_s", median(left), 2, at_most=MAX_S),
        Figure("warm_s", median(warm), 2),
        errors_of(newcomers),
    ]


@contextmanager
def new_server() -> Iterator[Server]:
    """Run the app with an empty cache folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, server(Path(home) / "home") as app:
        yield app


def look(browser: Browser, app: Server) -> float:
    """Open Home as a visitor with an empty browser cache. Returns the seconds until the picture was there."""
    with browser.new_context(viewport=VIEW) as context:
        page = context.new_page()
        page.goto(app.url, wait_until="commit")
        found = page.wait_for_function(PICTURE, polling=20, timeout=1000 * TIMEOUT_S)
        return found.json_value() / 1000


async def come_and_leave(url: str) -> None:
    """Have visitors come at once and leave after a second."""
    newcomers = [Newcomer(url) for _ in range(LEAVING)]
    opening = [asyncio.create_task(one.open("home")) for one in newcomers]
    await asyncio.sleep(LEAVES_AFTER_S)
    for task in opening:
        task.cancel()
    await asyncio.gather(*opening, return_exceptions=True)
    for one in newcomers:
        await one.leave()


async def come_together(url: str) -> tuple[list[float], list[Newcomer]]:
    """Have thirty visitors come at once. Returns the seconds until each saw a picture, and the visitors."""
    newcomers = [Newcomer(url) for _ in range(VISITORS)]
    begun = time.perf_counter()
    await asyncio.gather(*(one.open("home") for one in newcomers))
    seconds = [await asyncio.wait_for(one.seen, TIMEOUT_S) - begun for one in newcomers]
    for one in newcomers:
        await one.leave()
    return seconds, newcomers

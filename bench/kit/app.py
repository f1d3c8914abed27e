"""The running app for benchmarks: with its digits and its classifiers in place, and with a Chromium beside it."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.kit.digits import DIGITS, install
from core.dataset import Dataset
from tools.browser import NoBrowser, Server, chromium, keep_untrained_classifiers, server, watched_context

VIEW = {"width": 1280, "height": 900}
FAILED = "Uncaught app execution"  # Streamlit's words in the log for an error in a page


@dataclass(frozen=True)
class App:
    """A running server and the dataset that it begins with."""

    server: Server
    dataset: Dataset

    def images(self, digits: tuple[int, ...] = DIGITS) -> int:
        """Return how many training images these digits have."""
        return sum(self.dataset.train.count(digit) for digit in digits)

    def logged(self, words: str) -> int:
        """Return how often the server has logged these words; what the last of them introduce is printed."""
        log = self.server.log.read_text(errors="replace")
        if words in log:
            print(f"The log says: {log[log.rindex(words) :][:3000]}")
        return log.count(words)


@contextmanager
def running_app(
    mnist: Path | None = None, keep_classifiers: Callable[[Path, Dataset], object] = keep_untrained_classifiers
) -> Iterator[App]:
    """Run the app until the block ends.

    mnist: a folder of the four IDX files, to begin with all of MNIST; the built-in digits if None.
    keep_classifiers: called with the cache folder and the dataset, to put classifiers there, so that the server does
    not train them beside what is measured.
    """
    with tempfile.TemporaryDirectory() as home:
        dataset = install(Path(home), mnist)
        keep_classifiers(Path(home), dataset)
        with server(Path(home), THREE_OR_SEVEN_DATASET=dataset.folder.name) as running:
            yield App(running, dataset)


@contextmanager
def app_and_chromium(*args, **options) -> Iterator[tuple[App, Browser]]:
    """Do as `running_app`, and run a headless Chromium, too. Raises SystemExit if there is none."""
    with running_app(*args, **options) as app, needed_chromium() as browser:
        yield app, browser


@contextmanager
def needed_chromium() -> Iterator[Browser]:
    """Run a headless Chromium until the block ends. Raises SystemExit if there is none."""
    try:
        with chromium() as browser:
            yield browser
    except NoBrowser as problem:
        raise SystemExit(str(problem)) from None


@contextmanager
def visitor_at(browser: Browser, address: str) -> Iterator[Page]:
    """Open an address as a new visitor does, with no cache and no session, on a page that watch.js watches."""
    with watched_context(browser, viewport=VIEW) as context:
        page = context.new_page()
        page.goto(address)
        yield page


def in_a_thread(work: Coroutine):
    """Run a coroutine in a new thread, and return its result: Playwright occupies the event loop of this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def follow_numbers(page: Page, *names: str) -> None:
    """Record from now on each change of some of the live numbers, given by their names on the page."""
    page.evaluate("names => watch.follow(() => watch.numbers(names))", names)


def samples(page: Page, since: float = 0) -> list[dict]:
    """Return the changes recorded after a time of the page's clock, as at, drawn and value (tools/watch.js)."""
    return page.evaluate("since => watch.samples.filter(sample => sample.at > since)", since)


def now(page: Page) -> float:
    """Return the time of the page's clock in milliseconds."""
    return page.evaluate("performance.now()")

"""The app's server and a headless Chromium, for tests, tools and benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from core.classifiers.training import PLANS, Plan, lengthen, stamp, start
from core.dataset import Dataset
from core.training.data import from_dataset
from live import weights_file
from sources import home

ROOT = Path(__file__).parents[1]
EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A classroom often has no internet: here nothing but this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# For tests, whose pages live for seconds: a Chromium without what only a window needs, which compiles scripts as late
# and as quickly as it can, and seldom collects garbage. It takes half of the processor.
TEST_EXECUTABLES = ("chromium-headless-shell", *EXECUTABLES)
TEST_FLAGS = [*CHROMIUM_FLAGS, "--js-flags=--max-lazy --no-opt --min-semi-space-size=64"]
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10  # after which a server is killed

SETTLE_MS = 400  # without a change, until a page counts as quiet
WATCH = Path(__file__).with_name("watch.js")


class NoBrowser(Exception):
    """There is no Chromium on this machine."""


@dataclass(frozen=True)
class Server:
    """A running app: its address, the file that it logs to, and its process, whose children are the workers.

    url: with the path below which it answers, and without a slash at the end.
    """

    url: str
    log: Path
    process: psutil.Process


@contextmanager
def server(cache_folder: Path, **environment: str) -> Iterator[Server]:
    """Run the app on a free port of this machine until the block ends.

    cache_folder: where it keeps its digits and models. environment: further variables that it is started with.
    Raises RuntimeError with the end of its log if it does not start.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/{environment.get('STREAMLIT_SERVER_BASE_URL_PATH', '')}".rstrip("/")
    options = {"port": port, "address": "127.0.0.1", "headless": "true"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += [f"--server.{name}={value}" for name, value in options.items()]
    environment = {**os.environ, home.VARIABLE: str(cache_folder), **environment}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait_for(url, process, log)
            yield Server(url, log, psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def keep_untrained_classifiers(cache_folder: Path, dataset: Dataset, plans: Mapping[str, Plan] = PLANS) -> None:
    """Save classifiers as a server finds them at its start, so that it does not train them beside other work."""
    data = from_dataset(dataset)
    for kind, plan in plans.items():
        model = start(kind, dataset.digits, lengthen(plan, len(data.train_x)))
        weights_file.write_cached(cache_folder, stamp(model, data), model.params)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium until the block ends. Raises NoBrowser if there is none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright.chromium), args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def find_chromium(kind: BrowserType, executables: Sequence[str] = EXECUTABLES) -> str:
    """Return the path of Chromium: from $CHROMIUM, the PATH or Playwright's own. Raises NoBrowser if there is none.

    executables: how it is named on the PATH, the best name first.
    """
    named = os.environ.get("CHROMIUM")
    own = kind.executable_path
    for found in (named, *map(shutil.which, executables), own):
        if found and (found == named or Path(found).exists()):
            return found
    raise NoBrowser(f"There is no Chromium in $CHROMIUM, on the PATH ({', '.join(executables)}) or at {own}.")


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{log.read_text(errors='replace')[-2000:]}")


def wait_until_quiet(page: Page, title: str | None = None, seconds: float = 60) -> None:
    """Wait until the app's script has ended and the page no longer changes (see watch.js).

    title: the heading that the page must show, any if None. The page's context must be one of those below.
    Raises TimeoutError, which quotes the page.
    """
    try:
        page.wait_for_function(
            "([title, settle]) => window.watch.quiet(title, settle)",
            arg=[title, SETTLE_MS],
            polling=20,
            timeout=1000 * seconds,
        )
    except PlaywrightTimeout:
        shown = page.locator("body").inner_text()[:500]
        raise TimeoutError(f"{page.url} was not quiet within {seconds} s. It shows: {shown}") from None


def watched_context(browser: Browser, **options) -> BrowserContext:
    """Return a new visitor's context, with no cache and no session, whose pages are watched by watch.js."""
    context = browser.new_context(**options)
    context.add_init_script(path=WATCH)
    return context


def kept_context(kind: BrowserType, folder: Path, kept_open: str, **options) -> BrowserContext:
    """Start a headless Chromium for tests, whose cache is in a folder, and return its one context, watched by watch.js.

    kind: Playwright's `chromium`. kept_open: a page that stays open, so that all pages of its site share one process:
    to start one for each would take a tenth of a page's time. Raises NoBrowser if there is none.
    """
    path, flags = find_chromium(kind, TEST_EXECUTABLES), [*TEST_FLAGS, "--process-per-site"]
    context = kind.launch_persistent_context(folder, executable_path=path, args=flags, **options)
    context.pages[0].goto(kept_open)
    context.add_init_script(path=WATCH)
    return context

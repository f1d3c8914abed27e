"""A real server and a real browser, for the benchmarks and for the tests in tests/browser."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from sources.home import VARIABLE

ROOT = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A classroom often has no internet: here nothing but this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
START_S = 60  # longest time that a server may take to answer

# Runs in every page from its start. Quiet means: nothing in the page's main part has changed, and no picture in it has
# arrived, for SETTLE_MS in which the browser was free to work. A busy browser is not a quiet one, so each look counts
# no more than twice the time between two looks.
# What changes inside a <canvas> is never drawn: Streamlit's tables write a copy for screen readers there, by a timer
# of their own. `seen` is the time of the last change that can be seen, `changed` that of the last of all.
SETTLE_MS = 400
WATCH = """
(() => {
  const EVERY_MS = 10;
  const MAIN = '[data-testid="stMain"]';
  const watch = window.watch = {seen: 0, changed: 0, calm: 0, clicked: 0};
  const note = visible => {
    watch.calm = 0;
    watch.changed = performance.now();
    if (visible) watch.seen = watch.changed;
  };
  const element = node => node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  const inMain = node => element(node)?.closest(MAIN);
  const hidden = record => record.type !== 'attributes' && element(record.target).closest('canvas')
    || record.type === 'attributes' && element(record.target).closest('canvas *');
  new MutationObserver(records => {
    const main = records.filter(r => inMain(r.target) || [...r.addedNodes].some(node => node.querySelector?.(MAIN)));
    if (main.length) note(!main.every(hidden));
  }).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  document.addEventListener('load', event => { if (inMain(event.target)) note(true); }, true);
  document.addEventListener('click', () => { watch.clicked = performance.now(); watch.calm = 0; }, true);
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    watch.calm += Math.min(now - last, 2 * EVERY_MS);
    last = now;
  }, EVERY_MS);
  watch.quiet = (title, settle) => {
    const main = document.querySelector(MAIN);
    const app = document.querySelector('[data-testid="stApp"]');
    if (app?.dataset.testScriptState !== 'notRunning' || watch.calm < settle) return false;
    const heading = main.querySelector('h1')?.innerText;
    return Boolean(heading) && (title === null || heading === title)
      && !main.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')
      && [...main.querySelectorAll('img')].every(picture => picture.complete);
  };
})()
"""


class NoBrowser(Exception):
    """There is no Chromium on this machine."""


@dataclass(frozen=True)
class Server:
    """A running app: where it answers, and the file that it logs to."""

    url: str
    log: Path


@contextmanager
def server(home: Path) -> Iterator[Server]:
    """Run the app on a free port of this machine until the block ends. home: where it keeps its digits."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
        "--server.headless",
        "true",
    ]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with open(log, "wb") as out:
            environment = {**os.environ, VARIABLE: str(home)}
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait_for(url, process, log)
            yield Server(url, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium until the block ends. Raises NoBrowser if there is none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright.chromium), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def find_chromium(kind: BrowserType) -> str:
    """Look for a browser in $CHROMIUM, on the PATH, and where Playwright keeps its own. Raises NoBrowser."""
    named = os.environ.get("CHROMIUM")
    own = kind.executable_path
    for found in (named, *map(shutil.which, NAMES), own):
        if found and (found == named or Path(found).exists()):
            return found
    raise NoBrowser(f"There is no Chromium in $CHROMIUM, on the PATH ({', '.join(NAMES)}) or at {own}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{log.read_text(errors='replace')[-2000:]}")


def wait_until_quiet(page: Page, title: str | None = None, seconds: float = 60) -> None:
    """Wait until the app has done its work and the page rests. title: the heading that it must show, any if None.

    The page's context must be one of those below. Raises TimeoutError that says what the page shows.
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
    """Return a fresh context, as a new visitor's: no cache, no session, and pages that know when they are quiet."""
    context = browser.new_context(**options)
    context.add_init_script(WATCH)
    return context


def kept_context(kind: BrowserType, folder: Path, **options) -> BrowserContext:
    """Run a headless Chromium, as a regular visitor's, which keeps what it has loaded in a folder; return its context.

    kind: Playwright's `chromium`. Raises NoBrowser if there is none.
    """
    context = kind.launch_persistent_context(folder, executable_path=find_chromium(kind), args=FLAGS, **options)
    context.add_init_script(WATCH)
    return context

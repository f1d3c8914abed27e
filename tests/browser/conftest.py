"""One server and a Chromium for each kind of device, for all browser tests; pages remember what went wrong in them."""

import os
import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from core.dataset import read_dataset
from tools.browser import (
    NoBrowser,
    find_chromium,
    keep_untrained_classifiers,
    kept_context,
    server,
    wait_until_quiet,
)

expect.set_options(timeout=30_000)  # what a page comes to is tested here, not how soon on a busy machine
DESKTOP = {"width": 1280, "height": 900}
# Opened at /pixels, Streamlit requests these below that path first, where there is nothing, and then at the root.
ASKED_IN_VAIN = ("/_stcore/health", "/_stcore/host-config")
# Streamlit's harmless warning of a fragment that asked for its next run after its page had been left.
LEFT_BEHIND = "The fragment with id \\w+ does not exist anymore"
SLOW = "held a worker for"  # on a busy machine
HARMLESS = re.compile(f"{LEFT_BEHIND}|{SLOW}")


def complaints(app, before: str = "") -> list[str]:
    """Return what the server has logged since its log was as `before`, but for what does no harm."""
    said = app.log.read_text(errors="replace").removeprefix(before).splitlines()
    return [line for line in said if not HARMLESS.search(line)]


@dataclass
class Visitor:
    """A person in front of one page of a browser: the page, the errors in its console, and the hosts that it asked."""

    page: object
    url: str
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, path: str = "", title: str | None = None):
        """Open a page of the app by its address, wait until it is quiet, and return it."""
        self.page.goto(f"{self.url}/{path}")
        return self.rest(title)

    def switch(self, name: str, title: str | None = None):
        """Switch to another page by its link in the sidebar."""
        self.page.locator('[data-testid="stSidebarNavLink"]').filter(has_text=name).click()
        return self.rest(title or name)

    def rest(self, title: str | None = None):
        """Wait until the page is quiet."""
        wait_until_quiet(self.page, title)
        return self.page

    def leave(self) -> None:
        """Close the browser's page: before its server ends, or else it complains. Doing so again changes nothing."""
        self.page.close()

    def specimen(self) -> str:
        """Return the specimen's file as the page names it, such as valid/3/0002.png."""
        return self.page.locator(".st-key-specimen code").first.inner_text()

    def listen(self) -> None:
        """Begin to note errors and hosts."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note_host(request.url))
        self.page.on("websocket", lambda socket: self._note_host(socket.url))

    def _note(self, message) -> None:
        if message.type == "error" and not message.location["url"].endswith(ASKED_IN_VAIN):
            self.errors.append(f"{message.text} {message.location['url']}")

    def _note_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.hostname)


@pytest.fixture(scope="session")
def chromium():
    """Return what starts a Chromium; without one, tests are skipped, or fail if REQUIRE_BROWSER is 1."""
    with sync_playwright() as playwright:
        try:
            find_chromium(playwright.chromium)
        except NoBrowser as problem:
            if os.environ.get("REQUIRE_BROWSER") == "1":
                pytest.fail(str(problem))
            pytest.skip(str(problem))
        yield playwright.chromium


@pytest.fixture(scope="session")
def devices(chromium, app):
    """Return a function that gives one context for all visitors with the same kind of device.

    Each keeps what it has loaded, Streamlit's 5 MB of programs above all: a page takes a quarter less of the processor.
    """
    running = {}
    with ExitStack() as until_all_have_left:

        def device(**kind):
            name = tuple(kind)
            if name not in running:
                folder = until_all_have_left.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
                running[name] = until_all_have_left.enter_context(
                    kept_context(chromium, folder, f"{app.url}/_stcore/health", **kind)
                )
            return running[name]

        yield device


@pytest.fixture(scope="session")
def serve(built_in_folder):
    """Return a function that runs the app with a cache folder, where the models that judge drawings are kept untrained.

    What they would say is tested elsewhere; their training would take both cores for a minute of each server's life.
    """
    dataset = read_dataset(built_in_folder)

    @contextmanager
    def run(home, **environment):
        keep_untrained_classifiers(home, dataset)
        with server(home, **environment) as running:
            yield running

    return run


@pytest.fixture(scope="session")
def app(chromium, built_in_folder, serve):
    """Run the app for all tests of this folder; its log may hold no traceback at the end."""
    with serve(built_in_folder.parent) as running:
        yield running
        assert "Traceback" not in running.log.read_text(errors="replace")


@pytest.fixture
def visitors(devices):
    """Return a function that opens a browser page for one more visitor; all are closed when the test ends."""
    with visit(devices) as come:
        yield come


@pytest.fixture(scope="module")
def lasting_visitors(devices):
    """Return a function that opens a browser page for one more visitor; all are closed at the end of the file."""
    with visit(devices) as come:
        yield come


@contextmanager
def visit(devices):
    """Yield a function that opens a browser page for one more visitor of the server at `url`; close all at the end.

    Then no page may have an error in its console, or have requested anything from another host.
    """
    everybody = []

    def come(url: str, viewport: dict = DESKTOP, color_scheme: str = "light", fingers: int = 0, **device) -> Visitor:
        page = devices(**device).new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        if fingers:  # a screen to touch, with no Chromium of its own
            touch = {"enabled": True, "maxTouchPoints": fingers}
            page.context.new_cdp_session(page).send("Emulation.setTouchEmulationEnabled", touch)
        if not everybody:
            forget_the_last_test(page, url)
        visitor = Visitor(page, url)
        visitor.listen()
        everybody.append(visitor)
        return visitor

    yield come
    for visitor in everybody:
        visitor.leave()
    assert [error for visitor in everybody for error in visitor.errors] == []
    assert {host for visitor in everybody for host in visitor.hosts} <= {"127.0.0.1"}


def forget_the_last_test(page, url: str) -> None:
    """Clear what the app has kept in a browser, such as the theme that somebody chose."""
    kept = {"origin": url, "storageTypes": "cookies,local_storage"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", kept)


@pytest.fixture
def visitor(visitors, app) -> Visitor:
    """Return a person in front of the app, with a desktop's window."""
    return visitors(app.url)


@pytest.fixture
def teacher(visitors, app):
    """A person who has started a class, and its code."""
    visitor = visitors(app.url)
    visitor.page.goto(f"{app.url}/class")
    visitor.page.get_by_role("button", name="Start a class").click()
    expect(visitor.page.locator(".class-code .code")).to_have_text(re.compile("^[2-9C-X]{6}$"))
    yield visitor
    visitor.page.goto("about:blank")

"""Two servers below a path, behind an nginx as docs/DEPLOY.md sets it, with their classes in one PostgreSQL."""

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from bench.kit.class_learner import THREE
from tests.browser.test_training import button, steps, wait_for_steps
from tests.sources.own_digits import zip_of
from tools.browser import (
    TEST_EXECUTABLES,
    TEST_FLAGS,
    Server,
    find_chromium,
    free_port,
    wait_until_quiet,
    watched_context,
)
from tools.postgres import NoPostgres, postgres

DEPLOY = Path(__file__).parents[2] / "docs" / "DEPLOY.md"
PATH, NAME = "three-or-seven", "example.org"  # as DEPLOY.md has them
TIMEOUT_S = 60
pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True)
class Site:
    """What nginx serves at `url`, and the servers behind it by their addresses."""

    url: str
    servers: dict[str, Server]

    def ask(self, **headers: str) -> HTTPMessage:
        """Ask for the page; return the headers of the answer. X-Server says which server it came from."""
        request = urllib.request.Request(f"{self.url}/", headers=headers)  # noqa: S310, our own server
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return answer.headers

    def seat_at(self, address: str) -> str:
        """Return a seat whose browser is sent to one of the servers."""
        return next(seat for seat in map(str, range(100)) if self.ask(Cookie=f"seat={seat}")["X-Server"] == address)


def settings(port: int, servers: list[str]) -> str:
    """Return the http block of DEPLOY.md, for this machine. Answers also say which server they come from."""
    one_server, several, cookie = re.findall(r"```nginx\n(.*?)```", DEPLOY.read_text(encoding="utf-8"), re.DOTALL)
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        (
            "proxy_pass http://127.0.0.1:8501;",
            f"proxy_pass http://three_or_seven; {cookie} add_header X-Server $upstream_addr;",
        ),
    ):
        assert one_server.count(old) == 1
        one_server = one_server.replace(old, new)
    for number, server in enumerate(servers, start=11):
        assert several.count(f"10.0.0.{number}:8501") == 1
        several = several.replace(f"10.0.0.{number}:8501", server)
    return several + one_server


@contextmanager
def nginx(folder: Path, http: str):
    """Run an nginx until the block ends, with this in its http block, as whoever this is."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        problem = "There is no nginx on this machine."
        pytest.fail(problem) if os.environ.get("REQUIRE_NGINX") == "1" else pytest.skip(problem)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{own}{http}\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([program, "-e", folder / "errors", "-c", file])
    try:
        yield
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)


@pytest.fixture(scope="module")
def site(serve, built_in_folder, tmp_path_factory):
    """Run the app twice below a path, with one database for classes, and nginx before them."""
    with ExitStack() as running:
        try:
            database = running.enter_context(postgres())
        except NoPostgres as problem:
            pytest.fail(str(problem)) if os.environ.get("REQUIRE_POSTGRES") == "1" else pytest.skip(str(problem))
        environment = {
            "STREAMLIT_SERVER_BASE_URL_PATH": PATH,
            "THREE_OR_SEVEN_HOSTS": NAME,
            "THREE_OR_SEVEN_WORKERS": "1",
            "THREE_OR_SEVEN_DATABASE": database.url,
        }
        servers = [running.enter_context(serve(built_in_folder.parent, **environment)) for _ in range(2)]
        by_address = {urlsplit(server.url).netloc: server for server in servers}
        port = free_port()
        folder = tmp_path_factory.mktemp("nginx")
        running.enter_context(nginx(folder, settings(port, [*by_address])))
        site = Site(f"http://127.0.0.1:{port}/{PATH}", by_address)
        wait_until_it_answers(site)
        yield site
        for server in servers:
            assert "Traceback" not in server.log.read_text(errors="replace")


def wait_until_it_answers(site: Site) -> None:
    end = time.monotonic() + TIMEOUT_S
    while True:
        try:
            site.ask()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="module")
def browser(chromium):
    """A Chromium whose contexts have cookies of their own."""
    browser = chromium.launch(executable_path=find_chromium(chromium, TEST_EXECUTABLES), args=TEST_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def come(browser, site):
    """Return a function that opens a page for somebody with a seat of their own; no request of theirs may fail."""
    failed, contexts = [], []

    def open_page(seat: str | None = None):
        context = watched_context(browser, viewport={"width": 1280, "height": 900})
        if seat is not None:
            context.add_cookies([{"name": "seat", "value": seat, "domain": "127.0.0.1", "path": f"/{PATH}/"}])
        context.on("response", lambda answer: answer.status >= 400 and failed.append(f"{answer.status} {answer.url}"))
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    # Streamlit looks for its health below the page's path first, where there is nothing.
    assert [one for one in failed if not one.endswith(("/_stcore/health", "/_stcore/host-config"))] == []


# nginx alone


def test_each_browser_gets_a_seat_and_stays_with_its_server(site):
    for _ in range(4):
        first = site.ask()
        seat = first["Set-Cookie"].partition(";")[0]
        assert {site.ask(Cookie=seat)["X-Server"] for _ in range(3)} == {first["X-Server"]}
    assert all(map(site.seat_at, site.servers))


def test_the_app_answers_to_the_name_that_nginx_passes_on_and_to_no_other(site):
    assert site.ask(Host=NAME)["X-Server"] in site.servers
    with pytest.raises(urllib.error.HTTPError) as refused:
        site.ask(Host="elsewhere.example.com")
    assert refused.value.code == 421


# In a browser


def test_what_is_handed_in_at_one_server_is_on_the_wall_at_the_other(site, come):
    here, there = site.servers
    teacher, learner = come(site.seat_at(here)), come(site.seat_at(there))
    teacher.goto(f"{site.url}/class")
    teacher.get_by_role("button", name="Start a class").click()
    code = teacher.locator(".class-code .code")
    expect(code).to_have_text(re.compile("^[2-9C-X]{6}$"))
    expect(teacher.locator(".class-code")).to_contain_text(f"/{PATH}")
    learner.goto(f"{site.url}/?join={code.inner_text()}")
    strip = learner.locator(".st-key-class_strip")
    expect(strip).to_contain_text("you are")
    seat = re.search("seat=([A-Za-z0-9_-]{22})", learner.url).group(1)
    learner.goto(f"{site.url}/draw?seat={seat}&strokes={THREE}")
    hand_in = learner.locator(".st-key-hand_in_drawing")
    hand_in.get_by_role("radio", name="3").click()
    hand_in.get_by_role("button", name="Hand in").click()
    expect(learner.get_by_text("Your class has it: a 3.")).to_be_visible()
    expect(teacher.locator(".class-wall button")).to_have_count(1)
    teacher.get_by_role("button", name="End the class").click()
    teacher.get_by_role("button", name="End it and delete everything").click()
    expect(strip).to_contain_text("This class has ended")


def test_training_is_seen_live_and_pages_lead_to_pages_below_the_path(site, come):
    page = come()
    sockets = []
    page.on("websocket", lambda socket: sockets.append(urlsplit(socket.url).path))
    page.goto(f"{site.url}/training")
    wait_until_quiet(page, "Training")
    button(page, "Run").click()
    wait_for_steps(page, wait_for_steps(page, steps(page)))
    button(page, "Pause").click()
    assert {path.rpartition("/")[0] for path in sockets} == {f"/{PATH}/live", f"/{PATH}/_stcore"}
    page.locator('[data-testid="stSidebarNavLink"]').filter(has_text="Ideal digits").click()
    wait_until_quiet(page, "Ideal digits")
    assert urlsplit(page.url).path == f"/{PATH}/ideal_digits"


def test_a_file_is_uploaded(site, come, tmp_path):
    page = come()
    page.goto(f"{site.url}/data")
    wait_until_quiet(page, "Data")
    page.set_input_files("input[type=file]", zip_of(tmp_path / "digits.zip", {"train/7/y.png": b"no picture"}))
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("pictures of at least two labels")


def test_who_was_at_a_server_that_went_down_is_sent_to_the_other(site):
    gone, left = site.servers
    seat = site.seat_at(gone)
    site.servers[gone].process.kill()
    site.servers[gone].process.wait(TIMEOUT_S)
    assert site.ask(Cookie=f"seat={seat}")["X-Server"].endswith(left)

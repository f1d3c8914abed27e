"""Which hosts the server answers to, who may show it in a frame, and who gets metrics."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.responses import PlainTextResponse
from streamlit import config

from ui.patches import network
from ui.patches.network import FRAMES, HOSTS, METRICS, Network


@pytest.fixture(autouse=True)
def laptop(monkeypatch):
    """Be a teacher's laptop, on which nothing has been set."""
    monkeypatch.setattr(socket, "gethostname", lambda: "Teacher-Laptop")
    for name in (HOSTS, FRAMES, METRICS):
        monkeypatch.delenv(name, raising=False)


def ask(host: str | None, path: str = "/", origin: str | None = None, kind: str = "http") -> tuple[int, dict, str]:
    """Send a request to an app behind the middleware; return the status, the headers and the text of the answer."""
    named = [(b"host", host), (b"origin", origin)]
    scope = {"type": kind, "path": path, "method": "GET"}
    scope["headers"] = [(name, value.encode("latin-1")) for name, value in named if value is not None]
    sent = []

    async def send(message):
        sent.append(message)

    async def answer():
        await Network(PlainTextResponse("the app"))(scope, None, send)

    with ThreadPoolExecutor(1) as thread:  # in this thread, another test's browser may have an event loop running
        thread.submit(asyncio.run, answer()).result()
    start, body = sent
    return start["status"], {key.decode(): value.decode() for key, value in start["headers"]}, body["body"].decode()


def status(host: str | None, **request) -> int:
    return ask(host, **request)[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8501",
        "LOCALHOST.:8501",
        "127.0.0.1:8501",
        "192.168.1.20:8501",
        "203.0.113.7",
        "[::1]:8501",
        "[2001:db8::7]",
        "teacher-laptop:8501",
        "Teacher-Laptop.local:8501",
    ],
)
def test_addresses_and_the_laptops_own_name_work_in_a_classroom_without_any_setting(host, kind):
    assert status(host, kind=kind) == 200


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "localhost.evil.example",
        "teacher-laptop.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "127.0.0.1@evil.example",
        "[::1",
        "a b",
        "\xe9vil",
        "",
        None,
    ],
)
def test_any_other_name_is_refused_with_a_sentence_that_names_the_setting(host, kind):
    code, _, text = ask(host, kind=kind)
    assert code == 421
    assert "the app" not in text
    assert HOSTS in text


def test_a_name_that_the_server_was_given_is_allowed_and_so_are_names_below_it(monkeypatch):
    monkeypatch.setenv(HOSTS, "digits.example.org  *.hf.space")
    assert [status(host) for host in ("digits.example.org", "Digits.Example.org:443", "a-b.hf.space")] == [200] * 3
    assert [status(host) for host in ("example.org", "a.digits.example.org", "hf.space.evil.example")] == [421] * 3


def test_every_name_can_be_allowed(monkeypatch):
    monkeypatch.setenv(HOSTS, "*")
    assert status("evil.example") == 200


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("browser.serverAddress", "school.example"),
        ("server.address", "school.example"),
        ("server.allowedHosts", ["school.example"]),
        ("server.corsAllowedOrigins", ["https://school.example:8443"]),
    ],
)
def test_what_the_server_was_started_as_is_allowed(monkeypatch, option, value):
    usual = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: value if name == option else usual(name))
    assert status("school.example") == 200
    assert status("evil.example") == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "http://evil.example:8501", "null", "", "http://[::1"])
def test_a_page_of_another_site_cannot_open_a_websocket(origin):
    assert status("localhost:8501", origin=origin, kind="websocket") == 403


@pytest.mark.parametrize("origin", ["http://localhost:8501", "https://teacher-laptop.local", None])
def test_the_apps_own_page_can_open_a_websocket(origin):
    assert status("localhost:8501", origin=origin, kind="websocket") == 200


def test_no_other_site_may_show_the_app_in_a_frame():
    _, headers, _ = ask("localhost")
    assert headers["content-security-policy"] == "frame-ancestors 'self'"
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_sites_that_are_named_may_show_the_app_in_a_frame(monkeypatch):
    monkeypatch.setenv(FRAMES, "https://huggingface.co https://*.example.org")
    _, headers, _ = ask("localhost")
    assert headers["content-security-policy"] == "frame-ancestors 'self' https://huggingface.co https://*.example.org"
    assert "x-frame-options" not in headers


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/three-or-seven/_stcore/metrics", "/_stcore/metrics/"])
def test_metrics_are_served_only_where_they_are_asked_for(monkeypatch, path):
    code, _, text = ask("localhost", path)
    assert code == 404
    assert METRICS in text
    monkeypatch.setenv(METRICS, "1")
    assert ask("localhost", path)[2] == "the app"


def test_only_the_start_and_the_end_of_the_server_pass_without_a_host():
    assert network.is_allowed("", {"localhost"}) is False
    passed = []

    async def app(scope, receive, send):
        passed.append(scope["type"])

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, Network(app)({"type": "lifespan"}, None, None)).result()
    assert passed == ["lifespan"]

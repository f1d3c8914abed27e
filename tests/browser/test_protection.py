"""What the running server refuses: another site's page, a name that is not its own, and metrics."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

ELSEWHERE = "http://elsewhere.example"


def stream(app, origin: str, host: str | None = None) -> str:
    """Open the app's own connection as a page of that origin; return the protocol that was agreed on.

    host: what the page calls the server, if not by its address.
    """
    here = urlsplit(app.url)
    there = socket.create_connection((here.hostname, here.port), timeout=10)
    address = f"ws://{host or here.netloc}/_stcore/stream"
    with connect(address, sock=there, subprotocols=["streamlit"], origin=origin) as connection:
        return connection.subprotocol


def test_a_connection_from_another_sites_page_is_refused(app):
    assert stream(app, app.url) == "streamlit"
    with pytest.raises(InvalidStatus) as caught:
        stream(app, ELSEWHERE)
    assert caught.value.response.status_code == 403


def test_no_other_site_may_read_an_answer(app):
    answer = requests.get(f"{app.url}/_stcore/health", headers={"Origin": ELSEWHERE}, timeout=10)
    assert answer.ok
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_file_without_the_token_of_the_page_is_refused(app):
    address = f"{app.url}/_stcore/upload_file/anybody/anything"
    answer = requests.put(address, files={"file": ("digits.zip", b"PK")}, timeout=10)
    assert answer.status_code == 403
    assert "XSRF" in answer.text


def test_a_name_that_leads_to_this_server_but_is_not_its_own_is_refused(app):
    """Or a page of that name could read everything here once the name is changed to this address (DNS rebinding)."""
    for path in ("", "_stcore/health", "_stcore/host-config", "static/js/none.js"):
        answer = requests.get(f"{app.url}/{path}", headers={"Host": "elsewhere.example"}, timeout=10)
        assert (answer.status_code, "THREE_OR_SEVEN_HOSTS" in answer.text) == (421, True)
    with pytest.raises(InvalidStatus) as caught:
        stream(app, ELSEWHERE, "elsewhere.example")
    assert caught.value.response.status_code == 421


@pytest.mark.parametrize("name", ["localhost", "192.168.1.20", f"{socket.gethostname()}.local"])
def test_a_classroom_needs_no_setting(app, name):
    port = urlsplit(app.url).port
    assert requests.get(app.url, headers={"Host": f"{name}:{port}"}, timeout=10).ok
    assert stream(app, f"http://{name}:{port}", f"{name}:{port}") == "streamlit"


@pytest.mark.parametrize("path", ["", "draw", "_stcore/health", "no/such/page.js"])
def test_no_answer_may_be_shown_in_a_frame_of_another_site(app, path):
    answer = requests.get(f"{app.url}/{path}", timeout=10)
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_metrics_are_not_served(app):
    assert requests.get(f"{app.url}/_stcore/metrics", timeout=10).status_code == 404


@contextmanager
def visit(app) -> Iterator[str]:
    """Be a visitor who has opened the app, whose page is there; the block gets the id of the session."""
    address = f"ws{app.url.removeprefix('http')}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], origin=app.url, max_size=None) as connection:
        asked = BackMsg()
        asked.rerun_script.page_name = "home"
        connection.send(asked.SerializeToString())
        session, message = "", ForwardMsg()
        while message.WhichOneof("type") != "script_finished":
            message = ForwardMsg.FromString(connection.recv(timeout=60))
            session = message.new_session.initialize.session_id or session
        yield session


def test_files_that_no_widget_asked_for_do_not_fill_the_servers_memory(app):
    browser = requests.Session()
    browser.get(f"{app.url}/_stcore/health", timeout=10)
    token = {"X-Xsrftoken": browser.cookies["_streamlit_xsrf"]}
    with visit(app) as session:
        before, statuses = app.process.memory_info().rss, set()
        for number in range(20):
            address = f"{app.url}/_stcore/upload_file/{session}/{number}"
            answer = browser.put(address, files={"file": bytes(19 * 2**20)}, headers=token, timeout=60)
            statuses.add(answer.status_code)
        grown = app.process.memory_info().rss - before
    assert statuses == {204}
    assert grown < 250e6  # all of them are 398 MB
    answer = browser.put(f"{app.url}/_stcore/upload_file/nobody/1", files={"file": b"PK"}, headers=token, timeout=60)
    assert answer.status_code == 400

"""What the running server refuses: a file or a connection from another site's page."""

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

ELSEWHERE = "http://elsewhere.example"


def stream(app, origin: str) -> str:
    """Open the app's own connection as a page of that origin; return the protocol that was agreed on."""
    address = f"ws{app.url.removeprefix('http')}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], origin=origin) as socket:
        return socket.subprotocol


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

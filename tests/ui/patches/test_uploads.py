"""The server keeps a bounded number of bytes and files of each visitor and of all, and refuses what has no room."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette import starlette_routes

from ui.patches import uploads
from ui.patches.uploads import Uploads

MB = 2**20
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


class Server:
    """Streamlit's own route for uploads behind the middleware, on a server where some sessions are active."""

    def __init__(self, *active: str):
        self.active = {*active}
        self.uploaded_file_mgr = MemoryUploadedFileManager("/_stcore/upload_file")
        self.is_active_session = self.active.__contains__
        routes = starlette_routes.create_upload_routes(self, self.uploaded_file_mgr, "")
        self.app = Starlette(routes=routes, middleware=[Middleware(Uploads)])

    def put(self, *paths: str, size: int = MB, meanwhile=lambda: None) -> list[int]:
        """Upload files at the same time, each to SESSION/FILE, in chunks of a megabyte; return the statuses."""

        async def put_all():
            return await asyncio.gather(*(self._put(path, size, meanwhile) for path in paths))

        with ThreadPoolExecutor(1) as thread:  # in this thread, another test's browser may have an event loop running
            return thread.submit(asyncio.run, put_all()).result()

    async def _put(self, path: str, size: int, meanwhile) -> int:
        content = HEAD + bytes(size) + TAIL
        chunks = [content[start : start + MB] for start in range(0, len(content), MB)]
        headers = [(b"content-type", b"multipart/form-data; boundary=b")]
        scope = {"type": "http", "method": "PUT", "path": f"/_stcore/upload_file/{path}", "headers": headers}
        scope |= {"query_string": b"", "root_path": "", "http_version": "1.1", "scheme": "http", "server": ("a", 80)}
        statuses = []

        async def receive():
            await asyncio.sleep(0)
            chunk = chunks.pop(0)
            if not chunks:
                meanwhile()
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message):
            statuses.append(message.get("status"))

        await self.app(scope, receive, send)
        return statuses[0]

    def kept(self, session: str) -> list[str]:
        return [*self.uploaded_file_mgr.file_storage.get(session, ())]


@pytest.fixture(autouse=True)
def bounds(monkeypatch):
    """Bound the megabytes more tightly than on a real server."""
    monkeypatch.setattr(uploads, "SESSION_MEGABYTES", 8)
    monkeypatch.setattr(uploads, "SERVER_MEGABYTES", 20)
    monkeypatch.delenv(uploads.SERVER, raising=False)
    monkeypatch.setattr(starlette_routes, "is_xsrf_enabled", lambda: False)


@pytest.fixture
def start(monkeypatch):
    """Return a function that starts a server where these sessions are active."""

    def run(*active: str) -> Server:
        server = Server(*active)
        monkeypatch.setattr(runtime, "exists", lambda: True)
        monkeypatch.setattr(runtime, "get_instance", lambda: server)
        return server

    return run


def test_of_files_that_no_widget_asked_for_only_the_latest_are_kept(start):
    server = start("ada")
    assert [server.put(f"ada/{n}", size=2 * MB) for n in range(20)] == [[204]] * 20
    assert server.kept("ada") == ["17", "18", "19"]  # a fourth, with what surrounds it, had not quite room beside them


def test_a_file_that_fills_the_bound_can_be_uploaded_again_and_again(start):
    server = start("ada")
    for n in range(5):
        assert server.put(f"ada/zip{n}", size=7 * MB) == [204]
        assert server.kept("ada") == [f"zip{n}"]


def test_a_large_file_and_a_few_small_ones_are_kept_together(start):
    server = start("ada")
    server.put("ada/zip", size=5 * MB)
    assert server.put("ada/a", "ada/b") == [204, 204]
    assert sorted(server.kept("ada")) == ["a", "b", "zip"]


def test_many_small_files_are_bounded_by_their_number(start):
    server = start("ada")
    for n in range(50):
        server.put(f"ada/{n}", size=0)
    assert len(server.kept("ada")) <= uploads.SESSION_FILES
    assert server.kept("ada")[-1] == "49"


def test_too_much_on_its_way_at_the_same_time_is_refused_and_leaves_nothing_counted(start):
    server = start("ada")
    statuses = server.put(*(f"ada/{n}" for n in range(5)), size=3 * MB)
    assert {*statuses} == {204, 429}
    assert sum(len(file.data) for file in server.uploaded_file_mgr.file_storage["ada"].values()) <= 8 * MB
    assert server.put("ada/next", size=7 * MB) == [204]


def test_nobody_loses_a_file_for_another_visitor_who_is_there(start):
    names = ["ada", "bob", "eve"]
    server = start(*names)
    assert [server.put(f"{name}/zip", size=6 * MB) for name in names] == [[204]] * 3
    server.active.add("max")
    assert server.put("max/zip", size=6 * MB) == [507]
    assert [server.kept(name) for name in names] == [["zip"]] * 3


def test_files_of_a_visitor_who_has_left_make_room(start):
    names = ["ada", "bob", "eve", "max"]
    server = start(*names)
    for name in names[:3]:
        server.put(f"{name}/zip", size=6 * MB)
    server.active -= {"ada", "bob"}
    assert server.put("max/zip", size=6 * MB) == [204]
    assert [server.kept(name) for name in names] == [[], ["zip"], ["zip"], ["zip"]]


def test_the_bound_of_the_server_is_a_setting(start, monkeypatch):
    monkeypatch.setenv(uploads.SERVER, "2.5")
    server = start("ada", "bob")
    assert server.put("ada/a", size=2 * MB) == [204]
    assert server.put("bob/b", size=2 * MB) == [507]


def test_a_session_that_does_not_exist_gets_nothing(start):
    server = start("ada")
    assert server.put("nobody/zip") == [400]
    assert server.kept("nobody") == []


def test_a_file_that_arrives_when_its_visitor_has_gone_is_not_kept(start):
    server = start("ada")
    assert server.put("ada/zip", meanwhile=server.active.clear) == [204]
    assert server.kept("ada") == []

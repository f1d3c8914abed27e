"""Streamlit's server with the patches: nothing that was requested is lost, and leaving is no error."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import cli_util, config
from streamlit.components.v2.bidi_component.serialization import BidiComponentSerde
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import StopException
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.state import SafeSessionState, SessionState

from ui.patches import server
from ui.patches.server import apply


@pytest.fixture(autouse=True)
def patched(monkeypatch):
    """Apply the patches twice, as every run of the app does, and undo them after the test."""
    monkeypatch.setattr(Runtime, "_send_message", Runtime._send_message)
    monkeypatch.setattr(ScriptRequests, "request_rerun", ScriptRequests.request_rerun)
    for name in ("set_script_intent", "intended_page_script_hash", "intended_page_name"):
        monkeypatch.setattr(PagesManager, name, getattr(PagesManager, name))
    monkeypatch.setattr(ScriptRunner, "_run_script", ScriptRunner._run_script)
    monkeypatch.setattr(WebSocket, "receive_bytes", WebSocket.receive_bytes)
    monkeypatch.setattr(BidiComponentSerde, "deserialize", BidiComponentSerde.deserialize)
    monkeypatch.setattr(SafeSessionState, "__init__", SafeSessionState.__init__)
    monkeypatch.setattr(AppSession, "request_rerun", AppSession.request_rerun)
    monkeypatch.setattr(MemoryFragmentStorage, "clear", MemoryFragmentStorage.clear)
    apply()
    apply()


class Connection:
    def __init__(self):
        self.messages = []

    def write_forward_msg(self, message):
        self.messages.append(message.delta.new_element.markdown.body)


def sent(listed, now) -> None:
    """Send a message to a session as it was listed, while the session manager has it as it is now."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg()
    message.delta.new_element.markdown.body = "Hello"
    manager = SimpleNamespace(get_active_session_info={listed.session.id: now}.get)
    Runtime._send_message(SimpleNamespace(_session_mgr=manager), listed, message)


def of(connection):
    return SimpleNamespace(session=SimpleNamespace(id="somebody"), client=connection, script_run_count=0)


def test_a_message_goes_to_the_connection_of_a_session_that_has_reconnected():
    old, new = Connection(), Connection()
    sent(of(old), of(new))
    assert (old.messages, new.messages) == ([], ["Hello"])


def test_a_message_goes_to_the_only_connection():
    only = Connection()
    sent(of(only), of(only))
    assert only.messages == ["Hello"]


def test_a_message_to_a_session_that_has_ended_goes_to_its_last_connection():
    old = Connection()
    sent(of(old), None)
    assert old.messages == ["Hello"]  # if it is closed it raises, and Streamlit ends the session


def next_run(*asked: RerunData):
    """Return what runs first after these requests."""
    requests = ScriptRequests()
    for one in asked:
        assert requests.request_rerun(one)
    return requests.on_scriptrunner_ready()


PAGE = RerunData(page_script_hash="new")
TIMER = RerunData(page_script_hash="old", fragment_id="live", is_auto_rerun=True)
CANVAS = RerunData(page_script_hash="old", fragment_id="paper")


def test_a_requested_page_runs_although_a_timer_of_the_old_page_fires():
    assert next_run(PAGE, TIMER, TIMER).rerun_data == PAGE


def test_a_requested_page_runs_although_the_canvas_of_the_old_page_sends_a_drawing():
    assert next_run(PAGE, CANVAS, TIMER).rerun_data == PAGE


@pytest.mark.parametrize("page", ["new", ""])  # the hash of a page that is opened by its URL is not known yet
def test_a_fragment_of_the_requested_page_runs_with_it(page):
    asked = next_run(RerunData(page_script_hash=page), RerunData(page_script_hash="new", fragment_id="paper"))
    assert (asked.rerun_data.page_script_hash, asked.rerun_data.fragment_id_queue) == ("new", [])


UNPATCHED = PagesManager.set_script_intent
PAGES = {name: {"page_script_hash": name, "url_pathname": f"{name}_page"} for name in ("old", "new")}


@pytest.mark.parametrize(("page_hash", "page_name"), [("new", ""), ("", "new_page")])  # by a link, and by its address
def test_a_thread_runs_the_page_it_was_asked_for_although_another_begins_a_fragment(monkeypatch, page_hash, page_name):
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    manager = PagesManager("app.py")
    manager.set_script_intent(page_hash, page_name)
    with ThreadPoolExecutor(1) as other:
        other.submit(manager.set_script_intent, "old", "").result()
        assert manager.set_pages_and_resolve(PAGES)["page_script_hash"] == "new"
        assert other.submit(manager.set_pages_and_resolve, PAGES).result()["page_script_hash"] == "old"


def test_the_run_that_applies_the_patches_is_of_the_page_it_was_asked_for(monkeypatch):
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    monkeypatch.setattr(PagesManager, "set_script_intent", UNPATCHED)
    manager = PagesManager("app.py")
    with ThreadPoolExecutor(1) as run:
        run.submit(manager.set_script_intent, "new", "").result()
        run.submit(apply).result()
        assert run.submit(manager.set_pages_and_resolve, PAGES).result()["page_script_hash"] == "new"


def test_a_page_requested_after_a_timer_fired_runs():
    assert next_run(TIMER, PAGE).rerun_data.page_script_hash == "new"


def test_a_timer_alone_runs_its_fragment():
    assert next_run(TIMER, TIMER).rerun_data.fragment_id_queue == ["live"]


def test_a_click_that_waits_with_a_timer_is_not_lost():
    click = RerunData(page_script_hash="old", fragment_id="other")
    assert next_run(click, TIMER).rerun_data.fragment_id_queue == ["other", "live"]


def test_a_stopped_runner_rejects_requests():
    requests = ScriptRequests()
    requests.request_stop()
    assert not requests.request_rerun(TIMER)
    assert requests.on_scriptrunner_ready().type is ScriptRequestType.STOP


def talk(*arrive: dict, fails: bool = False):
    """Return what a server reads from a browser after sending to it, which fails if the browser has gone."""
    messages = iter([{"type": "websocket.connect"}, *arrive])

    async def receive():
        return next(messages)

    async def send(message):
        if fails and message["type"] == "websocket.send":
            raise OSError

    async def read():
        socket = WebSocket({"type": "websocket"}, receive, send)
        await socket.accept()
        try:
            await socket.send_bytes(b"page")
        except WebSocketDisconnect:
            assert fails
        return await socket.receive_bytes()

    try:
        read().send(None)  # nothing in it waits, so it needs no event loop; another test may have one running
    except StopIteration as done:
        return done.value


def test_reading_from_a_browser_that_has_gone_is_a_disconnect():
    with pytest.raises(WebSocketDisconnect):
        talk({"type": "websocket.receive", "bytes": b"late"}, fails=True)


def test_a_message_of_a_connected_browser_is_read():
    assert talk({"type": "websocket.receive", "bytes": b"click"}) == b"click"


def run_of(monkeypatch, asked: RerunData):
    """Return what runs of a request while the page "new" is open, with the fragment "there"; None for nothing."""
    run = [None]
    monkeypatch.setattr(server, "_run_script", lambda runner, asked: run.append(asked))
    runner = SimpleNamespace(
        _get_script_run_ctx=lambda: SimpleNamespace(page_script_hash="new"),
        _fragment_storage=SimpleNamespace(contains={"there"}.__contains__),
    )
    ScriptRunner._run_script(runner, asked)
    return run[-1]


def test_a_fragment_of_a_page_that_was_left_does_not_run(monkeypatch):
    assert run_of(monkeypatch, RerunData(page_script_hash="old", fragment_id_queue=["gone"])) is None


@pytest.mark.parametrize("page", ["old", "new"])
@pytest.mark.parametrize("parts", [[], ["there"]], ids=["the whole page", "a fragment"])
def test_what_exists_runs_as_requested(monkeypatch, page, parts):
    asked = RerunData(page_script_hash=page, fragment_id_queue=parts)
    assert run_of(monkeypatch, asked) == asked


def test_of_two_fragments_only_the_one_that_exists_runs(monkeypatch):
    asked = RerunData(page_script_hash="new", fragment_id_queue=["gone", "there"])
    assert run_of(monkeypatch, asked).fragment_id_queue == ["there"]


def test_a_click_in_a_fragment_that_is_gone_runs_the_whole_page(monkeypatch):
    asked = RerunData(page_script_hash="new", fragment_id_queue=["gone"])
    assert run_of(monkeypatch, asked).fragment_id_queue == []


def test_the_timer_of_a_fragment_that_is_gone_does_not_run_the_whole_page(monkeypatch):
    asked = RerunData(page_script_hash="new", fragment_id_queue=["gone"], is_auto_rerun=True)
    assert run_of(monkeypatch, asked) == asked  # Streamlit ignores it without a message


@pytest.mark.parametrize(
    ("options", "opened"),
    [
        ({}, ["http://localhost:8501"]),
        ({"server.address": "::"}, ["http://localhost:8501"]),
        ({"server.address": "192.168.1.20"}, ["http://192.168.1.20:8501"]),
        ({"server.address": "127.0.0.1", "browser.serverAddress": "digits.example"}, ["http://digits.example:8501"]),
        ({"server.headless": True}, []),
    ],
)
def test_a_browser_opens_at_the_servers_address_unless_it_is_headless(monkeypatch, options, opened):
    usual, urls = config.get_option, []
    defaults = {"server.headless": False, "browser.serverPort": 8501}
    monkeypatch.setattr(config, "get_option", lambda name: {**defaults, **options}.get(name, usual(name)))
    monkeypatch.setattr(config, "is_manually_set", options.__contains__)
    monkeypatch.setattr(cli_util, "open_browser", urls.append)

    async def start():
        async with server.open_browser(None):
            assert urls == opened

    with ThreadPoolExecutor(1) as thread:  # in this thread, another test's browser may have an event loop running
        thread.submit(asyncio.run, start()).result()


@pytest.mark.parametrize("sent", ["", "{", "[]", "7", "[" * 100_000, f'{{"a": {"9" * 5000}}}', f'{{"a": {"[" * 5000}'])
def test_a_component_that_sends_no_json_object_has_its_defaults_and_logs_nothing(sent, caplog):
    assert BidiComponentSerde({"drawing": "blank"}).deserialize(sent) == {"drawing": "blank"}
    assert caplog.records == []


@pytest.mark.parametrize("sent", ['{"drawing": {"raw": 7}}', {"drawing": {"raw": 7}}], ids=["text", "object"])
def test_a_component_has_the_state_that_the_browser_has_sent(sent):
    assert BidiComponentSerde({"drawing": 1, "other": 2}).deserialize(sent) == {"drawing": {"raw": 7}, "other": 2}


def test_a_run_that_ends_and_one_that_begins_do_not_change_the_state_of_a_session_at_once():
    """Without the patch, the reader raises "dictionary changed size during iteration" within a few rounds."""
    state = SessionState()
    ends, begins = (SafeSessionState(state, lambda: None) for _ in range(2))
    for number in range(2_000):
        ends[f"kept_{number}"] = number

    def change():
        for number in range(300):
            ends[f"new_{number}"] = number
            ends.on_script_finished(frozenset())

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(1) as thread:
            changed = thread.submit(change)
            while not changed.done():
                assert len(begins.filtered_state) >= 2_000
            changed.result()
    finally:
        sys.setswitchinterval(usual)


@pytest.mark.parametrize(("fragment", "waits"), [("room", True), ("", False)])
def test_a_fragment_is_not_started_before_the_last_messages_of_the_run_before_are_sent(monkeypatch, fragment, waits):
    started = []
    monkeypatch.setattr(server, "_rerun_session", lambda _, asked: started.append(asked.fragment_id))

    async def ask() -> None:
        requests = ScriptRequests()
        requests.on_scriptrunner_ready()  # nothing else was asked for: the run has ended
        session = AppSession.__new__(AppSession)
        session._event_loop, session._scriptrunner = asyncio.get_running_loop(), SimpleNamespace(_requests=requests)
        session.request_rerun(ClientState(fragment_id=fragment))
        await asyncio.sleep(0.03)
        assert started == ([] if waits else [fragment])
        session._scriptrunner = None  # its last message was taken
        await asyncio.sleep(0.03)
        assert started == [fragment]

    with ThreadPoolExecutor(1) as thread:  # this one may have the loop of a browser
        thread.submit(asyncio.run, ask()).result()


@pytest.mark.parametrize("stopped", [True, False])
def test_only_a_run_that_was_not_stopped_takes_fragments_away_at_its_end(monkeypatch, stopped):
    def yield_check() -> None:  # as in a runner: it raises where the run is to end
        if stopped:
            raise StopException

    monkeypatch.setattr(server, "get_script_run_ctx", lambda **_: SimpleNamespace(yield_check=yield_check))
    fragments = MemoryFragmentStorage()
    fragments.register("of the next run", print)
    fragments.register("of this run", print)
    with suppress(StopException):
        fragments.clear(frozenset({"of this run"}))
    assert fragments.contains("of this run")
    assert fragments.contains("of the next run") == stopped

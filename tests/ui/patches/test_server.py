"""Streamlit's own server, once it is mended: nothing that was asked for is lost, and to leave is no error."""

from types import SimpleNamespace

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

from ui.patches import server
from ui.patches.server import apply


@pytest.fixture(autouse=True)
def mended(monkeypatch):
    """Mend it twice, as every run of the app does, and leave it after the test as it was."""
    monkeypatch.setattr(Runtime, "_send_message", Runtime._send_message)
    monkeypatch.setattr(ScriptRequests, "request_rerun", ScriptRequests.request_rerun)
    monkeypatch.setattr(ScriptRunner, "_run_script", ScriptRunner._run_script)
    monkeypatch.setattr(WebSocket, "receive_bytes", WebSocket.receive_bytes)
    apply()
    apply()


class Connection:
    def __init__(self):
        self.messages = []

    def write_forward_msg(self, message):
        self.messages.append(message.delta.new_element.markdown.body)


def sent(listed, now) -> None:
    """Send a message to a session as it was listed, while the session manager knows it as it is now."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg()
    message.delta.new_element.markdown.body = "Hello"
    manager = SimpleNamespace(get_active_session_info={listed.session.id: now}.get)
    Runtime._send_message(SimpleNamespace(_session_mgr=manager), listed, message)


def of(connection):
    return SimpleNamespace(session=SimpleNamespace(id="somebody"), client=connection, script_run_count=0)


def test_a_message_goes_to_the_connection_with_which_somebody_has_come_back():
    old, new = Connection(), Connection()
    sent(of(old), of(new))
    assert (old.messages, new.messages) == ([], ["Hello"])


def test_a_message_goes_to_the_only_connection_there_is():
    only = Connection()
    sent(of(only), of(only))
    assert only.messages == ["Hello"]


def test_a_message_to_somebody_who_has_left_goes_to_the_connection_they_had():
    old = Connection()
    sent(of(old), None)
    assert old.messages == ["Hello"]  # a closed one says so itself, and Streamlit lets the session go


def next_run(*asked: RerunData):
    """Return what is run first after these requests."""
    requests = ScriptRequests()
    for one in asked:
        assert requests.request_rerun(one)
    return requests.on_scriptrunner_ready()


PAGE = RerunData(page_script_hash="new")
TIMER = RerunData(page_script_hash="old", fragment_id="live", is_auto_rerun=True)
CANVAS = RerunData(page_script_hash="old", fragment_id="paper")


def test_a_page_asked_for_is_run_even_if_a_timer_of_the_old_page_rings():
    assert next_run(PAGE, TIMER, TIMER).rerun_data == PAGE


def test_a_page_asked_for_is_run_even_if_the_old_page_tells_what_is_drawn_on_it():
    assert next_run(PAGE, CANVAS, TIMER).rerun_data == PAGE


@pytest.mark.parametrize("page", ["new", ""])  # of a page opened by its address the hash is not known yet
def test_what_is_told_on_the_page_that_is_asked_for_is_run_with_it(page):
    asked = next_run(RerunData(page_script_hash=page), RerunData(page_script_hash="new", fragment_id="paper"))
    assert (asked.rerun_data.page_script_hash, asked.rerun_data.fragment_id_queue) == ("new", [])


def test_a_page_asked_for_after_a_timer_rang_is_run():
    assert next_run(TIMER, PAGE).rerun_data.page_script_hash == "new"


def test_a_timer_alone_runs_its_fragment():
    assert next_run(TIMER, TIMER).rerun_data.fragment_id_queue == ["live"]


def test_a_click_that_waits_beside_a_timer_is_not_lost():
    click = RerunData(page_script_hash="old", fragment_id="other")
    assert next_run(click, TIMER).rerun_data.fragment_id_queue == ["other", "live"]


def test_a_stopped_runner_takes_no_request():
    requests = ScriptRequests()
    requests.request_stop()
    assert not requests.request_rerun(TIMER)
    assert requests.on_scriptrunner_ready().type is ScriptRequestType.STOP


def talk(*arrive: dict, fails: bool = False):
    """Return what a server reads of a browser after it has sent it something, which may fail as it has gone."""
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
        read().send(None)  # nothing in it waits, so it needs no event loop, and a browser's test may have one running
    except StopIteration as done:
        return done.value


def test_a_browser_that_was_found_gone_has_left():
    with pytest.raises(WebSocketDisconnect):
        talk({"type": "websocket.receive", "bytes": b"late"}, fails=True)


def test_a_browser_that_is_there_is_heard():
    assert talk({"type": "websocket.receive", "bytes": b"click"}) == b"click"


def run_of(monkeypatch, asked: RerunData):
    """Return what is run of a request while the page "new", which has the part "there", is open; None for nothing."""
    run = [None]
    monkeypatch.setattr(server, "_run_script", lambda runner, asked: run.append(asked))
    runner = SimpleNamespace(
        _get_script_run_ctx=lambda: SimpleNamespace(page_script_hash="new"),
        _fragment_storage=SimpleNamespace(contains={"there"}.__contains__),
    )
    ScriptRunner._run_script(runner, asked)
    return run[-1]


def test_a_part_that_went_with_its_page_is_not_run(monkeypatch):
    assert run_of(monkeypatch, RerunData(page_script_hash="old", fragment_id_queue=["gone"])) is None


@pytest.mark.parametrize("page", ["old", "new"])
@pytest.mark.parametrize("parts", [[], ["there"]], ids=["the whole page", "a part"])
def test_what_is_there_is_run_as_it_was_asked_for(monkeypatch, page, parts):
    asked = RerunData(page_script_hash=page, fragment_id_queue=parts)
    assert run_of(monkeypatch, asked) == asked


def test_only_the_part_that_is_there_is_run_of_two(monkeypatch):
    asked = RerunData(page_script_hash="new", fragment_id_queue=["gone", "there"])
    assert run_of(monkeypatch, asked).fragment_id_queue == ["there"]


def test_all_of_this_page_is_run_if_somebody_clicked_on_a_part_that_it_no_longer_has(monkeypatch):
    asked = RerunData(page_script_hash="new", fragment_id_queue=["gone"])
    assert run_of(monkeypatch, asked).fragment_id_queue == []


def test_the_timer_of_a_part_that_is_gone_does_not_run_all_of_this_page(monkeypatch):
    asked = RerunData(page_script_hash="new", fragment_id_queue=["gone"], is_auto_rerun=True)
    assert run_of(monkeypatch, asked) == asked  # for Streamlit to pass over, as it says nothing about timers


@pytest.mark.parametrize("timer", [True, False])
def test_a_run_knows_whether_a_timer_asked_for_it(monkeypatch, timer):
    run_of(monkeypatch, RerunData(page_script_hash="new", fragment_id_queue=["there"], is_auto_rerun=timer))
    assert server.asked_by_timer() == timer

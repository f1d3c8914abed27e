"""Four mistakes of Streamlit 1.67's server, mended until a later version has done so; then this file can go.

Three lose a page that somebody asked for, the more easily the more learners there are: of 3,300 pages that thirty
learners asked for within ten minutes, two never came, and who left Draw within half a second of opening it got an
empty page one time in 85. The fourth fills the log of a busy server with tracebacks.
"""

import threading
from dataclasses import replace

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.session_manager import ActiveSessionInfo

_send_message, _request_rerun = Runtime._send_message, ScriptRequests.request_rerun
_run_script, _receive_bytes = ScriptRunner._run_script, WebSocket.receive_bytes
_run = threading.local()  # what is known of the run that goes on in a thread


def mend() -> None:
    """Mend this process's Streamlit. Doing so again changes nothing."""
    Runtime._send_message = send_to_present_connection
    ScriptRequests.request_rerun = keep_page_asked_for
    ScriptRunner._run_script = run_unless_left
    WebSocket.receive_bytes = receive_unless_gone


def asked_by_timer() -> bool:
    """Return whether the timer of a fragment, and nobody's click, has asked for the run that goes on.

    What the browser tells with it of its widgets may be older than what it has been sent since.
    """
    return getattr(_run, "by_timer", False)


def send_to_present_connection(runtime: Runtime, listed: ActiveSessionInfo, message: ForwardMsg) -> None:
    """Send a message to the connection that a session has now.

    Streamlit goes through a list of all sessions and waits between two messages. Who comes back meanwhile stands in
    that list with the connection that they had before, so their new page would be sent there and be lost.
    """
    now = runtime._session_mgr.get_active_session_info(listed.session.id)
    _send_message(runtime, now or listed, message)


def keep_page_asked_for(requests: ScriptRequests, asked: RerunData) -> bool:
    """Take a request to run something; return False if this runner has been stopped.

    Streamlit makes one request of two that wait, for the page that the later one names. The timer of a fragment on the
    old page may ring after the click on a link to a new one, or its canvas may send what is drawn on it; their request
    would turn the new page into the old again.
    """
    with requests._lock:
        first = requests._rerun_data
        waits = requests._state is ScriptRequestType.RERUN and not first.fragment_id_queue
    left = asked.fragment_id and first.page_script_hash not in ("", asked.page_script_hash)
    if waits and (asked.is_auto_rerun or left):  # the whole page will be run, with its fragments that are still there
        return True
    return _request_rerun(requests, asked)


def run_unless_left(runner: ScriptRunner, asked: RerunData) -> None:
    """Run what was asked for, unless it is a part of a page that was left while the request waited.

    Streamlit finds no such part, but has told the browser by then that the old page comes, which empties the new one.
    Of the page that is there, all is run in place of a part that it no longer has, or a click on it would be lost.
    """
    page, parts = runner._get_script_run_ctx().page_script_hash, asked.fragment_id_queue
    there = [part for part in parts if runner._fragment_storage.contains(part)]
    if parts and not there and page not in ("", asked.page_script_hash):
        return
    _run.by_timer = asked.is_auto_rerun
    _run_script(runner, asked if asked.is_auto_rerun else replace(asked, fragment_id_queue=there))


async def receive_unless_gone(socket: WebSocket) -> bytes:
    """Wait for a message from a browser. Raises WebSocketDisconnect if it has gone.

    Where sending a message has shown already that it has gone, Streamlit takes the error for a message of text and
    fails at closing once more.
    """
    if socket.application_state is WebSocketState.DISCONNECTED:
        raise WebSocketDisconnect(1006)
    return await _receive_bytes(socket)

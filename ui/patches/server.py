"""Ten faults of Streamlit's server, seen in 1.67.

Four of them lose a page that was asked for, more often with more users: of 3,300 pages that thirty users opened within
ten minutes, two never came, and leaving Draw within half a second of opening it gave an empty page one time in 85.
The fifth fills the log of a busy server with tracebacks, and the sixth that of a server that gets hostile messages.
The seventh loses a run, once in some thousand clicks, and the eighth the end of what a page has drawn: with thirty
learners in a class, some of them lose it each minute. The ninth lets what Run has started stand still, if Run was
pressed before the whole page was there. The last: with an `st.App`, no browser opens at the start.
"""

import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from streamlit import cli_util, config
from streamlit.components.v2.bidi_component.serialization import BidiComponentSerde
from streamlit.components.v2.bidi_component.state import BidiComponentState
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.session_manager import ActiveSessionInfo
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.web.server.server_util import get_display_address, get_url

_send_message, _request_rerun = Runtime._send_message, ScriptRequests.request_rerun
_run_script, _receive_bytes = ScriptRunner._run_script, WebSocket.receive_bytes
_deserialize, _init_safe_state = BidiComponentSerde.deserialize, SafeSessionState.__init__
_rerun_session, _clear = AppSession.request_rerun, MemoryFragmentStorage.clear
_intent = threading.local()  # of each thread: the hash and the name of the page that its run was asked for
SOON_S = 0.005  # until the messages of a run that has ended are looked for again


def apply() -> None:
    """Patch Streamlit in this process. Calling it again changes nothing."""

    def intended(name: str) -> property:
        # A run that applies these patches has begun without them: what it was asked for is noted in the manager.
        return property(lambda manager: getattr(_intent, name, getattr(manager, f"_intended_{name}")))

    Runtime._send_message = send_to_current_connection
    ScriptRequests.request_rerun = keep_requested_page
    PagesManager.set_script_intent = set_intent_of_thread
    PagesManager.intended_page_script_hash = intended("page_script_hash")
    PagesManager.intended_page_name = intended("page_name")
    ScriptRunner._run_script = run_unless_left
    WebSocket.receive_bytes = receive_unless_gone
    BidiComponentSerde.deserialize = deserialize_or_leave_empty
    SafeSessionState.__init__ = init_with_shared_lock
    AppSession.request_rerun = rerun_after_last_messages
    MemoryFragmentStorage.clear = clear_unless_stopped


def send_to_current_connection(runtime: Runtime, listed: ActiveSessionInfo, message: ForwardMsg) -> None:
    """Send a message to the connection that a session has now.

    Streamlit loops over a list of all sessions and waits between two messages. A session that reconnects during the
    loop is still in the list with its old connection, where its new page would be lost.
    No upstream issue found; #8901 is about another fault of reconnecting. Report: docs/upstream/reconnect.md.
    """
    now = runtime._session_mgr.get_active_session_info(listed.session.id)
    _send_message(runtime, now or listed, message)


def keep_requested_page(requests: ScriptRequests, asked: RerunData) -> bool:
    """Take a request to run something; return False if this runner has been stopped.

    Streamlit merges two waiting requests into one, for the page of the later one. After the click on a link to a new
    page, the timer of a fragment on the old one may still fire, or its canvas may send a drawing; their request would
    turn the new page back into the old one. Related upstream: #9617, which clears the timers when the page changes.
    Report: docs/upstream/requested-page.md.
    """
    with requests._lock:
        first = requests._rerun_data
        waits = requests._state is ScriptRequestType.RERUN and not first.fragment_id_queue
    left = asked.fragment_id and first.page_script_hash not in ("", asked.page_script_hash)
    if waits and (asked.is_auto_rerun or left):  # the whole page will run, with all fragments that it still has
        return True
    return _request_rerun(requests, asked)


def set_intent_of_thread(_manager: PagesManager, page_script_hash: str, page_name: str) -> None:
    """Note the page that the run of this thread is to show.

    Streamlit notes one page for the whole session. A click on a link starts a new thread at once, while the one before
    may still begin a fragment of the old page: the new thread then ran the old page. No upstream issue found.
    Report: docs/upstream/page-of-a-thread.md.
    """
    _intent.page_script_hash, _intent.page_name = page_script_hash, page_name


def run_unless_left(runner: ScriptRunner, asked: RerunData) -> None:
    """Run what was requested, unless it is a fragment of a page that was left while the request waited.

    Streamlit finds no such fragment, but has by then told the browser that the old page comes, which empties the new
    one. If a fragment of the current page is gone, the whole page runs, or a click would be lost. Related upstream:
    #9183 and #10130, which made a missing fragment no error. Report: docs/upstream/left-fragment.md.
    """
    page, parts = runner._get_script_run_ctx().page_script_hash, asked.fragment_id_queue
    there = [part for part in parts if runner._fragment_storage.contains(part)]
    if parts and not there and page not in ("", asked.page_script_hash):
        return
    _run_script(runner, asked if asked.is_auto_rerun else replace(asked, fragment_id_queue=there))


async def receive_unless_gone(socket: WebSocket) -> bytes:
    """Wait for a message from a browser. Raises WebSocketDisconnect if it has gone.

    When sending has already found that the browser has gone, Starlette raises RuntimeError here. Streamlit takes that
    for a message of text, and fails once more when it closes the connection. No upstream issue found; the handler came
    with #13372. Report: docs/upstream/gone-browser.md.
    """
    if socket.application_state is WebSocketState.DISCONNECTED:
        raise WebSocketDisconnect(1006)
    return await _receive_bytes(socket)


def deserialize_or_leave_empty(serde: BidiComponentSerde, sent: object) -> BidiComponentState:
    """Return the state of a component as a browser has sent it; its defaults if that is no JSON object.

    Streamlit logs a traceback for what is no JSON, and fails on JSON with thousands of lists in lists, or with an
    integer of thousands of digits. No upstream issue found. Report: docs/upstream/component-state.md.
    """
    if isinstance(sent, str):
        try:
            sent = json.loads(sent)
        except (RecursionError, ValueError):
            sent = None
    return _deserialize(serde, sent if isinstance(sent, dict) else None)


def init_with_shared_lock(safe: SafeSessionState, state: SessionState, yield_callback: Callable[[], None]) -> None:
    """Guard the state of a session by one lock for all threads that run its page.

    A click on a page starts a new thread at once, while the one that runs a fragment still ends. Each has a lock of its
    own in Streamlit, so the new one could read a dictionary while the old one fills it: "dictionary changed size during
    iteration". No upstream issue found. Report: docs/upstream/session-lock.md.
    """
    _init_safe_state(safe, state, yield_callback)
    kept = vars(state.query_params)  # the state itself has slots, which take no further name
    object.__setattr__(safe, "_lock", kept.setdefault("_lock_of_session", safe._lock))


def rerun_after_last_messages(session: AppSession, asked: ClientState | None) -> None:
    """Start what a browser has asked for; a fragment not before the messages of a run that has ended are sent.

    A run's messages wait for the server's thread. If a fragment is asked for meanwhile, Streamlit starts another runner
    at once and takes no more messages of the one before: what the page drew last never comes, nor that it is finished.
    Seen upstream in #9921, where only fragments that are gone were mended. Report: docs/upstream/last-messages.md.
    """
    runner = session._scriptrunner
    ended = runner is not None and runner._requests._state is ScriptRequestType.STOP
    if ended and asked is not None and asked.fragment_id:
        session._event_loop.call_later(SOON_S, session.request_rerun, asked)
    else:
        _rerun_session(session, asked)


def clear_unless_stopped(storage: MemoryFragmentStorage, new_fragment_ids: frozenset[str] | None = None) -> None:
    """At the end of a page, forget the fragments that it no longer has. Raises what ends a run that has been stopped.

    A click stops a run and starts the next one at once. The stopped one goes on to its next element. After its last one
    there is none, and it took the fragments of the next run away. No upstream issue found; #9921 describes another way
    to the same end. Report: docs/upstream/stopped-run.md.
    """
    if context := get_script_run_ctx(suppress_warning=True):
        context.yield_check()
    _clear(storage, new_fragment_ids)


@asynccontextmanager
async def open_browser(_app: object) -> AsyncIterator[None]:
    """Open the app in a browser when the server starts, unless it is headless: a lifespan for `st.App`.

    `streamlit run` does this for any other script. No upstream issue found. Report: docs/upstream/browser-with-app.md.
    """
    if not config.get_option("server.headless"):
        options = [name for name in ("browser.serverAddress", "server.address") if config.is_manually_set(name)]
        address = config.get_option(options[0]) if options else "localhost"
        cli_util.open_browser(get_url(get_display_address(address)))
    yield

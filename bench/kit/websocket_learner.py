"""A learner without a browser: it speaks the app's websocket protocol as Streamlit's own client does."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable
from itertools import count

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from ui.live_view.feed import ALL
from ui.live_view.message import unpack
from ui.state.choices import FLAT_OUT

STEP = re.compile("<dt>Step</dt><dd>([0-9,]+)</dd>")  # among the live numbers
STREAM = "/_stcore/stream"
SHORTEST_S, LATENCIES = 0.1, 4  # as in view.js: how often a live view asks at most, and how many answers' times apart
CACHED_RUNS = 2  # for which a browser caches a message
TIMEOUT_S = 120  # within which a page must have come
EVENTS = "$$STREAMLIT_INTERNAL_KEY"  # begins the id of what a component of the app's own reports
CONNECTION = {"compression": None, "max_size": None, "ping_interval": None, "open_timeout": TIMEOUT_S}


class Learner:
    """A client on one page: it clicks, runs the page's timers, and records what the page shows.

    steps: for each change of the step count on the page, its time by time.perf_counter and the new count.
    errors: exceptions and error boxes on the page, and lost connections, as texts.
    Like a browser it caches large messages and sends their hashes with every request. Their contents are not needed
    again here, so only the hashes are kept.
    """

    def __init__(self, url: str):
        """url: the address of the app, such as http://127.0.0.1:8501."""
        self._address = f"ws{url.removeprefix('http')}{STREAM}"
        self.steps: list[tuple[float, int]] = []
        self.errors: list[str] = []
        self._socket: ClientConnection | None = None
        self._page = ""  # the hash of the page's script
        self._query = ""  # what follows the question mark in the address
        self._session = ""  # the id of the session
        self._widgets: dict[str, WidgetState] = {}  # by id, as a browser would send them
        self._sidebar: set[str] = set()  # ids of the widgets in the sidebar, which is on every page
        self._cached: dict[str, int] = {}  # hashes of large messages, each with the run in which it came
        self._runs = 0  # finished runs of the page or of its fragments
        self._popovers: list[tuple] = []  # their places; they are closed, so no widget in them is on the screen
        self._buttons: dict[str, str] = {}  # ids by label
        self._watching: asyncio.Task | None = None  # asks for what the live view shows
        self._timers: dict[str, tuple[float, asyncio.Task]] = {}  # of the fragments that run again by themselves
        self._begun = False  # whether the requested page has begun to arrive
        self._finished = asyncio.Event()  # set when the page has arrived as a whole

    async def open(self, page: str, query: str = "") -> None:
        """Open a page by its name and its settings in the address, and wait until it has arrived."""
        self._query = query
        await self._connect()
        await self._load(page_name=page)

    async def move(self, page: str, query: str = "") -> None:
        """Go to another page, or to a page with other settings in its address, and wait until it has arrived."""
        self._stop_timers()
        self._widgets = {name: state for name, state in self._widgets.items() if name in self._sidebar}
        self._buttons, self._popovers, self._page, self._query = {}, [], "", query
        await self._load(page_name=page)

    async def click(self, label: str) -> None:
        """Click on a button as soon as the page has it."""
        await until(lambda: label in self._buttons)
        await self._ask(clicked=self._buttons[label])

    async def leave(self) -> None:
        """Close the connection, as a closed or sleeping tab does."""
        self._stop_timers()
        if self._socket:
            self._listening.cancel()
            await self._socket.close()

    async def wake(self) -> None:
        """Connect to the same session again, as a tab that wakes up does, and wait until its page has arrived."""
        await self._connect()
        await self._load()

    async def _load(self, **request: str) -> None:
        self._begun = False
        self._finished.clear()
        await self._ask(**request)
        await asyncio.wait_for(self._finished.wait(), TIMEOUT_S)

    async def _connect(self) -> None:
        # A browser sends an XSRF token and the id of its earlier session as if they were further subprotocols.
        protocols = ["streamlit", "none", self._session] if self._session else ["streamlit"]
        self._socket = await connect(self._address, subprotocols=protocols, **CONNECTION)
        self._listening = asyncio.create_task(self._listen())

    async def _ask(self, clicked: str = "", **more) -> None:
        message = BackMsg()
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        if clicked:
            message.rerun_script.widget_states.widgets.add(id=clicked, trigger_value=True)
        more |= {"page_script_hash": self._page, "query_string": self._query, "cached_message_hashes": self._cached}
        message.rerun_script.MergeFrom(type(message.rerun_script)(**more))
        await self._socket.send(message.SerializeToString())

    async def _report(self, component: str, value: object, fragment: str) -> None:
        """Send the value with which a component of the app's own asks to be drawn again."""
        sent = json.dumps({"event": "next", "value": value})
        trigger = WidgetState(id=f"{EVENTS}_{component}__events", json_trigger_value=sent)
        await self._ask(widget_states={"widgets": [trigger]}, fragment_id=fragment)

    async def _listen(self) -> None:
        try:
            async for packed in self._socket:
                self._take(ForwardMsg.FromString(packed))
            self.errors.append("the server has closed the connection")
        except ConnectionClosed as problem:
            self.errors.append(f"the connection was lost: {problem}")

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self._cached[message.hash] = self._runs
        if kind == "delta":
            self._show(message.delta, tuple(message.metadata.delta_path))
        elif kind == "new_session" and message.metadata.run.fragment_ids:
            # A fragment runs only after the page has finished. The message that says so may be missing: if the next run
            # begins before it is sent, Streamlit replaces it with another.
            if self._begun:
                self._finished.set()
        elif kind == "new_session":
            self._begun = True
            self._session = message.new_session.initialize.session_id or self._session
            self._stop_timers()
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._stop_timers(message.stop_auto_rerun.fragment_ids)
        elif kind == "script_finished":
            self._runs += 1
            self._cached = {name: run for name, run in self._cached.items() if self._runs - run <= CACHED_RUNS}
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._finished.set()
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self.errors.append(message.session_event.script_compilation_exception.message)

    def _show(self, delta: Delta, place: tuple) -> None:
        if delta.add_block.HasField("popover"):
            self._popovers.append(place)
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "html" and (shown := STEP.search(element.html.body)):
            self._see_step(int(shown[1].replace(",", "")))
        elif kind == "bidi_component" and "live_view" in element.bidi_component.component_name:
            view = json.loads(json.loads(element.bidi_component.json))
            if self._watching:
                self._watching.cancel()
            self._watching = asyncio.create_task(self._follow(view["run"], view["pace"]))
        elif kind == "button":  # its label may have changed, as that of Run does while it runs
            others = {label: name for label, name in self._buttons.items() if name != element.button.id}
            self._buttons = {**others, element.button.label: element.button.id}
        elif kind == "exception":
            self.errors.append(element.exception.message)
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self.errors.append(element.alert.body)
        elif not any(place[: len(popover)] == popover for popover in self._popovers):
            state = untouched(element)
            if state:
                widget = getattr(element, kind)
                if kind != "file_uploader" and widget.set_value:
                    self._widgets[state.id] = state
                self._widgets.setdefault(state.id, state)
                if place[0] == RootContainer.SIDEBAR:
                    self._sidebar.add(state.id)

    def _see_step(self, step: int) -> None:
        if not self.steps or self.steps[-1][1] != step:
            self.steps.append((time.perf_counter(), step))

    async def _follow(self, run: str, pace: str) -> None:
        """Record what a live view is sent: ask again as soon as it has come, or at the pace that was chosen."""
        have, want, latency = "", "", 0.03
        address = f"{self._address.removesuffix(STREAM)}/live/{run}"
        try:
            async with connect(address, **CONNECTION) as socket:
                while True:
                    asked = time.perf_counter()
                    await socket.send(f"{have} {want}")
                    header, _ = unpack(await socket.recv())
                    latency, have = 0.8 * latency + 0.2 * (time.perf_counter() - asked), header["step"]
                    self._see_step(have)
                    if not header["playing"]:
                        return
                    want = ALL
                    if pace != FLAT_OUT:
                        want = max(1, round(float(pace) * max(SHORTEST_S, LATENCIES * latency)))
                        await asyncio.sleep(max(0.0, want / float(pace) - latency))
        except (WebSocketException, ValueError) as problem:  # the latter: a pace that is no number
            self.errors.append(f"the live view was not answered: {problem}")

    def _start_timer(self, fragment: str, seconds: float) -> None:
        """Request a fragment at this interval, whether or not the server has answered the last request."""
        if fragment not in self._timers or self._timers[fragment][0] != seconds:
            self._stop_timers([fragment])
            self._timers[fragment] = seconds, asyncio.create_task(self._tick(fragment, seconds))

    def _stop_timers(self, fragments: Iterable[str] | None = None) -> None:
        """Stop the timers of some fragments, of all if None; then also the questions of a live view."""
        if fragments is None and self._watching:
            self._watching.cancel()
        for fragment in list(self._timers) if fragments is None else fragments:
            if fragment in self._timers:
                self._timers.pop(fragment)[1].cancel()

    async def _tick(self, fragment: str, seconds: float) -> None:
        begun = time.perf_counter()
        for turn in count(1):
            await asyncio.sleep(max(0, begun + turn * seconds - time.perf_counter()))
            await self._ask(fragment_id=fragment, is_auto_rerun=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds. Raises TimeoutError if a page should long have come."""
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():
            await asyncio.sleep(0.02)


def untouched(element: Element) -> WidgetState | None:
    """Return what a browser sends for a widget that nobody has touched; None if the element is no such widget.

    The server sets it where an address or the page itself has chosen another value than the default.
    """
    kind = element.WhichOneof("type")
    widget = getattr(element, kind) if kind else None
    if kind == "checkbox":
        return WidgetState(id=widget.id, bool_value=widget.value if widget.set_value else widget.default)
    if kind == "file_uploader":
        return WidgetState(id=widget.id, file_uploader_state_value={})
    if kind == "slider" and not widget.options:
        data = widget.value if widget.set_value else widget.default
        return WidgetState(id=widget.id, double_array_value={"data": data})
    if kind in ("slider", "button_group"):
        names = widget.options if kind == "slider" else [option.content for option in widget.options]
        data = [names[int(place)] for place in widget.default]
        if widget.set_value:
            data = widget.raw_value if kind == "slider" else widget.raw_values
        return WidgetState(id=widget.id, string_array_value={"data": data})
    return None

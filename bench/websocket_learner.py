"""A learner without a browser: the app's own websocket protocol, spoken as Streamlit's page in a browser speaks it."""

import asyncio
import re
import time
from itertools import count

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

STEP = re.compile("<dt>Step</dt><dd>([0-9,]+)</dd>")  # among the live numbers
KEPT_RUNS = 2  # for which a browser keeps a message
SIDEBAR = RootContainer.SIDEBAR  # where a place in it begins
PATIENCE = 120  # seconds in which a page must be there


class Learner:
    """One person on one page: it clicks, follows what the page does by itself, and notes what it is shown.

    steps: when the step count on the page changed, by time.perf_counter, and to what.
    errors: exceptions and error boxes on the page, and a lost connection, as texts.
    Like a browser it keeps large messages, of which it names the hashes whenever it asks for anything; none of those
    is needed again here, so their contents are not kept.
    """

    def __init__(self, url: str):
        """url: of the app, such as http://127.0.0.1:8501."""
        self._address = f"ws{url.removeprefix('http')}/_stcore/stream"
        self.steps: list[tuple[float, int]] = []
        self.errors: list[str] = []
        self._socket: ClientConnection | None = None
        self._page = ""  # the hash of the page's script
        self._session = ""  # its id
        self._widgets: dict[str, WidgetState] = {}  # what a browser would tell of each widget that it shows
        self._lasting: set[str] = set()  # ids of those in the sidebar: they are on every page
        self._kept: dict[str, int] = {}  # hashes of large messages, each with the run that it came in
        self._runs = 0  # of the page or of a fragment of it, that have ended
        self._closed: list[tuple] = []  # places of the popovers: what is in them is not on the screen
        self._buttons: dict[str, str] = {}  # ids by label
        self._timers: dict[str, tuple[float, asyncio.Task]] = {}  # of the fragments that run again by themselves
        self._begun = False  # whether the page that was asked for has begun to come
        self._finished = asyncio.Event()  # the page is there as a whole

    async def open(self, page: str) -> None:
        """Open a page by its name in the address, and wait until it is there."""
        await self._connect()
        await self._ask(page_name=page)
        await asyncio.wait_for(self._finished.wait(), PATIENCE)

    async def move(self, page: str, query: str = "") -> None:
        """Go to another page, or to a page with other settings in its address, and wait until it is there."""
        for fragment in list(self._timers):
            self._stop_timer(fragment)
        self._widgets = {name: state for name, state in self._widgets.items() if name in self._lasting}
        self._buttons, self._closed, self._page = {}, [], ""
        self._begun = False
        self._finished.clear()
        await self._ask(page_name=page, query_string=query)
        await asyncio.wait_for(self._finished.wait(), PATIENCE)

    async def click(self, label: str) -> None:
        """Click on a button, as soon as it is there."""
        async with asyncio.timeout(PATIENCE):
            while label not in self._buttons:
                await asyncio.sleep(0.05)
        await self._ask(clicked=self._buttons[label])

    async def leave(self) -> None:
        """Close the tab, or let it fall asleep."""
        for fragment in list(self._timers):
            self._stop_timer(fragment)
        if self._socket:
            self._listening.cancel()
            await self._socket.close()

    async def wake(self) -> None:
        """Take up the connection of a tab that has slept, and wait until its page is there again."""
        await self._connect()
        self._begun = False
        self._finished.clear()
        await self._ask()
        await asyncio.wait_for(self._finished.wait(), PATIENCE)

    async def _connect(self) -> None:
        # A browser sends a token of XSRF protection and the session that it had in place of further protocols.
        protocols = ["streamlit", "none", self._session] if self._session else ["streamlit"]
        self._socket = await connect(
            self._address,
            subprotocols=protocols,
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=PATIENCE,
        )
        self._listening = asyncio.create_task(self._listen())

    async def _ask(self, clicked: str = "", **more) -> None:
        message = BackMsg()
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        if clicked:
            message.rerun_script.widget_states.widgets.add(id=clicked, trigger_value=True)
        more |= {"page_script_hash": self._page, "cached_message_hashes": self._kept}
        message.rerun_script.MergeFrom(type(message.rerun_script)(**more))
        await self._socket.send(message.SerializeToString())

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
            self._kept[message.hash] = self._runs
        if kind == "delta":
            self._show(message.delta, tuple(message.metadata.delta_path))
        elif kind == "new_session" and message.metadata.run.fragment_ids:
            # A fragment runs only after the page. That the page has ended may have got lost: where the next run begins
            # before the message is on its way, Streamlit turns it into another.
            if self._begun:
                self._finished.set()
        elif kind == "new_session":
            self._begun = True
            self._session = message.new_session.initialize.session_id or self._session
            for fragment in list(self._timers):
                self._stop_timer(fragment)
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._stop_timer(fragment)
        elif kind == "script_finished":
            self._runs += 1
            self._kept = {name: run for name, run in self._kept.items() if self._runs - run <= KEPT_RUNS}
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._finished.set()
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self.errors.append(message.session_event.script_compilation_exception.message)

    def _show(self, delta: Delta, place: tuple) -> None:
        if delta.add_block.HasField("popover"):
            self._closed.append(place)
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "html" and (shown := STEP.search(element.html.body)):
            step = int(shown[1].replace(",", ""))
            if not self.steps or self.steps[-1][1] != step:
                self.steps.append((time.perf_counter(), step))
        elif kind == "button":  # one and the same may have another label now, as Run has once it runs
            others = {label: name for label, name in self._buttons.items() if name != element.button.id}
            self._buttons = {**others, element.button.label: element.button.id}
        elif kind == "exception":
            self.errors.append(element.exception.message)
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self.errors.append(element.alert.body)
        elif not any(place[: len(popover)] == popover for popover in self._closed):
            state = untouched(element)
            if state:
                self._widgets.setdefault(state.id, state)
                if place[0] == SIDEBAR:
                    self._lasting.add(state.id)

    def _start_timer(self, fragment: str, seconds: float) -> None:
        """Ask for a fragment every so many seconds, whether or not the server has come to the last request."""
        if fragment in self._timers and self._timers[fragment][0] == seconds:
            return
        self._stop_timer(fragment)
        self._timers[fragment] = seconds, asyncio.create_task(self._tick(fragment, seconds))

    def _stop_timer(self, fragment: str) -> None:
        if fragment in self._timers:
            self._timers.pop(fragment)[1].cancel()

    async def _tick(self, fragment: str, seconds: float) -> None:
        begun = time.perf_counter()
        for turn in count(1):
            await asyncio.sleep(max(0, begun + turn * seconds - time.perf_counter()))
            await self._ask(fragment_id=fragment, is_auto_rerun=True)


def untouched(element: Element) -> WidgetState | None:
    """Return what a browser tells of a widget that nobody has touched; None if the element is no such widget."""
    kind = element.WhichOneof("type")
    widget = getattr(element, kind) if kind else None
    if kind == "checkbox":
        return WidgetState(id=widget.id, bool_value=widget.default)
    if kind == "file_uploader":
        return WidgetState(id=widget.id, file_uploader_state_value={})
    if kind == "slider" and not widget.options:
        return WidgetState(id=widget.id, double_array_value={"data": widget.default})
    if kind in ("slider", "button_group"):
        names = widget.options if kind == "slider" else [option.content for option in widget.options]
        return WidgetState(id=widget.id, string_array_value={"data": [names[int(place)] for place in widget.default]})
    return None

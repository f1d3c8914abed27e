"""The answers to a live view: each time that the browser has shown what it has, it asks for more.

No timer is needed: a browser that is slow asks less often, and one that has been closed asks for nothing. It asks over
a websocket of its own, since an answer as the run of a fragment takes the server ten times as long.
"""

import asyncio
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

import streamlit as st
from starlette.websockets import WebSocket, WebSocketDisconnect

from live.training_run import TrainingRun
from ui.state import keys

WAIT = 1.0  # seconds, at most, until an answer
MOST_AT_ONCE = 1_000  # steps that a browser may ask for
ALL = "all"  # as many steps as there is time for
PAUSE = "pause"  # no further step: the page runs again for its button, too, but that may take long
QUESTION = re.compile(f"([0-9]{{0,15}}) ({ALL}|{PAUSE}|[0-9]{{0,4}})")


@dataclass(frozen=True)
class Ask:
    """What a browser asks for.

    have: how many steps of the run it has; None if it has nothing. want: how many more it can show before it asks
    again, or ALL; PAUSE to pause the run; None to be told at once what there is.
    """

    have: int | None
    want: int | str | None


@dataclass(eq=False)
class Feed:
    """A run that can be asked for, and what writes the answers."""

    run: TrainingRun
    write: Callable[[int | None], bytes]


@st.cache_resource(show_spinner=False)
def _feeds() -> WeakValueDictionary[str, Feed]:
    """Return what can be asked for on this server, by the names of the runs: each is known to its own page alone."""
    return WeakValueDictionary()


def open_feed(run: TrainingRun, write: Callable[[int | None], bytes]) -> None:
    """Let the live view of this session ask for a run, as long as the session has no other one.

    write: returns the message for a browser that has so many steps, or nothing.
    """
    st.session_state[keys.FEED] = _feeds()[run.name] = Feed(run, write)


def read_ask(text: str) -> Ask | None:
    """Return what a browser has asked for: two words, each empty for None. None if that makes no sense."""
    if not (found := QUESTION.fullmatch(text)):
        return None
    have, want = found.groups()
    ask = Ask(int(have) if have else None, int(want) if want.isdecimal() else want or None)
    return ask if want in ("", ALL, PAUSE) or ask.want <= MOST_AT_ONCE else None


async def answer(socket: WebSocket) -> None:
    """Answer a live view for as long as it asks: what there is of its run now, or as soon as there is more."""
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while (ask := read_ask(await _receive(socket))) and (feed := _feeds().get(socket.path_params["run"])):
            if ask.want == PAUSE:
                feed.run.pause()
            elif ask.want is not None:
                feed.run.allow(None if ask.want == ALL else ask.want)
                await _wait_for_news(feed.run)
            message = feed.write(ask.have)
            del feed  # while nobody asks, this is not to keep the run of a learner who has gone
            await socket.send_bytes(message)
        await socket.close()


async def _receive(socket: WebSocket) -> str:
    """Wait for a question, and return its text: none of a message of bytes, on which Starlette's own would fail."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    return message.get("text") or ""


async def _wait_for_news(run: TrainingRun) -> None:
    """Wait until a chunk of the run has been added to it, or until it does not play or has waited for WAIT."""
    end = time.monotonic() + WAIT
    while not run.advance(0) and (pending := run.pending) and time.monotonic() < end:
        await _wait_for(pending, end - time.monotonic())


async def _wait_for(pending: Future, seconds: float) -> None:
    """Wait until a chunk is done, whether or not it could be computed. Nobody is kept from it if the browser goes."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    pending.add_done_callback(lambda _: loop.is_closed() or loop.call_soon_threadsafe(done.set))
    with suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), seconds)

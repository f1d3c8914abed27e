"""Frames of long work that a page draws as it goes on."""

import time
from collections.abc import Callable, Iterator
from itertools import count

import streamlit as st

from live.chunked_work import ChunkedWork

BURST = 3.0  # seconds of frames in one run of a fragment; between two, the browser must ask for the next
BETWEEN = 0.3  # seconds until it asks
FIRST = 0.06  # seconds in which a first chunk usually comes: a whole picture without it would be drawn for nothing


def show(relay: ChunkedWork, draw: Callable[[Iterator[int]], None]) -> None:
    """Show the work on the page, and go on showing it while it plays.

    draw: is given numbers of frames as they come, and draws each: 0 for the first, which is always there.
    """
    turns = count()

    @st.fragment(run_every=BETWEEN if relay.playing else None)
    def burst() -> None:
        draw(_frames(relay, with_page=next(turns) == 0))

    burst()


def _frames(relay: ChunkedWork, with_page: bool) -> Iterator[int]:
    """Yield 0 for the first frame, then count each time that there is something new to see, for some seconds.

    Where the work is paused there is only the first. Has the whole page drawn anew when the work ends by itself, as the
    rest of it must say so.
    with_page: whether the page itself is being drawn. Then too there is only the first, for what stands below would be
    grey until the last.
    """
    played, frame = relay.playing, 0
    end = time.monotonic() + (0 if with_page else BURST)
    relay.advance(FIRST)
    yield 0
    while relay.playing and time.monotonic() < end:
        if relay.advance():
            frame += 1
            yield frame
    if played and not relay.playing:
        st.rerun()

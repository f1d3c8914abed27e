"""Frames of long work that a page draws while it goes on."""

import time
from collections.abc import Callable, Iterator
from itertools import count

import streamlit as st

from live.chunked_work import ChunkedWork

BURST = 3.0  # seconds of frames in one run of a fragment; after it, the browser must ask for the next run
BETWEEN = 0.3  # seconds until the browser asks
UNNOTICED = 0.25  # seconds of waiting that need no progress bar
FIRST = 0.06  # seconds in which a first chunk usually arrives: without it, the first frame would show nothing new


def draw_frames(work: ChunkedWork, draw: Callable[[Iterator[int]], None]) -> None:
    """Show work on the page, and go on showing it while it plays.

    draw: gets the numbers of the frames as they come, and draws each: 0 for the first, which always comes.
    """
    runs = count()

    @st.fragment(run_every=BETWEEN if work.playing else None)
    def burst() -> None:
        draw(_frames(work, with_page=next(runs) == 0))

    burst()


def wait_for(work: ChunkedWork, text: str) -> None:
    """Wait until work is over or has a problem, with a progress bar if that takes a while.

    At each update of the bar, Streamlit can end the run, as when another setting is chosen or the page is left.
    """
    place = st.empty()
    show_from = time.monotonic() + UNNOTICED
    work.play()
    try:
        while work.playing:
            work.advance(UNNOTICED)
            if time.monotonic() >= show_from:
                place.progress(work.progress, text)
    finally:
        work.pause()
    place.empty()


def _frames(work: ChunkedWork, with_page: bool) -> Iterator[int]:
    """Yield 0 for the first frame, then count each time that there is something new to see, for some seconds.

    While the work is paused, only the first frame comes. When it ends by itself, the whole page runs again, because
    other parts of the page say so, too.
    with_page: whether the whole page is being drawn. Then, too, only the first frame comes: everything below would be
    grey until the last one.
    """
    played, frame = work.playing, 0
    end = time.monotonic() + (0 if with_page else BURST)
    work.advance(FIRST)
    yield 0
    while work.playing and time.monotonic() < end:
        if work.advance():
            frame += 1
            yield frame
    if played and not work.playing:
        st.rerun()

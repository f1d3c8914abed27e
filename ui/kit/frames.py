"""Long work that a page draws while it goes on, or waits for."""

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from live.chunked_work import ChunkedWork
from live.sweep_run import BatchSweeps
from ui.component import component
from ui.patches import fragments
from ui.state import keys, session

UNNOTICED = 0.25  # seconds of waiting that need no progress bar

_component = component(Path(__file__).with_name("ask_again.js"))


def draw_frames(work: ChunkedWork | BatchSweeps, draw: Callable[[], None]) -> None:
    """Show work on the page, and go on showing it while it plays.

    draw: draws what is there now. As soon as the browser has drawn it, it asks for the next frame, so a slow
    one asks less often, and one that has been closed asks for nothing. When the work ends by itself, the page runs
    again, because other parts of it say so, too.
    """

    @st.fragment
    def frame() -> None:
        fragments.run_page_if_changed()
        played = work.playing
        work.advance(UNNOTICED)
        draw()
        ask_again("work", work.playing)
        if played and not work.playing:
            st.rerun()

    frame()


def ask_again(name: str, playing: bool, wait: float = 0) -> None:
    """In a fragment: have the browser ask for its next run once it has drawn this one, if it plays.

    name: tells it from others on the page. wait: in seconds, before it asks.
    """
    st.session_state[keys.FRAME + name] = frame = time.monotonic_ns()
    data = {"playing": playing, "wait": 1000 * wait, "frame": str(frame)}
    # An event needs a callback, even one that does nothing.
    _component(key=keys.FRAMES + name, data=data, on_next_change=lambda: None)


def asked_late(name: str) -> bool:
    """Return whether this run was asked for by a frame that is no longer the newest.

    Its widgets are then as they were before something else was done, such as a click on Reset.
    """
    asked = session.came_with(keys.FRAMES + name, "next")
    return asked is not None and asked != str(st.session_state.get(keys.FRAME + name))


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

"""The answers to a live view: each time that the browser has shown what it has, it asks for more.

No timer is needed: a browser that is slow asks less often, and one that has been closed asks for nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import streamlit as st

from live.training_run import TrainingRun
from ui.patches import fragments
from ui.state import keys

WAIT = 0.25  # seconds, at most, until an answer: a click waits for its end
LISTEN = 0.05  # seconds between looks at whether somebody has done something
MOST_AT_ONCE = 1_000  # steps that a browser may ask for

_component = st.components.v2.component(
    "three_or_seven.feed", js=Path(__file__).with_name("feed.js").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Ask:
    """What a browser asks for.

    run: the name of the run that it shows; have: how many of its steps it has; want: how many more it can show before
    it asks again, None for as many as there is time for.
    """

    run: str
    have: int
    want: int | None


def read_ask(sent: object) -> Ask | None:
    """Return what a browser has asked for; None if it has not, or if what it sent makes no sense."""
    match sent:
        case {"run": str(run), "have": int(have), "want": None | int() as want}:
            if have >= 0 and (want is None or 0 <= want <= MOST_AT_ONCE):
                return Ask(run, have, want)
    return None


def show_feed(run: TrainingRun, write: Callable[[Ask | None], bytes], controls: Callable[[], None]) -> None:
    """Answer the live view on this page for as long as it asks.

    write: returns the message that answers, or the whole run so far if nobody has asked. controls: shows what steers
    the run while it goes on; what is done with it and a question can then arrive as one. When the run ends by itself,
    or something else on the page was changed, the page runs again, after the answer.
    """
    runs = count()

    @st.fragment
    def answer() -> None:
        controls()
        ask = read_ask(st.session_state.get(keys.FEED, {}).get("ask")) if next(runs) else None
        played = run.playing
        if ask and ask.run == run.name:
            run.allow(ask.want)
        _wait_for_news(run)
        _component(key=keys.FEED, data=write(ask), on_ask_change=_nothing)
        if played and not run.playing:
            st.rerun()
        fragments.run_page_if_changed()

    answer()


def _wait_for_news(run: TrainingRun) -> None:
    """Wait until there is something to answer, or something else to do: a hand that moves must not wait for a chunk."""
    end = time.monotonic() + WAIT
    while not run.advance(LISTEN) and run.waits and time.monotonic() < end:
        if fragments.is_asked_again():
            break


def _nothing() -> None:
    """Stand for a callback: only what has one can be asked for."""

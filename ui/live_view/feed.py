"""The answers to a live view: each time that the browser has shown what it has, it asks for more.

No timer is needed: a browser that is slow asks less often, and one that has been closed asks for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import streamlit as st

from live.training_run import TrainingRun
from ui.patches import fragments
from ui.state import keys

WAIT = 0.25  # seconds, at most, until an answer: a click waits for its end
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


def show_feed(run: TrainingRun, write: Callable[[Ask | None], bytes]) -> None:
    """Answer the live view on this page for as long as it asks.

    write: returns the message that answers, or the whole run so far if nobody has asked. When the run ends by itself,
    the page runs again, because other parts of it say so, too.
    """
    runs = count()

    @st.fragment
    def answer() -> None:
        fragments.run_page_if_changed()
        ask = read_ask(st.session_state.get(keys.FEED, {}).get("ask")) if next(runs) else None
        played = run.playing
        if ask:
            run.allow(ask.want)
        run.advance(WAIT)
        _component(key=keys.FEED, data=write(ask), on_ask_change=_nothing)
        if played and not run.playing:
            st.rerun()

    answer()


def _nothing() -> None:
    """Stand for a callback: only what has one can be asked for."""

"""A slider that acts while it is dragged. Streamlit's own acts when it is let go."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from ui.state import keys, session
from ui.state.setting import plain
from ui.state.settings import SETTINGS

HERE = Path(__file__)
_component = st.components.v2.component(
    "three_or_seven.live_slider",
    html='<label><span></span><output></output><input type="range" min="0"></label>',
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


def live_slider(
    label: str,
    name: str,
    options: Sequence,
    write: Callable[[object], str] = plain,
    on_move: Callable[[object], None] | None = None,
) -> object:
    """Show a setting as a slider over its options, and return its value.

    Each move runs what a click on a widget at this place would run: the fragment, or the page. While an answer is on
    its way, only the newest place is kept, so a slow server is never behind. on_move: is called with the value first.
    """
    key, seen = keys.SLIDER + name, keys.MOVED + name

    def moved() -> None:
        place, number, done = _read(st.session_state[key].get("move"), len(options))
        st.session_state[seen] = number, done
        if place is not None:
            st.session_state[name] = options[place]
            if on_move:
                on_move(options[place])

    value = session.value(name)
    place = min(range(len(options)), key=lambda place: abs(options[place] - value))
    number, at_rest = st.session_state.get(seen, (0, True))
    texts = [write(option) for option in options]
    _component(
        key=key,
        data={"label": label, "texts": texts, "place": place, "number": number},
        on_move_change=moved,
    )
    if at_rest:  # a link for each place that a finger passes would fill the browser's history
        session.keep_in_link(name, "" if value == SETTINGS[name].default else plain(value))
    return options[place]


def _read(sent: object, count: int) -> tuple[int | None, int, bool]:
    """Return the place that a browser has sent, the number of its message, and whether the slider was let go."""
    match sent:
        case {"place": int(place), "number": int(number), "done": bool(done)} if 0 <= place < count:
            return place, number, done
    return None, 0, True

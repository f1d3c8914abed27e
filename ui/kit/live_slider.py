"""A slider that acts while it is dragged. Streamlit's own acts when it is let go."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from ui.component import component
from ui.state import keys, session
from ui.state.setting_kinds import plain
from ui.state.settings import SETTINGS

HERE = Path(__file__)
NEWEST = HERE.with_name("send_newest.js").read_text(
    encoding="utf-8"
)  # begins the scripts of components that can be dragged
HTML = '<div class="slider"><span></span><output></output><div><input type="range" min="0"></div></div>'
_component = component(HERE.with_suffix(".js"), HTML, NEWEST)


def live_slider(
    label: str,
    name: str,
    options: Sequence | None = None,
    write: Callable[[object], str] = plain,
    on_move: Callable[[object], None] | None = None,
    disabled: bool = False,
    let_go: bool = False,
) -> object:
    """Show a setting as a slider over its options, and return its value: the option that is nearest to the setting.

    Each move runs what a click on a widget at this place would run. That should be a fragment: a run of the whole page
    would be broken off by the next move before it has drawn what stands below. While an answer is on its way, only the
    newest place is kept, so a slow server is never behind. For what takes long, `let_go` has a slider act only then.

    options: numbers, ascending, by default all that the setting can be; a `range` is cheap however long it is. A
    setting of two numbers gets two ends, which stay at least one option apart; one without a value is shown at the
    last option. write: how an option is shown; of a `range`, all are shown as whole numbers. on_move: is called with
    the value before the run.
    """
    key, seen = keys.SLIDER + name, keys.MOVED + name
    value, options = session.value(name), _all_of(name) if options is None else options
    values = value if isinstance(value, tuple) else (options[-1] if value is None else value,)
    ends = len(values)

    def at(places: list[int]) -> object:
        chosen = tuple(options[place] for place in places)
        return chosen if ends > 1 else chosen[0]

    def moved() -> None:
        places, number, done = _read(session.came_with(key, "move"), len(options), ends)
        st.session_state[seen] = number, done
        if places is not None:
            st.session_state[name] = at(places)
            if on_move:
                on_move(at(places))

    places = [_nearest(options, one) for one in values]
    number, at_rest = st.session_state.get(seen, (0, True))
    data = {"label": label, "places": places, "number": number, "last": len(options) - 1, "disabled": disabled}
    is_range = isinstance(options, range)
    shown = {"range": (options.start, options.step)} if is_range else {"texts": [write(one) for one in options]}
    data |= {"let_go": let_go, **shown}
    _component(key=key, data=[data], on_move_change=moved)  # Streamlit would search a dict for tables
    if at_rest:  # a link for each place that a finger passes would fill the browser's history
        session.keep_in_link(name, [] if value == SETTINGS[name].default else [plain(one) for one in values])
    return at(places)


def set_live(name: str, value: object, done: bool) -> None:
    """Set what a live slider shows, as a drag elsewhere does. To be called from a component's callback.

    done: whether the drag has ended: until then the link stays as it is.
    """
    number, _ = st.session_state.get(keys.MOVED + name, (0, True))
    st.session_state[name], st.session_state[keys.MOVED + name] = value, (number, done)


def _all_of(name: str) -> Sequence:
    """Return all values of a setting that is one of some options, or a whole number."""
    widget = SETTINGS[name].widget
    return widget.get("options") or range(widget["min_value"], widget["max_value"] + 1, widget["step"] or 1)


def _nearest(options: Sequence, value: float) -> int:
    if isinstance(options, range):
        return min(max(round((value - options.start) / options.step), 0), len(options) - 1)
    return min(range(len(options)), key=lambda place: abs(options[place] - value))


def _read(sent: object, count: int, ends: int) -> tuple[list[int] | None, int, bool]:
    """Return the places that a browser has sent, the number of its message, and whether the slider was let go."""
    match sent:
        case {"places": [*places], "number": int(number), "done": bool(done)}:
            if are_places(places, count) and len(places) == ends and places == sorted({*places}):
                return places, number, done
    return None, 0, True


def are_places(sent: object, count: int) -> bool:
    """Return whether what a browser has sent is a list of whole numbers from 0 to below `count`."""
    return isinstance(sent, list) and all(type(place) is int and 0 <= place < count for place in sent)

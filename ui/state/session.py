"""Settings in this session: bound to widgets, read from the link, kept in it."""

from contextlib import suppress

import streamlit as st

from ui.state.keys import IGNORED, LAST_DIGITS, PAGE
from ui.state.settings import SETTINGS, _fail, plain


def bound(name: str, default_as: str = "value", default: object = None) -> dict:
    """Return what a widget needs to be the one that shows a setting: its key, its default, its place in the URL.

    default_as: the widget's own word for its default. default: where it depends on the data in play.
    """
    chosen = SETTINGS[name].default if default is None else default
    return {"key": name, "bind": "query-params", default_as: chosen}


def bound_digit(name: str, digits: tuple[int, ...], default: int) -> dict:
    """Return what a choice among the digits in play needs; a digit that has gone out of play gives way to another.

    default: which digit it is where the setting's own default is not in play.
    Must be called right before the widget is made.
    """
    if SETTINGS[name].default in digits:
        default = SETTINGS[name].default
    if name in st.session_state and st.session_state[name] not in digits:
        st.session_state[name] = default
    return {"options": digits, "required": True, **bound(name, "default", default)}


def value(name: str):
    """Return a setting's value, also before its widget has been shown."""
    return st.session_state.get(name, SETTINGS[name].default)


def link_to(**settings) -> dict[str, str]:
    """Write settings as the parameters of a link to another page."""
    written = {bool: lambda value: str(value).lower(), float: plain}
    return {name: written.get(type(value), str)(value) for name, value in settings.items()}


def keep_in_link(name: str, text: str) -> None:
    """Put a setting that no widget shows into the link, on every page; one without text leaves it."""
    if st.query_params.get(name, "") != text:
        if text:
            st.query_params[name] = text
        else:
            _drop_from_link(name)


def in_play_or_none(name: str, digits: tuple[int, ...]) -> None:
    """Take back the choice of a digit that has gone out of play. Must be called right before the widget is made."""
    if st.session_state.get(name) not in (None, *digits):
        st.session_state[name] = None


def _drop_from_link(name: str) -> None:
    with suppress(KeyError):  # where a page that is being left was quicker
        del st.query_params[name]


def read_link(page: str) -> None:
    """Read the link that opened a page, once: keep its settings, remember the parts that make no sense.

    page: what tells it from the others.
    """
    if st.session_state.get(PAGE) == page:
        return
    first = PAGE not in st.session_state
    st.session_state[PAGE] = page
    # As a whole: a page that was left a moment ago may still be running in this session, and change the link.
    # The sidebar is on every page: later on, it says itself which digits are in play.
    link = {name: st.query_params.get_all(name) for name in st.query_params.to_dict() if first or name != "digits"}
    ignored = [f"digits={text}" for text in link.get("digits", []) if text not in set("0123456789")]
    if "digits" in link:
        link["digits"] = [text for text in link["digits"] if text in set("0123456789")]
        if link["digits"]:
            st.query_params["digits"] = link["digits"]
        else:
            del link["digits"]
            _drop_from_link("digits")
    digits = SETTINGS["digits"].parse(link["digits"]) if "digits" in link else ()
    in_play = digits if len(digits) >= 2 else st.session_state.get(LAST_DIGITS, SETTINGS["digits"].default)
    for name, raw in link.items():
        setting = SETTINGS.get(name)
        try:
            parsed = setting.parse(raw) if setting else _fail()
            if setting.in_play and parsed not in in_play:
                _fail()
        except (ValueError, KeyError):
            ignored.append(" and ".join(f"{name}={text[:40]}" for text in raw[:10]))
            _drop_from_link(name)
        else:
            st.session_state[name] = parsed
    st.session_state[IGNORED] = ignored
    if ignored:
        st.rerun()  # a widget seeds itself from the link as this run got it: the next one gets what is left of it


def at_most(name: str, most: int) -> None:
    """Bring a setting down to what the data in play allow. Must be called right before the widget is made."""
    if (st.session_state.get(name) or 0) > most:
        st.session_state[name] = most

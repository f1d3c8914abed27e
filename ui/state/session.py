"""Settings in this session: bound to widgets, read from the link, kept in it. What components have sent."""

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ui.state.keys import CALLED, IGNORED, LAST_DIGITS, PAGE
from ui.state.setting_kinds import plain
from ui.state.settings import SETTINGS

PRIVATE = ("seat", "teacher", "join")  # settings that are a place in a class: no link to others may carry them


def bound(name: str, **more) -> dict:
    """Return the arguments that make a widget the one that shows a setting.

    These are its key, its default, its options or limits, and that it is kept in the URL.
    more: arguments that depend on the data in play; they replace the setting's own.
    """
    return {"key": name, "bind": "query-params", **SETTINGS[name].widget, **more}


def bound_digit(name: str, digits: tuple[int, ...], default: int) -> dict:
    """Return the arguments for a choice among the digits in play; a digit no longer in play is replaced.

    default: the digit to take where the setting's own default is not in play.
    Must be called right before the widget is made.
    """
    if SETTINGS[name].default in digits:
        default = SETTINGS[name].default
    if name in st.session_state and st.session_state[name] not in digits:
        st.session_state[name] = default
    return bound(name, options=digits, required=True, default=default)


def value(name: str):
    """Return a setting's value, also before its widget has been shown."""
    return st.session_state.get(name, SETTINGS[name].default)


def came_with(key: str, event: str) -> object:
    """Return what came with the newest event of a component; None without one, as when it has left the page.

    A click can be on its way while its page is left: its callback runs, though Streamlit has dropped what it sent. See
    docs/upstream/late-click.md.
    """
    return (st.session_state.get(key) or {}).get(event)


def in_play_or_none(name: str, digits: tuple[int, ...]) -> None:
    """Reset the choice of a digit that is no longer in play. Must be called right before the widget is made."""
    if st.session_state.get(name) not in (None, *digits):
        st.session_state[name] = None


def link_to(**settings) -> dict[str, str]:
    """Write settings as the parameters of a link to another page."""
    written = {bool: lambda value: str(value).lower(), float: plain}
    return {name: written.get(type(value), str)(value) for name, value in settings.items()}


def keep_in_link(name: str, text: str | list[str]) -> None:
    """Keep a setting that no widget shows in the link, on every page; an empty text removes it.

    text: several for a setting of several values.
    """
    texts = text if isinstance(text, list) else [text] * bool(text)
    if st.query_params.get_all(name) != texts:
        if texts:
            st.query_params[name] = texts
        else:
            _drop_from_link(name)


def _drop_from_link(name: str) -> None:
    with suppress(KeyError):  # a page that is being left may have dropped it already
        del st.query_params[name]


def read_link(page: str) -> None:
    """Read the link that opened a page, once: keep its settings, and remember the parts that make no sense.

    page: what tells it from the others.
    """
    if st.session_state.get(PAGE) == page:
        return
    first = PAGE not in st.session_state
    st.session_state[PAGE] = page
    if (called := st.session_state.pop(CALLED, None)) is not None:
        st.session_state[IGNORED] = []
        _set_up(called)
        return
    # Read at once: a page that was just left may still be running in this session, and change the link.
    # After the first link, the digits in play are set by the sidebar's widget, which is on every page; and a place in
    # a class that Back finds in an old address must not replace the one that the session has now.
    own = () if first else ("digits", *PRIVATE)
    link = {name: st.query_params.get_all(name) for name in st.query_params.to_dict() if name not in own}
    ignored = _drop_what_is_no_digit(link)
    digits = SETTINGS["digits"].parse(link.get("digits", []))
    in_play = digits if len(digits) >= 2 else st.session_state.get(LAST_DIGITS, SETTINGS["digits"].default)
    for name, texts in link.items():
        try:
            parsed = SETTINGS[name].parse(texts)
            if SETTINGS[name].in_play and parsed not in in_play:
                raise ValueError
        except (ValueError, KeyError):
            ignored.append(" and ".join(f"{name}={text[:40]}" for text in texts[:10]))
            _drop_from_link(name)
        else:
            st.session_state[name] = parsed
    st.session_state[IGNORED] = ignored
    if ignored:
        st.rerun()  # a widget takes its value from the link as it was when this run began


def set_up_next_page(link: dict[str, list[str]]) -> None:
    """Let the page that is opened next, though it be this one, begin with these settings, all others at their defaults.

    They can't come with the address: Streamlit lets no program write a setting there to which a widget is bound now.
    """
    st.session_state[CALLED] = link
    st.session_state.pop(PAGE, None)


def _set_up(link: dict[str, list[str]]) -> None:
    for name in [name for name in SETTINGS if name in st.session_state and name not in PRIVATE]:
        default = SETTINGS[name].default
        if default is None:
            del st.session_state[name]
        else:
            st.session_state[name] = default  # a widget that stays where it is would keep its value otherwise
    for name, texts in link.items():
        with suppress(ValueError, KeyError):  # of a later version of the app, perhaps: the page does without
            if name not in PRIVATE:
                st.session_state[name] = SETTINGS[name].parse(texts)
                with suppress(StreamlitAPIException):  # of a widget of this page, which writes it there by itself
                    st.query_params[name] = texts


def _drop_what_is_no_digit(link: dict[str, list[str]]) -> list[str]:
    """Leave in a link only those texts of `digits` that are digits, and return the others as a warning names them."""
    given = link.pop("digits", [])
    kept = [text for text in given if text in set("0123456789")]
    if kept:
        link["digits"] = kept
        st.query_params["digits"] = kept
    elif given:
        _drop_from_link("digits")
    return [f"digits={text}" for text in given if text not in kept]

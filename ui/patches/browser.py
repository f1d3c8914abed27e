"""Two faults of Streamlit in the browser, seen in 1.67. What mends them shows nothing."""

from pathlib import Path

from ui.component import component

_history = component(Path(__file__).with_name("history.js"))
_popovers = component(Path(__file__).with_name("popovers.js"))


def return_to_the_page_before() -> None:
    """Have Back return to the page before this one, whatever has been set on this one.

    Streamlit makes an entry in the browser's history when the server changes the address, as it does for each default
    that a new page drops from its link. Back then seems to do nothing: it stays on the page, which does not change.
    No upstream issue found. Report: docs/upstream/back-button.md.
    """
    _history()


def focus_popovers() -> None:
    """Move the focus into popovers that are opened by key on this page, and out of them.

    Streamlit puts the content of a popover at the end of the document, as many presses of Tab away as there are
    controls after its button, and leaves the focus on the button. No upstream issue found (the nearest, #9243, asks for
    less focus). Report: docs/upstream/popover-focus.md.
    """
    _popovers()

"""The browser's Back button. Seen in Streamlit 1.67; no upstream issue found. Report: docs/upstream/back-button.md.

Streamlit makes an entry in the browser's history when the server changes the address, as it does for each default that
a new page drops from its link. Back then seems to do nothing: it stays on the page, which does not change.
"""

from pathlib import Path

from ui.component import component

_component = component(Path(__file__).with_suffix(".js"))


def apply() -> None:
    """Have Back return to the page before this one, whatever has been set on this one. It shows nothing."""
    _component()

"""Changes of a page that arrive with a fragment. Seen in Streamlit 1.67; no upstream issue found.
Report: docs/upstream/click-with-fragment.md.

What happens in a browser within one moment is sent as one request. If a fragment's component reports something in the
moment in which a button of the page is pressed, the request names that fragment alone: the button's callback is called,
but the page is not run again, and goes on to show what was before the click. A view that asks for more many times a
second makes such moments common: one click on Pause in ten.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def run_page_if_changed() -> None:
    """In a fragment: run the whole page if a widget outside the fragment has changed, too."""
    context = get_script_run_ctx()
    if not context.fragment_ids_this_run:  # the whole page is running
        return
    safe = context.session_state
    state = safe._state
    widgets = state._new_widget_state
    for widget in widgets:
        about = widgets.widget_metadata.get(widget)
        elsewhere = about and about.fragment_id not in context.fragment_ids_this_run
        if elsewhere and state._widget_changed(widget):
            st.rerun()

"""What comes from the browser's part of a component."""

import streamlit as st


def came_with(key: str, event: str) -> object:
    """Return what came with the newest event of a name; None without one, as when the component has left the page.

    A click can be on its way while its page is left: its callback runs, though Streamlit has dropped what it sent.
    """
    return (st.session_state.get(key) or {}).get(event)

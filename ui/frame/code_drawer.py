"""The code drawer: the source of the functions that a page calls."""

import inspect
from pathlib import Path

import streamlit as st

from ui.seat.classes import hides
from ui.state import keys

ROOT = Path(__file__).parents[2]


def code_drawer(*functions) -> None:
    """Show the source of each function, read from the file that runs, while the drawer is open."""
    if hides("code"):
        return
    drawer = st.expander("Code", icon=":material/code:", on_change="rerun", key=keys.CODE)
    if not drawer.open:
        return
    with drawer:
        st.caption("The functions that this page has just called, read from the files that ran.")
        for function in map(inspect.unwrap, functions):  # a decorator may come from another file
            file = Path(inspect.getsourcefile(function)).relative_to(ROOT)
            lines, first = inspect.getsourcelines(function)
            st.caption(f"`{file.as_posix()}`, line {first}")
            st.code("".join(lines), language="python")

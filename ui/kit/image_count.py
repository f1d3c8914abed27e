"""How many images to take: a slider, unless there is only one."""

import streamlit as st

from ui.state import session


def image_count(label: str, most: int, name: str) -> int:
    """Ask for a number of images, from 1 to `most`. name: the setting; without a value it is at most its default."""
    if most == 1:  # a slider needs two ends that differ
        st.markdown(f"{label}: there is only **1**.")
        return 1
    session.at_most(name, most)
    return st.slider(
        label, **session.bound(name, min_value=1, max_value=most, value=min(session.value(name) or most, most))
    )

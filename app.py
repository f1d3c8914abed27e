"""Three or Seven: how a computer learns to tell a handwritten 3 from a 7."""

import streamlit as st

from ui import sidebar, state

st.set_page_config(page_title="Three or Seven", page_icon=":material/looks_3:", layout="wide")
state.read_link()
page = st.navigation(
    {
        "": [st.Page("pages/home.py", title="Home", icon=":material/home:", default=True)],
        "See": [
            st.Page("pages/pixels.py", title="Pixels", icon=":material/grid_on:"),
            st.Page("pages/tensors.py", title="Tensors", icon=":material/layers:"),
        ],
        "Compare": [
            st.Page("pages/ideal_digits.py", title="Ideal digits", icon=":material/blur_on:"),
            st.Page("pages/distance.py", title="Distance", icon=":material/straighten:"),
        ],
        "Try": [st.Page("pages/draw.py", title="Draw", icon=":material/draw:")],
    }
)
sidebar.show()
page.run()

"""Home: what this is, and the way through it."""

import streamlit as st

from core.distance import distances_to, l2_distance, nearest
from core.ideal import ideal_digit, to_unit
from core.model import init_params
from core.training.next_step import gradient_of_one
from ui.frame import lesson
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit.text import title_of
from ui.seat.join import show_join

scene = start(
    "Three or Seven",
    "A computer sees only numbers. Draw a digit and have it judged; or follow one handwritten digit, the specimen, "
    "from its pixels to a model that learns. **Try this:** choose another specimen above, and watch the steps change.",
)
with st.container(horizontal=True, vertical_alignment="center", key="ways"):
    st.page_link("pages/draw.py", label="**Draw a digit now**", icon=":material/draw:")
    st.page_link("pages/data.py", label="Begin the lesson", icon=":material/arrow_forward:")
show_join()
with st.grid(4, min_column_width=140):
    for number, show in enumerate(lesson.STEPS[1:], 1):
        name = show.__name__
        picture, alt, text = lesson.card(name, scene)
        with st.container(border=True, height="stretch", key=f"card_{name}"):
            st.image(picture, width="stretch", alt=alt)
            st.page_link(f"pages/{name}.py", label=f"**{number}. {title_of(name)}**")
            st.caption(text)

image = scene.specimen.image
guess_first(
    "home",
    "How many numbers does the computer keep for the picture of one digit?",
    ["1", "28", "784", "50,000"],
    f"{image.numel():,}",
    f"The picture has {image.shape[0]} rows of {image.shape[1]} pixels, one number each, and nothing else.",
)
code_drawer(to_unit, ideal_digit, l2_distance, distances_to, nearest, init_params, gradient_of_one)

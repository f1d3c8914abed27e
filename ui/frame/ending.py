"""How every page ends: where to go next."""

import streamlit as st

from core.dataset import DatasetError
from ui import server
from ui.frame import dataset, lesson
from ui.frame.page import scene_of
from ui.kit.text import title_of

FIRST, LAST = "pixels", "draw"
INVITATIONS = {
    "data": "See the images that the computer learns from, or bring your own.",
    "pixels": "See your digit as the computer does: as numbers.",
    "tensors": "Put many images into one tensor, and change its shape.",
    "ideal_digits": "Watch one typical digit form out of many.",
    "distance": "Measure which typical digit yours is nearest to.",
    "gradient_descent": "Walk downhill, step by step, at a rate that you choose.",
    "training": "Let a model learn while you watch.",
    "learning_rates": "Try many learning rates at once.",
    "draw": "Draw a digit of your own and have it judged.",
}


def end(page: str) -> None:
    """End a page. page: its name in the address, "" for Home."""
    try:
        scene = scene_of(dataset.load_current())
    except DatasetError:  # the page has said so
        return
    names = [step.__name__ for step in lesson.STEPS]
    after = dict(zip(["", *names], names, strict=False))
    # Whoever has drawn a digit can follow it from its pixels on.
    name = FIRST if page == LAST else after.get(page, LAST)
    picture, _, _ = lesson.card(name, scene)
    st.space("small")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="card_next"):
        st.image(picture, width=72, alt=f"A preview of {title_of(name)}")
        with st.container(gap=None):
            st.page_link(f"pages/{name}.py", label=f"**Next: {title_of(name)}**", icon=":material/arrow_forward:")
            st.caption(INVITATIONS[name])
    if dataset.current_name() == dataset.default_name():
        server.prepare_classifiers(scene.dataset)  # so that those of the server's own digits are ready on Draw

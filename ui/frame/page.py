"""How every page begins: its title, what it is about, notices, and the specimen."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from core.dataset import Dataset, DatasetError
from sources import builtin
from ui import server
from ui.frame import dataset as data
from ui.frame import specimen
from ui.frame.scene import Scene
from ui.frame.sidebar import digits_chosen, digits_in_play
from ui.kit.text import quoted
from ui.seat import strip
from ui.state import keys

MOST_NAMED = 10  # parts of a link that a warning names


def start(title: str, about: str) -> Scene:
    """Begin a page. If the digits can't be read, say why and end this page; the others go on."""
    if keys.IGNORED not in st.session_state:
        _run_app_first()
    # At the top, where it stays, and filled below.
    bar = st.container(horizontal=True, vertical_alignment="center", gap="small", key="specimen")
    strip.show_strip()
    st.title(title, anchor=False)  # the address of the page leads here
    st.markdown(about)
    if ignored := st.session_state.get(keys.IGNORED):
        more = f" and {len(ignored) - MOST_NAMED} more" if len(ignored) > MOST_NAMED else ""
        named = ", ".join(map(quoted, ignored[:MOST_NAMED]))
        st.warning(f"A part of the link made no sense and was left out: {named}{more}.")
    try:
        dataset = data.load_current()
    except DatasetError as problem:
        st.error(str(problem))
        st.stop()
    data.keep_current_in_link()
    if dataset.folder.name == builtin.NAME and server.builtin_digits().note:
        st.info(server.builtin_digits().note)
    scene = scene_of(dataset)
    if scene.digits != digits_chosen():
        in_play = ", ".join(map(str, scene.digits))
        st.info(f"Not all digits that were chosen are in this dataset. In play are {in_play}.")
    with bar:
        specimen.show_specimen(scene.specimen, dataset, scene.digits)
    if sentence := specimen.correction(dataset, scene.digits):
        st.caption(f":material/info: {sentence}")
    return scene


def scene_of(dataset: Dataset) -> Scene:
    """Return what the current page works on."""
    digits = digits_in_play(dataset)
    return Scene(dataset, digits, specimen.current(dataset, digits))


def _run_app_first() -> None:
    """Start over with app.py, if Streamlit has run a page directly.

    Until some session has called st.navigation, Streamlit treats each file of a folder called `pages` as a page.
    On a server that has just started, a link to a page would therefore open it without the sidebar.
    """
    PagesManager.uses_pages_directory = False
    st.rerun()

"""How every page begins: its title, what it is about, notices, and the specimen."""

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from core.dataset import Dataset, DatasetError
from sources import builtin
from ui import data, specimen, state
from ui.judges import judges
from ui.quoted import quoted
from ui.sidebar import digits_chosen, digits_in_play
from ui.specimen import Specimen

MOST_NAMED = 10  # parts of a link that a warning names


@dataclass(frozen=True)
class Scene:
    """What a page works on: the shared dataset, the digits in play, and this person's specimen."""

    dataset: Dataset
    digits: tuple[int, ...]
    specimen: Specimen

    def images(self, split: str, digit: int):
        """Return the images of one digit, (n, 28, 28) uint8: a view of the shared dataset."""
        return self.dataset.split(split).of(digit)


def start(title: str, about: str) -> Scene:
    """Begin a page. If the digits can't be read, say why and end it there; the other pages go on."""
    if state.IGNORED not in st.session_state:
        _run_app_first()
    st.title(title)
    st.markdown(about)
    ignored = st.session_state.get(state.IGNORED)
    if ignored:
        more = f" and {len(ignored) - MOST_NAMED} more" if len(ignored) > MOST_NAMED else ""
        named = ", ".join(map(quoted, ignored[:MOST_NAMED]))
        st.warning(f"A part of the link made no sense and was left out: {named}{more}.")
    try:
        dataset = data.dataset()
    except DatasetError as problem:
        st.error(str(problem))
        st.stop()
    data.write_link()
    if dataset.folder.name == builtin.NAME and data.shelf().note:
        st.info(data.shelf().note)
    digits = digits_in_play(dataset)
    if digits != digits_chosen():
        st.info(f"Not all digits that were chosen are in this dataset. In play are {', '.join(map(str, digits))}.")
    scene = Scene(dataset, digits, specimen.show(dataset, digits))
    judges(scene)  # the first visitor of any page has them begin to learn, so that they are ready when somebody draws
    return scene


def _run_app_first() -> None:
    """Begin again with app.py, when Streamlit has run a page on its own.

    It does so for every file of a folder called `pages` until some session has called st.navigation,
    so without this, a link to a page would open it with no sidebar on a server that has just started.
    """
    PagesManager.uses_pages_directory = False
    st.rerun()

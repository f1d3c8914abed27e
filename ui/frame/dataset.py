"""The datasets of this server, shared by all sessions and never changed, and the one that this session uses."""

import os
from pathlib import Path

import streamlit as st

from core.dataset import Dataset, DatasetError
from sources import builtin, library, packed
from sources.home import cannot_write
from ui.kit.text import quoted
from ui.server import builtin_digits, imported_digits, writing_lock
from ui.state import session

VARIABLE = library.FIRST
GONE = "The digits that you used are no longer on this server: they were removed, or nobody had used them for long."


def available() -> tuple[str, ...]:
    """Return the names of all datasets that this server has."""
    return (builtin.NAME, *library.names())


def default_name() -> str:
    """Return the name of the dataset that a session begins with."""
    named = os.environ.get(VARIABLE, "")
    return named if library.index_of(named) else builtin.NAME


def current_name() -> str:
    """Return the name of the dataset that this session uses."""
    return session.value("dataset") or default_name()


def title(name: str) -> str:
    """Return a dataset's title. A user may have chosen it: Markdown must show `safe_title` instead."""
    index = library.index_of(name)
    return index.title if index else builtin.TITLE


def safe_title(name: str) -> str:
    """Return a dataset's title as Markdown; one that a user has chosen is quoted as code."""
    return title(name) if name in (builtin.NAME, library.MNIST) else quoted(title(name))


def distinct_titles(names: list[str]) -> list[str]:
    """Return the titles of some datasets, numbered where several have the same."""
    titles = [" ".join(title(name).split())[:40] for name in names]
    return [t if titles.count(t) == 1 else f"{t} ({titles[:place].count(t) + 1})" for place, t in enumerate(titles)]


def digits_of(name: str) -> tuple[int, ...]:
    """Return the labels that a dataset has."""
    index = library.index_of(name)
    return index.digits if index else tuple(range(10))


def remove(name: str) -> None:
    """Remove an imported dataset from this server, for everybody. Raises DatasetError if that can't be done."""
    folder = str(library.folder_of(name))
    library.remove(name)
    imported_digits.clear(folder)


def switch_to(name: str) -> None:
    """Use another dataset in this session. To be called from a widget's callback."""
    st.session_state["dataset"] = name


def keep_current_in_link() -> None:
    """Keep the name of the dataset in the URL, unless it is the one that every session begins with."""
    session.keep_in_link("dataset", "" if current_name() == default_name() else current_name())


def load(name: str) -> Dataset:
    """Return a dataset by its name, which is read if it is not in memory.

    Raises DatasetError with one sentence if it can't be read.
    """
    if name != builtin.NAME:
        if not library.is_there(name):  # though it may be in memory still
            raise DatasetError(GONE)
        library.mark_used(name)
        return imported_digits(str(library.folder_of(name)))
    return builtin_digits().dataset()


def load_current() -> Dataset:
    """Return the dataset in use; if it can't be read, switch to the built-in one and say so."""
    if current_name() != builtin.NAME:
        try:
            return load(current_name())
        except DatasetError as problem:
            st.warning(f"{problem} The built-in digits are in use instead.")
            switch_to(builtin.NAME)
    return load(builtin.NAME)


def from_files(function, *args):
    """Call a function that reads PNG files of the dataset in use; those that are missing or damaged are written first.

    args: begin with the path of a file or of a label's folder; or with a dataset and a digit, for its training files.
    Raises DatasetError with one sentence if a file can't be written.
    """
    place = args[0] if isinstance(args[0], Path) else args[0].train.folder / str(args[1])
    folder = load(current_name()).folder
    if not packed.has_pngs(folder, place):
        _write_files(folder, place)
    try:
        return function(*args)
    except DatasetError as damage:
        _write_files(folder, place, anew=True)
        st.info(f"A file was damaged and has been written again. ({damage})")
        return function(*args)


def _write_files(folder: Path, place: Path, anew: bool = False) -> None:
    with st.spinner("Writing these images as files"), writing_lock():
        if not anew and packed.has_pngs(folder, place):  # another session has written them meanwhile
            return
        try:
            packed.write_pngs(folder, place)
        except DatasetError:
            if current_name() != builtin.NAME:
                raise
            builtin_digits().repair()
            packed.write_pngs(folder, place)
        except OSError as error:
            raise cannot_write(folder, error, 30) from None

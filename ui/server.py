"""What there is one of for the whole server: digits in memory, workers, classifiers, imports."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.dataset import Dataset
from core.training.data import from_dataset
from live.classifiers import Classifiers, ClassifierSets
from live.pool import Pool, start_pool
from sources import packed
from sources.builtin import BuiltinDigits
from sources.home import home
from sources.readers import picture
from sources.subprocess_job import Downloads
from ui.state import keys

BY_FOLDER = {Dataset: lambda dataset: str(dataset.folder)}  # how caches tell datasets apart

DATASETS_IN_MEMORY = 6  # beside the built-in one; all of MNIST takes 55 MB


@st.cache_resource(show_spinner=False)
def builtin_digits() -> BuiltinDigits:
    """Return the built-in digits of this server."""
    return BuiltinDigits()


@st.cache_resource(max_entries=DATASETS_IN_MEMORY, show_spinner="Reading the digits")
def imported_digits(folder: str) -> Dataset:
    """Return the dataset in a folder of the cache folder. Raises DatasetError if it can't be read."""
    return packed.open_dataset(Path(folder))


@st.cache_resource(show_spinner=False)
def writing_lock() -> threading.Lock:
    """Return the lock that a session holds while it writes the files of an imported dataset."""
    return threading.Lock()


@st.cache_resource(show_spinner=False, on_release=lambda pool: pool.close())
def pool() -> Pool:
    """Return the pool of this server; its workers start at the first call and warm up by themselves."""
    return start_pool()


@st.cache_resource(show_spinner=False, on_release=lambda sets: sets.close())
def _classifier_sets() -> ClassifierSets:
    return ClassifierSets(begin)


def lane() -> Executor:
    """Return the executor of this session: all sessions get the same share of the workers."""
    here = pool()
    if st.session_state.get(keys.LANE, (None,))[0] is not here:
        st.session_state[keys.LANE] = here, here.lane()
    return st.session_state[keys.LANE][1]


def classifiers(dataset: Dataset) -> Classifiers:
    """Return the classifiers of a dataset; they are trained while pages ask for them."""
    return _classifier_sets().of(dataset)


def prepare_classifiers(dataset: Dataset) -> None:
    """Let the classifiers of a dataset be trained for two minutes, which is usually enough."""
    _classifier_sets().of(dataset, seconds=120)


def begin(dataset: Dataset) -> Classifiers:
    """Make the classifiers of a dataset, with the server's pool and the cache folder."""
    here = pool()
    source = here.source(dataset, dataset.digits)
    return Classifiers(from_dataset(dataset), dataset.digits, here.lane(background=True), source, home())


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """Return the downloads of this server: of MNIST, one at a time."""
    return Downloads()


def visitor_is_here() -> Callable[[], bool]:
    """Return a function that says, from any thread, whether the browser of this session is connected."""
    context = get_script_run_ctx()
    # There is no runtime when the server has ended, or in a test of one page.
    return lambda: not runtime.exists() or runtime.get_instance().is_active_session(context.session_id)


@st.cache_resource(show_spinner=False)
def import_slots(small: bool) -> threading.Semaphore:
    """Return the semaphore of small or of large uploaded files: one of each is read at a time on the whole server."""
    return threading.Semaphore(1)


@st.cache_resource(show_spinner=False)
def picture_slots() -> threading.Semaphore:
    """Return the semaphore that lets a few visitors' pictures be decoded at the same time."""
    return threading.Semaphore(picture.MOST_AT_ONCE)

"""A cache folder with the built-in digits for the app, and a visitor who opens pages."""

import os
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from core.classifiers.training import PLANS
from core.dataset import SPLITS, read_dataset
from live import training_run, weights_file
from live.classifiers import Classifiers
from live.data_source import DataSource
from sources import builtin
from sources.home import VARIABLE
from tests.live.classroom.conftest import postgres_server  # noqa: F401, a fixture
from tests.pages.visitor import Visitor
from tools.browser import keep_untrained_classifiers

SCRIPTS = ScriptCache()
QUICK = {kind: replace(plan, steps=3) for kind, plan in PLANS.items()}


@pytest.fixture(scope="session")
def shared_home(built_in_folder, tmp_path_factory):
    """A cache folder where the digits are unpacked, and models to judge drawings kept untrained. To be left whole."""
    home = tmp_path_factory.mktemp("pages-home")
    shutil.copytree(built_in_folder, home / builtin.NAME, copy_function=os.link)
    keep_untrained_classifiers(home, read_dataset(home / builtin.NAME), QUICK)
    return home


@pytest.fixture(scope="session")
def mnist(shared_home):
    """The digits as NumPy and Pillow read them: {(split, digit): (n, 28, 28) uint8}."""
    return {
        (split, digit): np.stack([np.asarray(Image.open(path)) for path in _files(shared_home, split, digit)])
        for split in SPLITS
        for digit in range(10)
    }


@pytest.fixture
def home(shared_home, monkeypatch):
    """The cache folder that the app uses in this test."""
    monkeypatch.setenv(VARIABLE, str(shared_home))
    return shared_home


@pytest.fixture
def own_home(shared_home, tmp_path, monkeypatch):
    """A cache folder of this test's own. Its digits are links to shared files, to be replaced and never overwritten.

    Their PNG files, which take long to link or to write, are in the shared folders: `write_pngs` finds nothing to do.
    """
    for folder in (builtin.NAME, weights_file.FOLDER):
        shutil.copytree(shared_home / folder, tmp_path / folder, copy_function=os.link, ignore=_pngs)
    for split in SPLITS:
        (tmp_path / builtin.NAME / split).symlink_to(shared_home / builtin.NAME / split)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def _pngs(_folder: str, names: list[str]) -> set[str]:
    return {*names} & {*SPLITS}


@pytest.fixture(autouse=True)
def _judges_that_learn_quickly(monkeypatch):
    """Train the app's own models for three steps only: their training takes half a minute for each dataset."""
    monkeypatch.setattr("ui.server.Classifiers", partial(Classifiers, plans=QUICK))


@pytest.fixture
def anywhere(monkeypatch):
    """Return a function that opens a page of the app, with whatever cache folder there is."""
    # Before each run, AppTest sets a class variable of PagesManager which says that the app has a folder pages/ and
    # no st.navigation. On a server the first run of app.py ends that. So AppTest gets a subclass to set it on.
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    monkeypatch.setattr(app_test, "PagesManager", type("UnusedPagesManager", (PagesManager,), {}))
    for module in (app_test, local_script_runner):
        monkeypatch.setattr(module, "ScriptCache", lambda: SCRIPTS)  # a server has one for all sessions
    media = MemoryMediaFileStorage("/media")
    monkeypatch.setattr(app_test, "MemoryMediaFileStorage", lambda _endpoint: media)  # AppTest throws its own away
    return lambda page="home", **link: Visitor(media, page, **link)


@pytest.fixture
def visit(home, anywhere):
    """Return a function that opens a page of the app, with the cache folder whole and writable."""
    return anywhere


OPENED: dict[str, Visitor] = {}


@pytest.fixture
def opened(visit):
    """Return a function that returns a page without a link, opened once for all tests that do nothing but read it."""

    def look(page: str) -> Visitor:
        if page not in OPENED:
            OPENED[page] = visit(page)
        return OPENED[page]

    return look


@pytest.fixture
def descent(visit):
    """Return a function that opens Gradient descent with some settings in its link."""
    return lambda **link: visit("gradient_descent", **link)


@pytest.fixture
def training(visit, monkeypatch):
    """Return a function that opens Training with some settings in its link."""
    monkeypatch.setattr(training_run, "CLICK_SECONDS", 60)  # on a busy machine, a worker needs some to begin
    return lambda **link: visit("training", **link)


@pytest.fixture
def threes_and_sevens(shared_home):
    """What a run learns from that nobody has set up otherwise."""
    return DataSource(str(shared_home / "mnist-5000"), (3, 7)).load()


def _files(home, split, digit):
    return sorted((home / builtin.NAME / split / str(digit)).glob("*.png"))

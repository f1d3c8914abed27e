"""What all tests share: a cache folder of their own, and the built-in digits, unpacked once."""

import gc
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache, wraps
from itertools import product
from pathlib import Path

import pytest
import streamlit as st
import torch
from altair.utils import schemapi
from filelock import FileLock
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import local_script_runner
from xdist.scheduler import LoadScopeScheduling

from live.workers.worker_pool import Workers
from sources import builtin, packed
from sources.home import VARIABLE

settings.register_profile("tests", deadline=None)  # a slow machine is no failure
settings.load_profile("tests")


# These run first, as their tests take longest: the last should be short, so that no process waits long for another.
FIRST = (
    "browser",
    "faults",
    "test_container_steps.py",
    "pages",
    "sources",
    "live",
    "bench",
    "test_layout.py",
    "test_security.py",
)
# Each process that runs browser tests has to start a server and Chromium. So two processes run them all: one runs these
# files, the other all other files.
ONE_BROWSER = ("clicks", "data", "draw", "finger", "protection", "visits")


class InFiles(LoadScopeScheduling):
    """Gives whole files to a process, so that fixtures of a file are made once, and half of tests/browser at a time."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        if not file.startswith("tests/browser/"):
            return file
        return f"browser {file.removeprefix('tests/browser/test_').removesuffix('.py') in ONE_BROWSER}"


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """Share the tests as said above."""
    config.option.loadscopereorder = False
    return InFiles(config, log)


def pytest_collection_modifyitems(items):
    """Put the folders that take longest first."""
    tests = Path(__file__).parent
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.relative_to(tests).parts[0], len(FIRST)))


def pytest_collection_finish():
    """Let no garbage collection look at what stays: half a million objects, a quarter of a second each time.

    New objects are looked at less often, too: charts and messages of pages are many, and few of them lie in circles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


MEASURED = [Path(__file__).parent / folder for folder in ("core", "sources", "live")]
EXAMPLES_MEASURED = 5  # of each property: further examples seldom run a line that these have not


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Measure coverage only where folders have tests of their own: it takes half as long again."""
    coverage = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if coverage is None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as paused:

        def pause() -> None:
            coverage.pause()
            paused.callback(coverage.resume)

        if not any(item.path.is_relative_to(folder) for folder in MEASURED):
            pause()
        elif hypothesis := getattr(item.function, "hypothesis", None):
            patch.setattr(hypothesis, "inner_test", after(EXAMPLES_MEASURED, pause, hypothesis.inner_test))
        return (yield)


def after(count: int, act: Callable[[], None], function: Callable) -> Callable:
    """Return a function that does the same, but calls `act` once when it has been called `count` times before."""
    calls = iter(range(count + 1))

    @wraps(function)
    def call(*args, **named):
        if next(calls, None) == count:
            act()
        return function(*args, **named)

    return call


@pytest.fixture(scope="session")
def built_in_folder(tmp_path_factory) -> Path:
    """The built-in digits, with all their PNG files; its parent can serve as THREE_OR_SEVEN_HOME. To be read only."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # which all workers share
    folder = base / "home" / builtin.NAME
    with FileLock(base / "home.lock"):  # without it, each process would unpack them
        if not folder.exists():
            builtin.unpack(folder)
            for split, label in product(builtin.PER_LABEL, range(10)):
                packed.write_pngs(folder, folder / split / str(label))
    return folder


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_interrupts_what_a_test_starts():
    """A shell lets what it runs in the background ignore Ctrl-C, and so would every process that a test starts."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _no_test_touches_the_real_cache_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("no-home") / "home"))
        yield


class LastingWorkers(Workers):
    """Workers that outlast the server of one test: to start them takes longer than most tests."""

    def shutdown(self, wait=True, *, cancel_futures=False) -> None:
        """Do nothing. They end with this process."""


@pytest.fixture(scope="session", autouse=True)
def _workers_are_started_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("live.workers.local_or_cluster.start_workers", cache(LastingWorkers))
        yield


@pytest.fixture(scope="session", autouse=True)
def _installed_components_are_looked_for_once():
    """Each AppTest would read what all installed packages say of themselves: more than half of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def _app_test_sleeps_while_its_script_runs():
    """AppTest would look a thousand times a second whether the script has ended, and take its time from it."""
    look_again_and_again = local_script_runner.require_widgets_deltas

    def wait(runner, timeout: float = 3) -> None:
        runner._script_thread.join(timeout)
        if runner._script_thread.is_alive():
            look_again_and_again(runner, 0)  # which stops the script and says that it took too long

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(scope="session", autouse=True)
def _altair_hashes_its_classes_once():
    """For each channel of a chart that is given as text, Altair hashes the schemas of all its classes: 20 ms each."""
    converter = cache(schemapi._FromDict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schemapi, "_FromDict", lambda classes: converter(tuple(classes)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _altair_checks_each_part_of_a_chart_once():
    """Altair checks all parts of a chart each time that a page makes it: a third of the time of a page with charts."""
    check, sound = schemapi._get_errors_from_spec, set()

    def check_what_is_new(spec, schema, rootschema=None):
        part = id(schema), id(rootschema), repr(spec)  # schemas belong to classes, and stay
        if part in sound:
            return []
        errors = check(spec, schema, rootschema)
        if not errors:
            sound.add(part)
        return errors

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schemapi, "_get_errors_from_spec", check_what_is_new)
        yield


@pytest.fixture
def fresh_server():
    """Forget what the server holds, before and after: it is one for all tests of this process."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(scope="module")
def one_thread():
    """Compute with one thread, as a worker does: several would wait for each other at every one of many small sums."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)

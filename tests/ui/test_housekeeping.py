"""What the server does by the clock: the sessions of those who have left take little memory, and the disk is tidied."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit import runtime
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from live.chunked_work import OnShelf
from sources import library
from sources.home import VARIABLE
from tests.executors import InlineExecutor, one_step
from tests.live.test_batch_sweeps import grid
from tests.live.test_sweep_run import new_sweep
from ui import housekeeping
from ui.state import keys


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def stored(monkeypatch):
    """Return the sessions whose visitors are away, as Streamlit stores them, by id."""
    storage = MemorySessionStorage()
    server = SimpleNamespace(_session_mgr=SimpleNamespace(_session_storage=storage))
    server.uploaded_file_mgr = MemoryUploadedFileManager("")
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    return storage._cache


def session(name: str, **state) -> SimpleNamespace:
    return SimpleNamespace(session=SimpleNamespace(id=name, session_state=state))


def test_a_session_is_put_away_once_when_its_visitor_has_been_away_for_a_while(stored):
    gone = {}
    stored["a"] = session("a")
    assert housekeeping.sessions_to_put_away(gone, 100) == []
    stored["b"] = session("b")
    assert housekeeping.sessions_to_put_away(gone, 115) == []
    assert housekeeping.sessions_to_put_away(gone, 131) == [stored["a"]]
    assert housekeeping.sessions_to_put_away(gone, 146) == [stored["b"]]
    assert housekeeping.sessions_to_put_away(gone, 1000) == []


def test_whoever_comes_back_in_time_keeps_all_in_memory_and_is_watched_anew(stored):
    gone = {}
    stored["a"] = session("a")
    housekeeping.sessions_to_put_away(gone, 100)
    back = stored.pop("a")
    assert housekeeping.sessions_to_put_away(gone, 200) == []
    stored["a"] = back
    assert housekeeping.sessions_to_put_away(gone, 210) == []
    assert housekeeping.sessions_to_put_away(gone, 241) == [back]


def test_of_a_session_that_is_put_away_the_large_uploads_go(stored):
    kept = runtime.get_instance().uploaded_file_mgr
    for name in ("away", "here"):
        for file, size in (("photo", 3_000_000), ("zip", 90_000_000)):
            kept.add_file(name, UploadedFileRec(file, file, "", bytes(size)))
    housekeeping.drop_large_uploads([session("away"), session("without files")])
    left = {name: [*files] for name, files in kept.file_storage.items()}
    assert left == {"away": ["photo"], "here": ["photo", "zip"]}


def begun(executor):
    sweep = new_sweep(executor)
    sweep.play()
    sweep.advance()
    return sweep


def test_the_runs_and_sweeps_of_a_session_are_put_away_and_can_be_had_back():
    executor = InlineExecutor(one_step)
    run, sweep, several = begun(executor), begun(executor), grid(executor)
    state = {keys.TRAINING_RUN: run, keys.EARLIER: [object()], keys.SWEEP: sweep, keys.GRID: several, "digits": (3, 7)}
    housekeeping.put_away([session("a"), session("b", **state)])
    for work in (run, sweep, *several.sweeps):
        assert isinstance(work._state, OnShelf)
    assert sweep.state.step == 1
    assert several.progress == 0


def test_nothing_is_put_on_a_disk_that_is_nearly_full(monkeypatch):
    monkeypatch.setattr(library, "FREE_SHARE", 1.0)
    sweep = begun(InlineExecutor(one_step))
    housekeeping.put_away([session("a", **{keys.SWEEP: sweep})])
    assert not isinstance(sweep._state, OnShelf)


def test_the_disk_is_tidied_and_a_round_that_fails_is_followed_by_the_next(home, monkeypatch, caplog):
    images = {split: {digit: np.full((2, 28, 28), digit, np.uint8) for digit in (3, 7)} for split in ("train", "valid")}
    name = library.publish(library.stage(images, "class.zip"))
    staged = library.stage(images, "class.zip")
    long_ago = time.time() - 40 * 24 * 3600
    for folder in (library.folder_of(name), staged.folder):
        os.utime(folder, (long_ago, long_ago))
    monkeypatch.setattr(housekeeping, "ROUND_SECONDS", 0.01)
    rounds = []

    def fail_once(*_):
        rounds.append(library.names())
        if len(rounds) == 1:
            raise RuntimeError("no runtime yet")
        if len(rounds) == 3:
            raise asyncio.CancelledError
        return []

    monkeypatch.setattr(housekeeping, "sessions_to_put_away", fail_once)
    with ThreadPoolExecutor() as threads:  # in this thread, a loop of the browser's may be running
        assert isinstance(threads.submit(asyncio.run, housekeeping.keep_house()).exception(), asyncio.CancelledError)
    assert rounds == [()] * 3
    assert not staged.folder.exists()
    assert "no runtime yet" in caplog.text

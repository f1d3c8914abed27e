"""Commands in a subprocess: their results, and the time that they may take."""

import os
import sys
import threading
import time

import pytest

from sources import subprocess_job
from sources.__main__ import TOO_MUCH
from sources.subprocess_job import SubprocessJob
from tests.sources.own_digits import both, zip_of


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / "home"))


def ended(job: SubprocessJob) -> dict:
    """Wait for the result of a job."""
    end = time.monotonic() + 60
    while job.result is None and time.monotonic() < end:
        time.sleep(0.05)
    return job.result


def test_a_command_that_takes_too_long_is_killed_with_a_sentence(tmp_path):
    path = zip_of(tmp_path / "class.zip", both())
    job = SubprocessJob("stage", str(path), remove=path, seconds=0.01)
    assert ended(job) == {"problem": subprocess_job.TOO_LONG}
    assert not path.exists()


def test_a_command_within_its_time_has_its_own_result(tmp_path):
    job = SubprocessJob("stage", str(zip_of(tmp_path / "class.zip", both())), seconds=60)
    assert ended(job)["name"].startswith("own-")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count a process's memory")
@pytest.mark.parametrize(("libraries", "reading", "fits"), [(0, 300, False), (800, 50, True)])
def test_a_zip_that_needs_too_much_memory_gets_a_sentence_whatever_the_libraries_need(
    tmp_path, monkeypatch, libraries, reading, fits
):
    (tmp_path / "sitecustomize.py").write_text(
        "import sources.readers.own as own\n"
        f"read, own.libraries = own.read, bytes({libraries} << 20)\n"
        f"own.read = lambda *args: (bytes({reading} << 20), read(*args))[1]\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{subprocess_job.ROOT}")
    result = ended(SubprocessJob("stage", str(zip_of(tmp_path / "class.zip", both()))))
    assert (result.get("problem"), "name" in result) == (None if fits else TOO_MUCH, fits)


def test_a_command_that_nobody_wants_any_more_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess_job, "UNWANTED_SECONDS", 0.1)
    monkeypatch.setattr(subprocess_job, "WATCH_SECONDS", 0.01)
    path = zip_of(tmp_path / "class.zip", both())
    job = SubprocessJob("stage", str(path), remove=path, is_wanted=lambda: False)
    assert ended(job) == {"problem": subprocess_job.BROKEN_OFF}
    assert not path.exists()


def test_one_that_waits_for_others_and_is_not_wanted_any_more_never_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess_job, "UNWANTED_SECONDS", 0.1)
    monkeypatch.setattr(subprocess_job, "WATCH_SECONDS", 0.01)
    gate, path = threading.Semaphore(0), zip_of(tmp_path / "class.zip", both())
    job = SubprocessJob("stage", str(path), gate=gate, remove=path, is_wanted=lambda: False)
    assert ended(job) == {"problem": subprocess_job.BROKEN_OFF}
    assert not path.exists()
    assert not gate.acquire(blocking=False)


def test_one_that_is_left_while_it_waits_or_runs_frees_its_place_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess_job, "WATCH_SECONDS", 0.01)
    gate, path = threading.Semaphore(1), zip_of(tmp_path / "class.zip", both())
    slow = SubprocessJob("stage", str(path), gate=gate)
    while gate.acquire(blocking=False):  # until it runs
        gate.release()
        time.sleep(0.01)
    waiting = SubprocessJob("stage", str(path), gate=gate, remove=path)
    for job in (waiting, slow):
        job.leave()
        assert ended(job) == {"problem": subprocess_job.BROKEN_OFF}
    assert not path.exists()
    assert gate.acquire(timeout=5)


def test_what_a_job_has_staged_is_removed_when_it_is_left(tmp_path):
    job = SubprocessJob("stage", str(zip_of(tmp_path / "class.zip", both())))
    staged = ended(job)["folder"]
    assert os.path.isdir(staged)
    job.leave()
    assert not os.path.exists(staged)


def test_what_a_job_has_staged_is_removed_when_it_ends_after_it_was_left(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess_job, "UNWANTED_SECONDS", 0.0)
    staged = tmp_path / "home" / "staging" / "it"
    staged.mkdir(parents=True)
    wanted = [True]

    def follow(*args):  # the visitor goes just as the command ends
        wanted[0] = False
        return {"folder": str(staged), "name": "own-1"}

    monkeypatch.setattr(SubprocessJob, "_follow", follow)
    assert ended(SubprocessJob("stage", is_wanted=lambda: wanted[0])) == {"problem": subprocess_job.BROKEN_OFF}
    assert not staged.exists()

"""The app killed whenever it writes a file: nothing incomplete is used, and the next start completes the task."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.kill_at_each_moment import CONTENT, NOT_KILLED
from tests.sources.mirror import Mirror

ROOT = Path(__file__).parents[2]
TASKS = ("classifiers", "repair", "unpacking", "import", "PNG files", "PNG file", "download")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the tasks are killed in a fork of the process")


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> list[dict]:
    """What was left of each task at each moment at which it was killed."""
    with Mirror(CONTENT) as mirror:
        command = [
            sys.executable,
            "-m",
            "tests.faults.kill_at_each_moment",
            str(tmp_path_factory.mktemp("killed")),
            mirror.url,
        ]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return list(map(json.loads, ended.stdout.splitlines()))


@pytest.mark.parametrize("task", TASKS)
def test_a_killed_task_leaves_nothing_incomplete_and_the_next_start_completes_it(results, task):
    not_killed, *killed = (result for result in results if result["task"] == task)
    assert not_killed["moment"] == NOT_KILLED
    before, complete = not_killed["found"], not_killed["again"]
    assert None not in complete.values()
    assert {result["moment"].split()[0] for result in killed} == {"at", "change"}  # else nothing was tested
    for result in killed:
        assert result["again"] == complete, result
        for part, found in result["found"].items():
            assert found in (None, before[part], complete[part]), result

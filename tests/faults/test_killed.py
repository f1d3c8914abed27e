"""The app killed at any moment at which it writes a file: what is left is never taken for whole, and the next start
does the work to its end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.moments import CONTENT, UNDISTURBED
from tests.sources.mirror import Mirror

ROOT = Path(__file__).parents[2]
WORKS = ("judges", "repair", "packed copy", "import", "pictures", "download")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the work is killed in a fork of the process")


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> list[dict]:
    """What was left of each kind of work at each moment at which it was killed."""
    with Mirror(CONTENT) as mirror:
        command = [sys.executable, "-m", "tests.faults.moments", str(tmp_path_factory.mktemp("killed")), mirror.url]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return list(map(json.loads, ended.stdout.splitlines()))


@pytest.mark.parametrize("work", WORKS)
def test_work_that_was_killed_leaves_nothing_half_and_is_done_at_the_next_start(told, work):
    undisturbed, *killed = (one for one in told if one["work"] == work)
    assert undisturbed["moment"] == UNDISTURBED
    before, whole = undisturbed["found"], undisturbed["again"]
    assert None not in whole.values()
    assert {one["moment"].split()[0] for one in killed} == {"at", "change"}  # else nothing was shown
    for one in killed:
        assert one["again"] == whole, one
        for part, found in one["found"].items():
            assert found in (None, before[part], whole[part]), one

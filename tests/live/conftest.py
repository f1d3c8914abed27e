"""What the tests of training share: one worker process, and clicks that wait until it is done."""

import pytest

from live import training_run
from live.workers.worker_pool import Workers


@pytest.fixture(scope="package")
def shared_worker():
    """One worker for all tests that leave it in order; its environment asks for more threads than a worker uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "2")
        with Workers(1) as workers:
            yield workers


@pytest.fixture(autouse=True)
def _a_click_waits_until_it_is_done(monkeypatch):
    """On a busy machine, a worker takes longer than half a second to begin."""
    monkeypatch.setattr(training_run, "CLICK_SECONDS", 60)

"""What the tests of worker processes share."""

import pytest

from live.workers import Workers


@pytest.fixture(scope="package")
def shared_worker():
    """One worker for all tests that leave it in order; its environment asks for more threads than a worker uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "2")
        with Workers(1) as workers:
            yield workers

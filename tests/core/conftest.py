"""What tests of training share."""

import pytest
import torch


@pytest.fixture(scope="module")
def one_thread():
    """Compute with one thread, as a worker does: several would wait for each other at every one of many small sums."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)

"""Tests of the messages between the server and its workers."""

import pytest
import torch

from live.workers.worker import pack, unpack


@pytest.mark.parametrize(
    "tensor",
    [
        torch.rand(3, 4),
        torch.rand(3, 4).t()[1:],
        torch.empty(0, 784),
        torch.arange(5),
        torch.arange(5, dtype=torch.uint8),
        torch.tensor([True, False]),
        torch.tensor(2.5, dtype=torch.float64),
        torch.tensor(float("nan")),
    ],
    ids=lambda tensor: f"{tensor.dtype} {tuple(tensor.shape)}",
)
def test_a_tensor_arrives_as_it_was_sent_and_can_be_changed(tensor):
    arrived = unpack(pack({"params": (tensor,)}))["params"][0]
    torch.testing.assert_close(arrived, tensor, rtol=0, atol=0, equal_nan=True)
    arrived.zero_()


def test_a_parameter_arrives_without_its_gradient():
    weights = torch.ones(2, requires_grad=True)
    weights.sum().backward()
    arrived = unpack(pack(weights))
    assert arrived.tolist() == [1, 1]
    assert arrived.grad is None

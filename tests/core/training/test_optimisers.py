"""The optimisers against those of torch.optim, which are given the same gradients."""

import math
from dataclasses import replace

import pytest
import torch

from core.training.optimisers import ADAM, OPTIMISERS, SGD, Optimiser, adam
from core.training.run import NO_MEMORY, Hyperparameters
from tests.core.runs import train

SHAPES = ((4, 5), (4,), (2, 4), (2,))
WAYS = [
    {"optimiser": optimiser, "momentum": momentum, "weight_decay": weight_decay}
    for optimiser, momentum in ((SGD, 0.0), (SGD, 0.9), (ADAM, 0.0))
    for weight_decay in (0.0, 0.1)
]


def librarys(params, hyper):
    """Return the optimiser of the library that hyperparameters ask for."""
    both = {"lr": hyper.lr, "weight_decay": hyper.weight_decay, "maximize": hyper.uphill}
    if hyper.optimiser == ADAM:
        return torch.optim.Adam(params, **both)
    return torch.optim.SGD(params, momentum=hyper.momentum, **both)


def drawn(seed: int):
    """Return numbers of every size for each parameter; the last is 0, as the gradient of a unit that is silent."""
    generator = torch.Generator().manual_seed(seed)
    numbers = [torch.randn(shape, generator=generator).pow(3) for shape in SHAPES]
    numbers[-1][:] = 0
    return numbers


def leaves(seed: int = 0):
    return tuple(p.requires_grad_() for p in drawn(seed))


def step_both(optimiser, library, seed: int) -> None:
    """Give both the same gradients, added to what they have kept, and take a step with each."""
    for params in (optimiser.params, library.param_groups[0]["params"]):
        for p, gradient in zip(params, drawn(seed), strict=True):
            p.grad = gradient if p.grad is None else p.grad + gradient
    optimiser.step()
    library.step()
    optimiser.zero_grad()
    if optimiser.hyper.zero_grad:
        library.zero_grad()


@pytest.mark.parametrize("mistake", [{}, {"uphill": True}, {"zero_grad": False}], ids=str)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(map(str, way.values())))
def test_steps_are_those_of_the_librarys_optimiser(way, mistake):
    hyper, params, theirs = Hyperparameters(lr=0.05, **way, **mistake), leaves(), leaves()
    optimiser, library = Optimiser(params, hyper), librarys(theirs, hyper)
    for seed in range(1, 30):
        step_both(optimiser, library, seed)
        torch.testing.assert_close(list(params), list(theirs), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_what_is_turned_on_the_way_acts_as_in_the_librarys_optimiser(optimiser):
    hyper = Hyperparameters(lr=0.1, momentum=0.5, optimiser=optimiser)
    params, theirs, memory = leaves(), leaves(), NO_MEMORY
    library = librarys(theirs, hyper)
    for seed in range(1, 20):
        hyper = replace(hyper, lr=0.1 / seed, weight_decay=0.01 * (seed % 3))
        library.param_groups[0].update(lr=hyper.lr, weight_decay=hyper.weight_decay)
        ours = Optimiser(params, hyper, memory)
        step_both(ours, library, seed)
        memory = ours.memory
        torch.testing.assert_close(list(params), list(theirs), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(map(str, way.values())))
def test_another_optimiser_begins_without_a_memory(way):
    hyper = Hyperparameters(lr=0.1, batch_size=16, **way)
    for before in WAYS:
        if (before["optimiser"], before["momentum"]) != (way["optimiser"], way["momentum"]):
            state, _ = train(3, hyper=replace(hyper, **before))
            forgetful = replace(state, memory=NO_MEMORY)
            (one, _), (other, _) = (train(3, hyper=hyper, state=start) for start in (state, forgetful))
            assert all(map(torch.equal, one.params, other.params))
            assert bool(one.memory.velocity) == bool(way["momentum"])
            assert bool(one.memory.means) == bool(one.memory.squares) == (way["optimiser"] == ADAM)
            assert one.memory.steps == (3 if way["optimiser"] == ADAM else 0)


def test_the_first_step_of_adam_goes_equally_far_for_every_gradient():
    directions, memory = adam((torch.tensor([1e-4, -3.0, 500.0, 0.0]),), NO_MEMORY)
    assert directions[0].tolist() == pytest.approx([1, -1, 1, 0], abs=1e-3)
    assert memory.steps == 1


def test_weight_decay_alone_shrinks_a_parameter_by_the_same_share_at_each_step():
    p = torch.tensor([2.0, -4.0], requires_grad=True)
    optimiser = Optimiser((p,), Hyperparameters(lr=0.5, weight_decay=0.1))
    for _ in range(10):
        p.grad = torch.zeros(2)
        optimiser.step()
    assert p.tolist() == pytest.approx([2 * 0.95**10, -4 * 0.95**10])


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_step_leaves_the_memory_it_was_given_as_it_was(optimiser):
    hyper = Hyperparameters(lr=0.1, batch_size=16, momentum=0.9, optimiser=optimiser)
    state, _ = train(3, hyper=hyper)
    kept = [t.clone() for field in state.memory[:3] for t in field]
    train(3, hyper=hyper, state=state)
    assert all(map(torch.equal, kept, [t for field in state.memory[:3] for t in field]))
    assert kept


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(map(str, way.values())))
def test_each_optimiser_learns(way):
    rate = 0.01 if way["optimiser"] == ADAM else 0.05
    _, progress = train(120, hyper=Hyperparameters(lr=rate, batch_size=30, **way))
    assert progress.epochs[-1].valid_accuracy > 0.9
    assert math.isfinite(progress.losses[-1])

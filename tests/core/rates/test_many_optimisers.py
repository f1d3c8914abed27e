"""The optimisers of many runs at once: each run is moved as torch.optim moves it alone."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.rates.many_runs import OptimiserRuns
from core.rates.sweep import start_sweep, sweep_steps
from core.training.optimisers import ADAM
from core.training.run import NO_MEMORY, Config, Hyperparameters
from core.training.sgd import start, train_steps
from tests import made_up
from tests.core.runs import DATA, same

pytestmark = pytest.mark.usefixtures("one_thread")
RATES = [0.0001, 0.01, 0.3]
WAYS = {
    "SGD": {},
    "momentum": {"momentum": 0.9},
    "Adam": {"optimiser": ADAM},
    "weight decay": {"weight_decay": 0.1},
    "momentum and weight decay": {"momentum": 0.9, "weight_decay": 0.01},
    "Adam and weight decay": {"optimiser": ADAM, "weight_decay": 0.01},
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def library(params, rate: float, way: dict):
    if way.get("optimiser") == ADAM:
        return torch.optim.Adam(params, rate, weight_decay=way.get("weight_decay", 0))
    return torch.optim.SGD(params, rate, way.get("momentum", 0), weight_decay=way.get("weight_decay", 0))


@every_way
def test_each_run_moves_as_the_librarys_optimiser_moves_it_alone(way):
    generator = torch.Generator().manual_seed(3)
    shapes = ((5, 4, len(RATES)), (4, len(RATES)))
    params = tuple(torch.randn(shape, generator=generator).requires_grad_() for shape in shapes)
    alone = [[p[..., run].detach().clone().requires_grad_() for p in params] for run in range(len(RATES))]
    theirs = [library(one, rate, way) for one, rate in zip(alone, RATES, strict=True)]
    memory = NO_MEMORY
    for _ in range(12):
        ours = OptimiserRuns(params, torch.tensor(RATES), Hyperparameters(**way), memory)
        for place, p in enumerate(params):
            p.grad = torch.randn(p.shape, generator=generator).pow(3)
            for run, one in enumerate(alone):
                one[place].grad = p.grad[..., run].clone()
        ours.step()
        memory = ours.memory
        for optimiser in theirs:
            optimiser.step()
        for place, p in enumerate(params):
            expected = torch.stack([one[place] for one in alone], -1)
            torch.testing.assert_close(p, expected, rtol=1e-4, atol=1e-6)


@every_way
@pytest.mark.parametrize(
    "config", [Config(loss="binary cross-entropy"), Config(hidden=6, seed=1)], ids=["linear", "net"]
)
def test_each_run_of_a_sweep_has_the_history_that_it_has_alone(way, config):
    hyper, rates = Hyperparameters(**way), [0.0003, 0.003, 0.01]
    state, progress = sweep_steps(start_sweep(3), DATA, config, torch.tensor(rates), 32, 3, hyper=hyper)
    assert state.epoch == 3
    for run, rate in enumerate(rates):
        alone = Hyperparameters(rate, 32, max_epochs=3, **way)
        _, own = train_steps(start(config), DATA, config, alone, 10**9)
        np.testing.assert_allclose(progress.losses[:, run], own.losses, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["momentum", "Adam", "Adam and weight decay"])
def test_a_sweep_has_one_history_however_its_steps_are_divided(name):
    hyper, rates = Hyperparameters(**WAYS[name]), torch.tensor([0.001, 0.1])
    whole, _ = sweep_steps(start_sweep(2), DATA, Config(), rates, 32, 3, hyper=hyper)
    state = start_sweep(2)
    for epochs in (1, 2, 3):
        state, _ = sweep_steps(state, DATA, Config(), rates, 32, epochs, hyper=hyper)
    assert same(state, whole)


@every_way
def test_a_run_that_diverges_stays_where_it_is_and_its_neighbour_goes_on_as_if_it_were_not_there(way):
    config, hyper = Config(hidden=6, loss="binary cross-entropy"), Hyperparameters(**way)
    both, _ = sweep_steps(start_sweep(2), DATA, config, torch.tensor([0.01, 1e38]), 32, 1, hyper=hyper)
    later, _ = sweep_steps(both, DATA, config, torch.tensor([0.01, 1e38]), 32, 2, hyper=hyper)
    single, _ = sweep_steps(start_sweep(1), DATA, config, torch.tensor([0.01]), 32, 2, hyper=hyper)
    assert both.diverged[1] > 0
    for before, after, own in zip(both.params, later.params, single.params, strict=True):
        torch.testing.assert_close(after[..., 1], before[..., 1], rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(after[..., 0], own[..., 0], rtol=1e-5, atol=1e-7)


def test_weight_decay_adds_the_slope_of_half_its_share_of_the_squares():
    # By autograd of the loss that it stands for, with ten digits.
    config, data, decay = Config(tuple(range(10)), loss="cross-entropy"), made_up.digits(10), 0.3
    hyper = Hyperparameters(weight_decay=decay)
    state, _ = sweep_steps(start_sweep(1), data, config, torch.tensor([0.1]), 10**6, 1, hyper=hyper)
    weights, bias = (p.clone().requires_grad_() for p in start(config).params)
    loss = F.cross_entropy(data.train_x / 255 @ weights.T + bias, data.train_y)
    (loss + decay / 2 * (weights.square().sum() + bias.square().sum())).backward()
    torch.testing.assert_close(state.params[0][..., 0].T, weights - 0.1 * weights.grad, rtol=1e-4, atol=1e-5)

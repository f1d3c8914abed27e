"""Verdicts on 219 runs, against those of another rule on runs of PyTorch's modules that go on ten times as long.

`long_runs.py` holds both the runs and that rule. It shares no code with ours and sees what becomes of a run, but both
mean the same by their words, so shares such as a twentieth are in both. LONG is what it found for runs on which the
bounds of both were adjusted; UNSEEN for runs that were chosen afterwards, on which nothing was. Find them anew, in ten
minutes, with `python -m tests.core.rates.test_long_verdicts FOLDER`, a folder of the built-in digits.
"""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest
import torch

from core.rates.sweep import start_sweep, sweep_steps
from core.rates.verdicts import (
    BOUNCING,
    DEAD,
    DIVERGED,
    LEARNED,
    OVERCONFIDENT,
    STUCK,
    THROWN,
    TOO_SMALL,
    Evidence,
    best_rate,
    good_loss,
    judge_rates,
    loss_of_guessing,
)
from core.training.run import Config, Hyperparameters
from live.data_source import DataSource
from tests.core.rates.long_runs import judge_long, long_run

pytestmark = pytest.mark.usefixtures("one_thread")
BCE, CE, TEN = "binary cross-entropy", "cross-entropy", tuple(range(10))
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 8, 16.8, 26.3, 41, 64, 100)
LETTERS = {
    **{"s": TOO_SMALL, "g": LEARNED, "o": OVERCONFIDENT, "b": BOUNCING},
    **{"t": THROWN, "k": STUCK, "d": DEAD, "x": DIVERGED},
}


class Group(NamedTuple):
    """Runs that differ in their rate, judged after some epochs, and what the long runs say of them.

    verdicts: a letter of LETTERS for each rate; more: how many more epochs those needed that were too small.
    """

    config: Config
    batch_size: int
    epochs: int
    verdicts: str
    more: Mapping[float, int] = MappingProxyType({})
    rates: tuple[float, ...] = RATES


LONG = {
    "linear": Group(Config(loss=BCE), 64, 20, "ssssgggggoottt", {0.01: 136, 0.03: 32}),
    "linear, mnist_loss": Group(Config(), 64, 20, "sssssggggggggg", {0.03: 105, 0.1: 18}),
    "hidden": Group(Config(hidden=30, loss=BCE), 64, 20, "sssggggddddddd", {0.01: 41}),
    "hidden, mnist_loss": Group(Config(hidden=30), 64, 20, "ssssggggggkkkk", {0.01: 66, 0.03: 9}),
    "batches of 16": Group(Config(loss=BCE), 16, 10, "ssssgggggobttt", {0.01: 32, 0.03: 4}),
    "all images at once": Group(Config(loss=BCE), 800, 20, "ssssssggtttttt", {0.3: 71}),
    "ten hidden units": Group(Config(hidden=10, loss=BCE), 256, 10, "sssssggddddddd", {0.03: 34, 0.1: 5}),
    "ten digits": Group(Config(TEN, 0, CE), 64, 10, "ssssgggbbbbttt", {0.01: 34, 0.03: 5}),
    "ten digits, hidden": Group(Config(TEN, 30, CE), 64, 10, "ssgggbdd", {0.003: 83, 0.01: 18}, (*RATES[1:8], 26.3)),
    "three digits": Group(Config((2, 3, 7), 0, CE), 64, 10, "ssssgggoobbttt", {0.01: 22, 0.03: 1}),
    "100 images": Group(Config((4, 9), 0, BCE, train_size=100), 32, 20, "ssssbggoottttt", {0.03: 132}),
    "huge rates": Group(Config(loss=BCE), 64, 20, "ttxx", rates=(1e3, 1e20, 1e37, 1e38)),
    "huge rates, hidden": Group(Config(hidden=30, loss=BCE), 64, 20, "ddxx", rates=(1e3, 1e5, 1e20, 1e38)),
}
OTHER_RATES = (0.002, 0.02, 0.07, 0.5, 2.0, 5.0, 12.0, 35.0, 80.0)
UNSEEN = {
    "1 and 8": Group(Config((1, 8), 0, BCE, seed=5), 32, 15, "ssgggoott", {0.02: 12}, OTHER_RATES),
    "3 and 5": Group(Config((3, 5), 20, BCE, seed=1), 64, 15, "ssggddddd", {0.02: 6}, OTHER_RATES),
    "4 and 9": Group(Config((4, 9), seed=2), 128, 20, "ssssggggb", {0.5: 21}, OTHER_RATES),
    "2 and 6": Group(Config((2, 6), 50, seed=3), 32, 12, "ssgggskkk", {0.02: 24, 5.0: 24}, OTHER_RATES),
    "four digits": Group(Config((0, 1, 2, 8), 0, CE, seed=8), 100, 12, "ssgggobbt", {0.02: 24}, OTHER_RATES),
    "five digits": Group(Config((1, 3, 5, 7, 9), 15, CE, seed=4), 128, 12, "ssggddddd", {0.02: 11}, OTHER_RATES),
    "200 images": Group(Config((7, 9), 0, BCE, 200, seed=9), 20, 15, "ssggooott", {0.02: 30}, OTHER_RATES),
}
DIFFERENT = {  # where the two differ, and why
    ("batches of 16", 8): "from 16 to 41, two ways of adding up the same numbers lead to two runs: thrown a little",
    ("batches of 16", 16.8): "differently in its first steps, each ends elsewhere. Both verdicts are right about their",
    ("batches of 16", 26.3): "own run.",
    ("ten hidden units", 1): "the best rate has just come down from a jump, so its loss seems to go on falling",
    ("3 and 5", 0.5): "its validation loss has just risen, and falls again later",
    ("2 and 6", 5.0): "it stands at the loss of guessing, and leaves it by chance 24 epochs later",
    ("four digits", 5.0): "it goes up and down until now, and knows the training images by heart soon after",
    ("100 images", 0.1): "with four steps an epoch, the loss after an epoch moves by more than its mean during it",
}


def data_of(folder, config):
    return DataSource(str(folder), config.digits).load()


def evidence_of(group: Group, folder, rates=None) -> Evidence:
    lr = torch.tensor(rates or group.rates)
    start, data = start_sweep(len(lr)), data_of(folder, group.config)
    state, progress = sweep_steps(start, data, group.config, lr, group.batch_size, group.epochs)
    return Evidence.of(lr, progress.epochs, state.peak, state.diverged, group.config)


def compare(groups, folder) -> dict[tuple[str, float], tuple]:
    """Return, of each run, our verdict and the long run's: of the kind, and of the epochs that it needs."""
    both = {}
    for name, group in groups.items():
        ours = judge_rates(evidence_of(group, folder))
        for rate, verdict, letter in zip(group.rates, ours, group.verdicts, strict=True):
            both[name, rate] = verdict, LETTERS[letter], group.more.get(rate)
    return both


@pytest.fixture(scope="module")
def both(built_in_folder):
    torch.set_num_threads(1)
    return compare(LONG, built_in_folder)


def differences(both) -> set[tuple[str, float]]:
    return {run for run, (verdict, long, _) in both.items() if verdict.kind != long}


def test_at_least_95_of_100_verdicts_are_those_of_the_long_runs_and_the_others_are_explained(both):
    different = differences(both)
    assert len(both) >= 60
    assert len(different) <= 0.05 * len(both)
    assert different <= {*DIFFERENT}


def test_at_least_95_of_100_are_on_runs_that_were_chosen_after_all_bounds(built_in_folder):
    unseen = compare(UNSEEN, built_in_folder)
    different = differences(unseen)  # 60 of 63 agree
    assert len(unseen) >= 60
    assert len(different) <= 0.05 * len(unseen)
    assert different <= {*DIFFERENT}
    for verdict, long, more in unseen.values():
        if verdict.kind == long == TOO_SMALL and more:
            assert verdict.epochs_more == pytest.approx(more, rel=0.45, abs=2)


def test_a_rate_that_is_too_small_needs_about_as_many_more_epochs_as_extrapolated(both):
    pairs = [(verdict.epochs_more, more) for verdict, long, more in both.values() if long == TOO_SMALL and more]
    pairs = [(ours, more) for ours, more in pairs if ours is not None]  # it says less where it would guess
    assert len(pairs) >= 15
    assert all(ours == pytest.approx(more, rel=0.45, abs=2) for ours, more in pairs)
    close = [ours == pytest.approx(more, rel=0.25, abs=1.5) for ours, more in pairs]
    assert sum(close) >= 0.75 * len(close)


def find(folder, name: str, rates=None) -> list[tuple[str, int | None]]:
    """Judge long runs of a group, anew. rates: of the runs, those of the group if None."""
    group = (LONG | UNSEEN)[name]
    guessing = loss_of_guessing(group.config.loss, len(group.config.digits))
    data = data_of(folder, group.config)
    runs = [long_run(group.config, data, group.batch_size, rate, 10 * group.epochs) for rate in (rates or group.rates)]
    reached = [run[group.epochs] for run in runs if len(run) > group.epochs]
    calm = [
        one["valid_loss"]
        for one, run in zip(reached, runs, strict=False)
        if one["silent"] < 0.95 and one["peak"] < 150 * max(guessing, run[0]["train_loss"])
    ]
    return [judge_long(run, group.epochs, guessing, min(calm, default=guessing)) for run in runs]


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("all images at once", (3, 100)),
        ("linear", (3, 16.8, 64)),
        ("ten hidden units", (1, 8)),
        ("huge rates", (1e20, 1e37)),
    ],
)
def test_the_table_is_what_long_runs_say(built_in_folder, name, rates):
    found = find(built_in_folder, name, rates)  # the first of these rates is as good as the best, or all are lost
    expected = [LETTERS[LONG[name].verdicts[LONG[name].rates.index(rate)]] for rate in rates]
    assert [kind for kind, _ in found] == expected


# What was false


@pytest.mark.parametrize("rate", [41, 64, 100])
def test_a_convex_loss_with_bounded_gradients_is_thrown_far_and_comes_back(built_in_folder, rate):
    group = LONG["linear"]
    evidence = evidence_of(group, built_in_folder, [rate / 2, rate])
    assert evidence.peak[1] > 100
    assert evidence.diverged.tolist() == [0, 0]  # it is not frozen
    verdict = judge_rates(evidence)[1]
    assert (verdict.kind, verdict.back) == (THROWN, True)
    assert evidence.train[-1, 1] < 0.05


def test_ten_digits_at_large_rates_are_not_frozen_and_not_called_diverged(built_in_folder):
    evidence = evidence_of(LONG["ten digits"], built_in_folder, [26.0, 100.0])
    assert evidence.train.isfinite().all()
    assert {verdict.kind for verdict in judge_rates(evidence)} <= {THROWN, BOUNCING}


def test_the_lowest_training_losses_of_all_are_not_called_bouncing(both):
    for rate in (16.8, 26.3):
        assert both["linear", rate][0].kind == OVERCONFIDENT


def test_mnist_loss_never_diverges_however_large_the_rate(built_in_folder):
    evidence = evidence_of(LONG["linear, mnist_loss"], built_in_folder, [1e3, 1e5, 1e30])
    assert (evidence.train <= 1).all()
    assert DIVERGED not in [verdict.kind for verdict in judge_rates(evidence)]


@pytest.mark.parametrize("rate", [4.417, 6.898])
def test_a_hidden_layer_without_an_active_unit_is_dead_and_neither_good_nor_bouncing(built_in_folder, rate):
    evidence = evidence_of(LONG["hidden"], built_in_folder, [0.3, rate])
    assert [verdict.kind for verdict in judge_rates(evidence)] == [LEARNED, DEAD]
    looks = long_run(LONG["hidden"].config, data_of(built_in_folder, Config()), 64, rate, 25)
    assert looks[20]["silent"] == looks[25]["silent"] == 1
    assert looks[25]["train_accuracy"] == 0.5


def test_where_all_are_stuck_alike_none_is_good(built_in_folder):
    evidence = evidence_of(LONG["hidden, mnist_loss"], built_in_folder, [26.3, 41.0, 100.0])
    assert [verdict.kind for verdict in judge_rates(evidence)] == [STUCK] * 3


@pytest.mark.parametrize(
    ("hyper", "hidden", "largest"),
    [
        (Hyperparameters(), 0, 4.7),
        (Hyperparameters(momentum=0.9), 0, 0.47),
        (Hyperparameters(optimiser="Adam"), 20, 0.03),
    ],
)
def test_with_each_optimiser_rates_that_are_too_small_take_about_as_many_more_epochs_as_extrapolated(
    built_in_folder, hyper, hidden, largest
):
    # Other runs than those of the tables: a short sweep, and the same sweep continued.
    config, lr = Config(loss=BCE, hidden=hidden), largest * torch.logspace(-2, 0, 12)
    data = data_of(built_in_folder, config)
    state, progress = sweep_steps(start_sweep(len(lr)), data, config, lr, 64, 10, hyper)
    _, later = sweep_steps(state, data, config, lr, 64, 60, hyper)
    found = Evidence.of(lr, progress.epochs, state.peak, state.diverged, config)
    valid = torch.stack([epoch.valid_loss for epoch in [progress.epochs[-1], *later.epochs]])
    verdicts = judge_rates(found)
    assert TOO_SMALL in [verdict.kind for verdict in verdicts]
    for run, verdict in enumerate(verdicts[: best_rate(found)]):
        takes = int((valid[:, run] <= good_loss(found)).int().argmax())
        assert (verdict.kind == TOO_SMALL) == (takes > 0)
        if takes:
            assert verdict.epochs_more == pytest.approx(takes, rel=0.35, abs=2)


if __name__ == "__main__":
    for name, group in (LONG | UNSEEN).items():
        found = find(sys.argv[1], name)
        letters = {kind: letter for letter, kind in LETTERS.items()}
        more = {rate: epochs for rate, (_, epochs) in zip(group.rates, found, strict=True) if epochs}
        print(name, "".join(letters[kind] for kind, _ in found), more)

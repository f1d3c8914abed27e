"""Messages to the live view: what is packed is what is read, and whatever is asked for, the whole run arrives."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from core.training.evaluation import evaluate
from core.training.run import OVERFITTING, Config, Epoch, Hyperparameters, Progress
from live.training_run import TrainingRun
from tests import made_up
from tests.executors import InlineExecutor
from ui.live_view.message import ALIGNED, pack, unpack
from ui.training import live_run

texts = st.text(max_size=20)
numbers = st.one_of(
    arrays_of.arrays(np.float32, st.integers(0, 20), elements=st.floats(width=32)),
    arrays_of.arrays(np.int8, st.integers(0, 20)),
)


@given(
    st.dictionaries(texts, st.one_of(texts, st.integers(), st.booleans(), st.none())), st.dictionaries(texts, numbers)
)
def test_what_is_packed_is_what_is_read(header, arrays):
    header.pop("arrays", None)
    read, found = unpack(pack(header, **arrays))
    assert read == header
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


@given(st.lists(numbers, max_size=4))
def test_a_browser_can_read_each_array_in_place(arrays):
    message = pack({"text": "ä"}, **{str(place): array for place, array in enumerate(arrays)})
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    place = 4 + length
    for (_, dtype, size), array in zip(header["arrays"], arrays, strict=True):
        assert place % ALIGNED == 0
        np.testing.assert_array_equal(np.frombuffer(message, dtype, size, place), array)
        place += -(-array.nbytes // ALIGNED) * ALIGNED
    assert place == len(message)


DATA = made_up.digits(2, 40, 20)


def begun(**config) -> TrainingRun:
    return TrainingRun(InlineExecutor(), DATA, len(DATA.train_x), Config(**config), Hyperparameters(batch_size=8))


@given(st.lists(st.integers(0, 7), min_size=1, max_size=12))
def test_however_often_a_browser_asks_it_gets_every_step_once(wanted):
    run, losses, positions, epochs = begun(), [], [], []
    run.play(paced=True)
    for want in wanted:
        run.allow(want)
        while run.advance():  # on a busy machine, a chunk may end before
            pass
        header, arrays = unpack(live_run.message(run, len(losses)))
        assert header["from"] == len(losses)
        losses += arrays["losses"].tolist()
        positions += arrays["positions"].tolist()
        epochs += arrays["epochs"].reshape(-1, len(Epoch._fields)).tolist()
        assert header["step"] == len(losses)
    assert losses == list(run.history.losses)
    assert positions == list(run.history.positions)
    assert len(losses) == sum(wanted)
    expected = np.array([*run.history.epochs.values()], np.float32).T
    seen = dict(zip((row[0] for row in epochs), epochs, strict=False))
    np.testing.assert_array_equal(
        np.array([seen[row[0]] for row in expected.tolist()]).reshape(-1, len(Epoch._fields)), expected
    )


@pytest.mark.parametrize("have", [None, 12, 10**14], ids=str)
def test_who_has_nothing_of_a_run_or_steps_that_it_has_not_gets_the_whole_curve(have):
    run = begun()
    run.take_epoch()
    header, arrays = unpack(live_run.message(run, have))
    assert header["from"] is None
    assert arrays["losses"].tolist() == list(run.history.losses)  # few enough for all of them
    assert header["last"]["epoch"] == 1


def test_a_long_run_is_sent_thinned_to_who_comes_late():
    run, count = begun(), 5 * live_run.MOST_EPOCHS_SENT
    results = [Epoch(number, number, 0.5, 0.5, 1 / (number + 1), 0.5, 0.0, 1.0) for number in range(count)]
    run.history.extend(Progress([0.5] * count, list(range(count)), results))
    _, arrays = unpack(live_run.message(run, None))
    epochs = arrays["epochs"].reshape(-1, len(Epoch._fields))
    assert len(arrays["losses"]) <= 200
    assert len(epochs) <= live_run.MOST_EPOCHS_SENT
    assert set(epochs[:, 0]) <= set(range(count))


def test_numbers_and_weights_of_a_run_that_overfitted_are_those_of_its_best_epoch():
    # Validation loss goes from 0.24 to 0.26 in the second epoch, which rounding can't turn round.
    config = Config(train_size=8, loss="binary cross-entropy", seed=1)
    run = TrainingRun(InlineExecutor(), DATA, 80, config, Hyperparameters(lr=1, batch_size=4, patience=1))
    run.take_epoch()
    run.take_epoch()
    header, _ = unpack(live_run.message(run, None))
    assert run.state.stopped == OVERFITTING
    assert run.state.epoch > run.state.best_epoch == header["epoch"]
    loss, accuracy = evaluate(run.state.params, DATA.valid_x, DATA.valid_y, "binary cross-entropy")
    assert header["last"]["valid_loss"] == pytest.approx(loss, abs=1e-5)
    assert header["last"]["valid_accuracy"] == pytest.approx(accuracy, abs=1e-5)


def test_the_pictures_of_a_hidden_layer_are_of_the_units_that_count_most():
    run = begun(hidden=12, loss="binary cross-entropy")
    before = run.state.params[0].numpy()
    run.take_epoch()
    weights, _, out, _ = (param.numpy() for param in run.state.params)
    learned = weights - before
    counts = np.sqrt((learned**2).sum(1)) * np.sqrt((out**2).sum(0))
    most = np.sort(np.argsort(-counts)[:9])
    shown = live_run.weights_shown(run)
    expected = learned[most] / abs(learned[most]).max(1, keepdims=True) * 127
    assert shown.shape == (9, 784)
    np.testing.assert_allclose(shown, expected, atol=0.51)


def test_weights_that_are_not_finite_are_drawn_as_none():
    run = begun()
    run.state = replace(run.state, params=(torch.full((1, 784), torch.nan), torch.zeros(1)))
    assert not live_run.weights_shown(run).any()

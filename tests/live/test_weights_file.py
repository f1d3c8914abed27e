"""Weights as a file: another library reads what was written, and no uploaded file does any harm."""

import json

import pytest
import safetensors
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from core.model import init_params
from core.training.run import Config, Hyperparameters
from live.weights_file import FOLDER, LARGEST, pack, read_cached, unpack, write_cached

NAMES = ("weights 1", "bias 1", "weights 2", "bias 2")  # as files that users keep have them
CONFIG, KNOBS = Config(), Hyperparameters(lr=0.25, patience=3)
PARAMS = init_params(1, 0, 5)
FILE = pack(PARAMS, CONFIG, KNOBS, 12)


def open_file(file: bytes, tmp_path):
    path = tmp_path / "file.safetensors"
    path.write_bytes(file)
    return safetensors.safe_open(path, "pt")


@pytest.mark.parametrize("digits", [(3, 7), (1, 3, 7), tuple(range(10))], ids=str)
@pytest.mark.parametrize("hidden", [0, 1, 30, 100])
def test_weights_come_back_as_they_were(digits, hidden):
    config = Config(digits, hidden, "mnist_loss" if len(digits) == 2 else "cross-entropy")
    params, other = (init_params(config.outputs, hidden, seed) for seed in (1, 2))
    file = pack(params, config, KNOBS, 0)
    assert len(file) <= LARGEST
    loaded = unpack(file, other, config)
    assert len(loaded) == len(params)
    assert all(map(torch.equal, loaded, params))


def test_a_model_of_more_layers_comes_back_whole():
    params = tuple(torch.full((size,), float(size)) for size in range(1, 8))
    loaded = unpack(pack(params, CONFIG, KNOBS, 0), params, CONFIG)
    assert len(loaded) == len(params)
    assert all(map(torch.equal, loaded, params))


@pytest.mark.parametrize("layers", [2, 4, 5])
def test_a_model_with_one_tensor_less_or_more_is_another_model(layers):
    params = tuple(torch.ones(2) for _ in range(layers))
    for other in (params[:-1], (*params, torch.ones(2))):
        with pytest.raises(ValueError, match="another model"):
            unpack(pack(other, CONFIG, KNOBS, 0), params, CONFIG)


@pytest.mark.parametrize("hidden", [0, 8])
def test_the_safetensors_library_reads_the_weights_and_the_settings(tmp_path, hidden):
    config = Config((4, 9), hidden, "binary cross-entropy", 500, "fixed", 77)
    params = init_params(1, hidden, 5)
    with open_file(pack(params, config, KNOBS, 12), tmp_path) as file:
        assert list(file.keys()) == sorted(NAMES[: len(params)])
        for name, p in zip(NAMES, params, strict=False):
            assert torch.equal(file.get_tensor(name), p)
        settings = {name: json.loads(text) for name, text in file.metadata().items()}
    assert settings == {
        "digits": [4, 9],
        "hidden": hidden,
        "loss": "binary cross-entropy",
        "train_size": 500,
        "order": "fixed",
        "seed": 77,
        "lr": 0.25,
        "batch_size": 256,
        "momentum": 0.0,
        "optimiser": "SGD",
        "weight_decay": 0.0,
        "zero_grad": True,
        "uphill": False,
        "max_epochs": None,
        "patience": 3,
        "epochs": 12,
    }


# Files that are something else


def refused(file: bytes, config=CONFIG) -> str:
    """Return the sentence that a file is refused with."""
    with pytest.raises(ValueError, match=r"\w\.$") as caught:
        unpack(file, PARAMS, config)
    (sentence,) = caught.value.args
    assert type(caught.value) is ValueError
    assert "\n" not in sentence
    assert len(sentence) < 400
    return sentence


def with_header(header: bytes, rest: bytes = b"", length: int | None = None) -> bytes:
    return (len(header) if length is None else length).to_bytes(8, "little") + header + rest


def with_digits(text: str) -> bytes:
    return save(dict(zip(NAMES, PARAMS, strict=False)), {"digits": text})


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\0",
        b"\0" * 8,
        b"\0" * 1000,
        b"\xff" * 1000,
        b"PK\3\4 a zip",
        b"\x89PNG\r\n\x1a\n",
        b"\x80\x02}q\x00.",
        with_header(b"{}"),
        with_header(b"[]"),
        with_header(b"null"),
        with_header(b'{"weights 1": null}'),
        with_header(b"{}", length=2**63),
        with_header(b"{}", length=2**64 - 1),
        with_header(b"{}", length=10**8),
        with_header(b"[" * 100_000),
        with_header(b'{"a":' * 100_000),
        with_header(b"\xff\xfe{}"),
        with_header(b'{"weights 1":{"dtype":"F32","shape":[1,784],"data_offsets":[0,3136]}}'),
        with_header(b'{"weights 1":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,8]}}', bytes(8)),
        with_header(b'{"weights 1":{"dtype":"X9","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    ],
    ids=lambda file: f"{file[:24]!r} {len(file)}",
)
def test_a_file_that_is_no_file_of_weights_gets_one_sentence(file):
    assert "no file of weights" in refused(file)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 100, len(FILE) // 2, len(FILE) - 1])
def test_a_file_that_ends_early_gets_one_sentence(length):
    assert "no file of weights" in refused(FILE[:length])


@given(st.binary(max_size=400))
def test_any_bytes_get_one_sentence(file):
    refused(file)


@given(place=st.integers(0, 300), byte=st.integers(0, 255))
def test_a_file_with_one_byte_changed_is_refused_in_a_sentence_or_is_one_of_weights(place, byte):
    file = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
    try:
        params = unpack(file, PARAMS, CONFIG)
    except ValueError:
        refused(file)
    else:
        assert [p.shape for p in params] == [p.shape for p in PARAMS]
        assert all(p.isfinite().all() for p in params)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "null",
        "{}",
        "[",
        "[" * 200_000,
        "9" * 5000,
        '"37"',
        "[[3], [7]]",
        '["<b>", "![x](https://example.org/x.png)"]',
        f"{list(range(9000))}",
        "[3.5, 7]",
    ],
    ids=lambda text: text[:20],
)
def test_invalid_digits_get_one_sentence_that_does_not_quote_them(text):
    sentence = refused(with_digits(text))
    assert not set("<![{\\") & set(sentence)


def test_a_file_without_settings_gets_one_sentence():
    assert "no file of weights" in refused(save(dict(zip(NAMES, PARAMS, strict=False))))


@pytest.mark.parametrize(("outputs", "hidden"), [(1, 5), (3, 0), (3, 5)])
def test_another_model_gets_one_sentence_with_both_shapes(outputs, hidden):
    params = init_params(outputs, hidden, 0)
    sentence = refused(pack(params, CONFIG, KNOBS, 0))
    for p in [*params, *PARAMS]:
        assert str(tuple(p.shape)) in sentence


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"other": torch.zeros(1, 784), "bias 1": torch.zeros(1)},
        {f"t{n}": torch.zeros(1) for n in range(500)},
        {"weights 1": torch.zeros((1,) * 60), "bias 1": torch.zeros(1)},
    ],
    ids=["none", "other names", "many", "many dimensions"],
)
def test_other_tensors_get_one_sentence(tensors):
    refused(save(tensors, {"digits": "[3, 7]"}))


def test_other_digits_get_one_sentence_that_names_them():
    file = pack(PARAMS, Config((4, 9)), KNOBS, 0)
    assert "4 from 9" in refused(file)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_get_one_sentence(number):
    params = tuple(p.clone() for p in PARAMS)
    params[0][0, 300] = number
    assert "finite" in refused(pack(params, CONFIG, KNOBS, 0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64, torch.int32, torch.bool, torch.complex64])
def test_weights_of_another_dtype_get_one_sentence(dtype):
    assert "32-bit" in refused(pack(tuple(p.to(dtype) for p in PARAMS), CONFIG, KNOBS, 0))


def test_a_file_that_is_too_large_is_refused_unread():
    assert "too many" in refused(bytes(LARGEST + 1))


# Cached parameters


def test_cached_parameters_come_back_and_damaged_ones_do_not(tmp_path):
    write_cached(tmp_path, "stamp", PARAMS)
    assert all(map(torch.equal, read_cached(tmp_path, "stamp", PARAMS), PARAMS))
    (path,) = (tmp_path / FOLDER).iterdir()
    whole = path.read_bytes()
    huge = torch.tensor([7.5e36]).numpy().tobytes()  # a finite number, so that only a sum tells
    path.write_bytes(whole[:-400] + huge + whole[-396:])
    assert read_cached(tmp_path, "stamp", PARAMS) is None

"""The command `python -m bench`: what it prints, and its exit codes."""

import json
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench.__main__ import main
from bench.kit.commands import names
from bench.kit.report import Figure

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess:
    """Run `python -m bench` and wait for its end."""
    return subprocess.run([sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True)


def dot(row: int) -> np.ndarray:
    """Return an image with one dot of ink."""
    image = np.zeros((28, 28), np.uint8)
    image[row, 14] = 255
    return image


@pytest.fixture
def mnist(tmp_path) -> Path:
    """Write the four files of an MNIST in which a 3 is a dot in row 5 and a 7 a dot in row 20."""
    train = [(dot(5), 3), (dot(5), 3), (dot(20), 7), (dot(0), 1)]
    # One of the four 3s looks like a 7, and the one 7 is as it should be: 3 of 4, 1 of 1, 4 of 5 in all.
    valid = [(dot(5), 3), (dot(5), 3), (dot(5), 3), (dot(20), 3), (dot(20), 7), (dot(0), 1)]
    for name, split in (("train", train), ("t10k", valid)):
        images, labels = np.stack([image for image, _ in split]), bytes(label for _, label in split)
        header = struct.pack(">BBBBIII", 0, 0, 8, 3, *images.shape)
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">BBBBI", 0, 0, 8, 1, len(labels)) + labels)
    return tmp_path


def test_the_last_line_has_the_baselines_accuracy_per_class_their_mean_and_the_overall_accuracy(mnist):
    ended = bench("baseline", "--mnist", str(mnist))
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout.splitlines()[-1])
    expected = {"per_class": {"3": 0.75, "7": 1.0}, "mean": 0.875, "overall": 0.8}
    assert (result["bench"], result["ok"]) == ("baseline", True)
    assert result["l1"] == expected
    assert result["l2"] == result["l1"]
    assert (result["train"], result["valid"]) == ({"3": 2, "7": 1}, {"3": 4, "7": 1})
    assert result["machine"]["cores"] >= 1
    assert ["l1.per_class", "0.75", "1.0"] in [line.split() for line in ended.stdout.splitlines()]


def test_an_unknown_benchmark_exits_with_2_and_one_line_that_names_all(capsys):
    assert main(["nonsense"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert all(name in line for name in ("nonsense", "baseline", "load-digits", "pages"))


def test_a_folder_without_mnist_exits_with_1_and_one_sentence(tmp_path):
    ended = bench("baseline", "--mnist", str(tmp_path))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "train-images-idx3-ubyte" in line


def test_a_missed_aim_exits_with_1_and_the_last_line_says_so(monkeypatch, capsys):
    figures = [Figure("gap_ms", 200, at_most=150), Figure("errors", 0, at_most=0)]
    benchmark = SimpleNamespace(OPTIONS={}, run=lambda args: figures)
    monkeypatch.setattr("bench.__main__.load", lambda name: benchmark)
    assert main(["pages"]) == 1
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["bench"], result["ok"], result["gap_ms"], result["errors"]) == ("pages", False, 200, 0)
    figures.pop(0)
    assert main(["pages"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ok"]


@pytest.mark.parametrize("name", names())
def test_every_benchmark_explains_its_options(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"python -m bench {name}" in capsys.readouterr().out

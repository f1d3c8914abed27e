"""python -m live: what it trains is what the app would have trained, and it says what it could not keep."""

import pytest
import torch

from core.classifiers import training
from core.classifiers.training import Plan, stamp, start
from core.dataset import read_dataset
from core.training.data import from_dataset
from live import __main__ as command
from live import weights_file

PLANS = {"linear": Plan(steps=3, batch_size=8, lr=0.01), "hidden": Plan(steps=2, batch_size=8, lr=0.01, hidden=4)}


@pytest.fixture
def home(tmp_path, built_in_folder, monkeypatch):
    """A cache folder with the built-in digits and without models, and plans that take a moment."""
    (tmp_path / built_in_folder.name).symlink_to(built_in_folder)
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path))
    monkeypatch.setattr(command, "PLANS", PLANS)
    return tmp_path


def test_what_is_missing_is_trained_by_its_plan_and_kept(home, built_in_folder, capsys):
    dataset = read_dataset(built_in_folder)
    data = from_dataset(dataset)
    states = {kind: start(kind, dataset.digits, plan) for kind, plan in PLANS.items()}
    weights_file.write_cached(home, stamp(states["hidden"], data), states["hidden"].params)
    assert command.main() == 0
    assert capsys.readouterr().out == "Training the classifier linear: 3 steps\n"
    kept = weights_file.read_cached(home, stamp(states["linear"], data), states["linear"].params)
    assert all(map(torch.equal, kept, training.train_steps(states["linear"], data, 3).params))
    assert command.main() == 0
    assert capsys.readouterr().out == ""


def test_a_folder_that_cannot_keep_them_is_said(home, capsys):
    (home / weights_file.FOLDER).touch()
    assert command.main() == 2
    assert capsys.readouterr().err == f"The classifier linear could not be saved in {home}.\n"


def test_a_home_that_is_no_folder_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "home").touch()
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / "home"))
    assert command.main() == 2
    assert capsys.readouterr().err.startswith("The app's folder can't be written to")

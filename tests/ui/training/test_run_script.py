"""The same run as a script: the file runs by itself, anywhere, and ends with the same loss to six places."""

import re
import runpy
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from core.training.run import DIVERGED, ENOUGH, OVERFITTING, Config, Hyperparameters
from core.training.sgd import resume, start, train_steps
from live.data_source import DataSource
from sources import packed
from sources.packed import open_dataset
from ui.training.run_script import write_script

TURNS = [
    (9, Hyperparameters(lr=0.05, batch_size=100)),
    (1, Hyperparameters(lr=0.1, batch_size=64, momentum=0.9)),
    (30, Hyperparameters(lr=0.03, batch_size=33, momentum=0.5, patience=9, max_epochs=50)),
    (9, Hyperparameters(lr=0.003, optimiser="Adam", weight_decay=0.01)),
]


@pytest.fixture(autouse=True)
def _one_thread():
    """Sums in the order in which they are in a worker and in the script, which have one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def run_script(tmp_path, monkeypatch, capsys):
    """Return a function that runs a script as the program and returns what it prints."""

    def run(source: str, *args) -> str:
        (tmp_path / "run.py").write_text(source, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["run.py", *map(str, args)])
        runpy.run_path(str(tmp_path / "run.py"), run_name="__main__")
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


@pytest.fixture
def run_elsewhere(tmp_path):
    """Return a function that runs a script in a folder of its own, where the project is not on the path."""

    def run(source: str, *args) -> subprocess.CompletedProcess:
        (tmp_path / "run.py").write_text(source, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "run.py", *map(str, args)],
            cwd=tmp_path,
            env={"PATH": "/usr/bin"},
            text=True,
            capture_output=True,
        )

    return run


def trained(config, turns, folder):
    """Train in this process; return the state, the epochs, the last loss, and where the hyperparameters were turned."""
    data, state = DataSource(str(folder), config.digits).load(), start(config)
    epochs, losses, turned = [], [], []
    for steps, hyper in turns:
        turned.append((state.step, hyper))
        state, progress = train_steps(state, data, config, hyper, steps)
        epochs += progress.epochs
        losses += progress.losses
    return state, epochs, losses[-1], turned


def printed(output: str):
    """Return what a script printed: (epoch, validation loss, accuracy) of each epoch, and the last (step, loss)."""
    epochs = re.findall(r"^epoch (\d+): validation loss (\S+), accuracy (\S+)$", output, re.M)
    step, loss = re.findall(r"^step (\d+): loss (\S+)$", output, re.M)[-1]
    return epochs, int(step), loss


@pytest.mark.parametrize(
    ("config", "turns", "from_folder"),
    [
        (Config(loss="binary cross-entropy"), TURNS, False),
        (Config(hidden=7, train_size=500, order="fixed"), TURNS, True),
        (Config((1, 3, 7), 5, "cross-entropy", seed=4), TURNS, True),
        (Config(order="sorted"), [(5, Hyperparameters(zero_grad=False)), (5, Hyperparameters(uphill=True))], True),
    ],
    ids=["linear, built-in digits", "hidden, folder", "three digits, folder", "mistakes, folder"],
)
def test_the_script_repeats_the_run_to_six_places(run_script, built_in_folder, config, turns, from_folder):
    state, epochs, loss, turned = trained(config, turns, built_in_folder)
    source = write_script("run.py", config, turned, state.step)
    shown = printed(run_script(source, *([built_in_folder] if from_folder else [])))
    assert shown[1:] == (state.step, f"{loss:.6f}")
    assert shown[0] == [(str(e.epoch), f"{e.valid_loss:.6f}", f"{e.valid_accuracy:.4f}") for e in epochs]


@pytest.mark.parametrize(
    ("hyper", "stopped"),
    [
        (Hyperparameters(lr=1e38, batch_size=10), DIVERGED),
        (Hyperparameters(lr=0.3, batch_size=20, patience=1), OVERFITTING),
    ],
    ids=["diverged", "overfitting"],
)
def test_a_run_that_has_stopped_by_itself_is_repeated_too(run_script, built_in_folder, hyper, stopped):
    config = Config((4, 9), loss="binary cross-entropy", train_size=40, order="sorted")
    state, _, loss, turned = trained(config, [(2000, hyper)], built_in_folder)
    assert state.stopped == stopped
    _, step, shown = printed(run_script(write_script("run.py", config, turned, state.step), built_in_folder))
    assert (step, shown) == (state.step, f"{loss:.6f}")


def test_a_run_that_went_on_after_a_rule_had_stopped_it_is_repeated_too(run_script, built_in_folder):
    config, hyper = Config(train_size=60), Hyperparameters(lr=0.3, batch_size=20, max_epochs=2)
    data, further = DataSource(str(built_in_folder), config.digits).load(), replace(hyper, max_epochs=None)
    state, _ = train_steps(start(config), data, config, hyper, 100)
    assert state.stopped == ENOUGH
    state, progress = train_steps(resume(state), data, config, further, 5)
    output = run_script(write_script("run.py", config, [(0, hyper), (6, further)], state.step), built_in_folder)
    assert printed(output)[1:] == (11, f"{progress.losses[-1]:.6f}")


def test_the_last_turn_of_a_knob_may_have_had_no_step(run_script, built_in_folder):
    config = Config()
    state, _, loss, turned = trained(config, [(6, Hyperparameters())], built_in_folder)
    output = run_script(write_script("run.py", config, [*turned, (6, Hyperparameters(lr=9.0))], 6), built_in_folder)
    assert printed(output)[1:] == (state.step, f"{loss:.6f}")


def test_the_script_needs_nothing_of_the_app():
    source = write_script("run.py", Config(), [(0, Hyperparameters())], 3)
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", source, re.M))
    assert imported <= {"numpy", "torch", "PIL", "mlxtend"} | sys.stdlib_module_names
    assert "run.py" in source.split('"""')[1]


def test_a_run_on_imported_digits_repeats_from_their_packed_folder_and_asks_for_it(
    tmp_path, built_in_folder, run_elsewhere
):
    built_in = open_dataset(built_in_folder, (3, 7))
    images = {s: {d: built_in.split(s).of(d)[:40].numpy() for d in (3, 7)} for s in ("train", "valid")}
    (tmp_path / "digits").mkdir()
    packed.write(tmp_path / "digits", images, "ours")
    config, hyper = Config(seed=4), Hyperparameters(lr=0.1, batch_size=20)
    state, progress = train_steps(start(config), DataSource(str(tmp_path / "digits"), (3, 7)).load(), config, hyper, 9)
    source = write_script("run.py", config, [(0, hyper)], state.step, "our `zip`\"'")
    done = run_elsewhere(source, "digits")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"step 9: loss {progress.losses[-1]:.6f}" in done.stdout
    without = run_elsewhere(source)
    assert without.returncode == 1
    assert without.stderr.startswith("This run learned from our `zip`")
    assert len(without.stderr.splitlines()) == 1

"""python -m sources: the report on standard output, and 0, or 2 with one line on standard error."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import time

import pytest

from sources import __main__ as command
from sources import library
from tests.sources.mirror import Mirror
from tests.sources.own_digits import both, digit, png, zip_of
from tests.sources.readers.test_idx import LABELS, NAMES, SOME, idx, write_mnist


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(capsys, home, monkeypatch):
    """Return a function that runs the command and returns its exit code, its output and its errors."""
    monkeypatch.setattr("os.nice", int)  # this process has other tests to run after it
    monkeypatch.setattr(command, "limit_memory", bool)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = command.main([*map(str, arguments)])
        return code, *capsys.readouterr()

    return call


def mess() -> dict[str, bytes]:
    return both() | {"train/three/x.png": png(digit(1)), "train/3/bad.png": b"x", "train/3/i.png": png(255 - digit(9))}


def test_inspect_prints_the_report_and_keeps_nothing(tmp_path, run, home):
    code, out, err = run("inspect", zip_of(tmp_path / "class.zip", mess()))
    assert (code, err) == (0, "")
    assert "class.zip: 15 images that can be used" in out
    assert "train: 6 of 3, 5 of 7" in out
    for words in ("train/three/x.png", "train/3/bad.png", "can't be read", "train/3/i.png", "inverted"):
        assert words in out
    assert not home.exists()


@pytest.mark.parametrize("kind", ["zip", "folder", "idx"])
def test_inspect_reads_a_zip_a_folder_and_idx_files(tmp_path, run, kind):
    path = tmp_path / "digits"
    path.mkdir()
    if kind == "zip":
        path = zip_of(tmp_path / "digits.zip", both())
    elif kind == "folder":
        for name, content in both().items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    else:
        for split in NAMES:
            write_mnist(path, split, idx(SOME), idx(LABELS))
    code, out, err = run("inspect", path)
    assert (code, err) == (0, "")
    assert "images that can be used" in out


def test_unusable_digits_end_with_2_and_one_line_after_the_report(tmp_path, run):
    path = zip_of(tmp_path / "class.zip", {"train/three/x.png": png(digit(1))})
    code, out, err = run("inspect", path)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "train/three/x.png" in out


@pytest.mark.parametrize("name", ["nowhere", "no\nwhere\x1b[2J"])
def test_a_wrong_path_ends_with_2_and_one_line(run, name):
    code, out, err = run("inspect", name)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.isprintable()


def test_the_exit_codes_are_the_same_from_a_shell(tmp_path, home):
    for path, code in ((zip_of(tmp_path / "a.zip", both()), 0), (zip_of(tmp_path / "b.zip", {}), 2)):
        done = subprocess.run([sys.executable, "-m", "sources", "inspect", path], capture_output=True, text=True)
        assert done.returncode == code
        assert len(done.stderr.splitlines()) == (1 if code else 0)


def test_add_publishes_the_digits_and_prints_only_their_name(tmp_path, run):
    code, out, err = run("add", zip_of(tmp_path / "class.zip", mess()))
    assert code == 0
    assert (out.strip(),) == library.names()
    assert "train/3/bad.png" in err
    assert run("add", out.strip())[:2] == (0, out)  # the name will do the next time


def test_add_publishes_no_unusable_digits(tmp_path, run):
    code, out, err = run("add", zip_of(tmp_path / "class.zip", {}))
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert library.names() == ()


def test_stage_prints_progress_and_result_as_lines_of_json(tmp_path, run):
    code, out, _ = run("stage", zip_of(tmp_path / "x.zip", mess()), "--called", "class.zip")
    *progress, last = map(json.loads, out.splitlines())
    assert code == 0
    assert all(0 <= line["fraction"] <= 1 and line["text"] for line in progress)
    assert last["report"]["source"] == "class.zip"
    assert library.names() == ()  # it waits
    assert library.publish(library.Staged.from_json(last)) == last["name"]


def test_stage_prints_a_problem_with_the_report(tmp_path, run):
    _, out, _ = run("stage", zip_of(tmp_path / "x.zip", {"train/three/x.png": b"x"}), "--called", "class.zip")
    last = json.loads(out.splitlines()[-1])
    assert last["problem"].startswith("class.zip")
    assert last["report"]["notes"][0]["file"] == "train/three/x.png"


# Downloading


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Files as a mirror has them, and the sums that they should have."""
    files = {}
    for split, (images, labels) in NAMES.items():
        files[f"{images}.gz"] = gzip.compress(idx(SOME if split == "train" else SOME[:8]))
        files[f"{labels}.gz"] = gzip.compress(idx(LABELS if split == "train" else LABELS[:8]))
    lines = [f"{hashlib.md5(raw).hexdigest()} {len(raw)} {name}" for name, raw in files.items()]
    (tmp_path / "sums").write_text("\n".join(lines))
    monkeypatch.setenv(command.SUMS, str(tmp_path / "sums"))
    return files


def test_download_keeps_all_of_mnist_under_its_name(run, published, monkeypatch):
    with Mirror(published) as mirror:
        monkeypatch.setenv(command.MIRRORS, mirror.url)
        assert run("download")[:2] == (0, "mnist-70000\n")
    index = library.index_of("mnist-70000")
    assert index.counts == {"train": {3: 10, 5: 5, 7: 5}, "valid": {3: 4, 5: 2, 7: 2}}
    assert index.title == "MNIST, all of it"


def test_a_download_that_fails_ends_with_2_and_one_line_and_the_next_try_works(run, published, monkeypatch):
    monkeypatch.setattr(command.download, "ROUNDS", 1)
    with Mirror(published, 500) as mirror:
        monkeypatch.setenv(command.MIRRORS, mirror.url)
        code, out, err = run("download")
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
        assert library.names() == ()
        _, out, _ = run("download", "--json")
        assert json.loads(out.splitlines()[-1]) == {"name": "mnist-70000"}


def test_an_invalid_file_of_sums_is_reported(run, tmp_path, monkeypatch):
    (tmp_path / "sums").write_text("what is this")
    monkeypatch.setenv(command.SUMS, str(tmp_path / "sums"))
    code, _, err = run("download")
    assert code == 2
    assert command.SUMS in err


def test_names_are_printed_in_a_console_encoding_that_lacks_their_signs(tmp_path):
    path = zip_of(tmp_path / "класс.zip", mess() | {"train/三/x.png": b"x"})
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "sources", "inspect", str(path)]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert ended.returncode == 0
    assert b"Traceback" not in ended.stderr
    assert b"15 images that can be used" in ended.stdout


def test_datasets_are_listed_and_removed_by_name(tmp_path, run, home):
    _, name, _ = run("add", zip_of(tmp_path / "class.zip", both()))
    name = name.strip()
    used = time.strftime("%Y-%m-%d", time.localtime(library.last_used(name)))
    assert run("list") == (0, f"{home / 'datasets'}:\n{name}       14  {used}  class.zip\n", "")
    assert run("remove", name) == (0, "", "")
    assert run("list") == (0, f"{home / 'datasets'}:\n", "")


def test_a_folder_that_can_not_be_written_to_is_named_to_whoever_runs_the_command(tmp_path, run, home):
    home.write_text("in the way")
    code, out, err = run("add", zip_of(tmp_path / "class.zip", both()))
    assert (code, out) == (2, "")
    assert str(home) in err.splitlines()[-1]


@pytest.mark.parametrize("name", ["own-0123456789abcdef", "../datasets", "mnist-70000", "x\0"])
def test_a_dataset_that_is_not_there_can_not_be_removed(run, home, name):
    home.mkdir()
    code, out, err = run("remove", name)
    assert (code, out) == (2, "")
    assert "There is no dataset" in err
    assert home.exists()


def test_no_more_datasets_are_added_than_a_server_keeps(tmp_path, run, monkeypatch):
    monkeypatch.setattr(library, "MOST_DATASETS", 1)
    assert run("add", zip_of(tmp_path / "class.zip", both()))[0] == 0
    assert run("add", zip_of(tmp_path / "class.zip", both()))[0] == 0  # the same digits again
    code, _, err = run("add", zip_of(tmp_path / "other.zip", mess()))
    assert code == 2
    assert "the most that it keeps" in err


def test_nothing_is_added_to_a_disk_that_is_nearly_full(tmp_path, run, monkeypatch):
    monkeypatch.setattr(library, "FREE_SHARE", 1.0)
    code, _, err = run("add", zip_of(tmp_path / "class.zip", both()))
    assert code == 2
    assert "of the server's disk is free" in err


def test_a_file_is_read_without_pytorch_which_takes_a_second_to_import(tmp_path, home):
    path = zip_of(tmp_path / "digits.zip", both())
    code = "import sys; from sources.__main__ import main; print(main(['add', sys.argv[1]]), 'torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert ended.stdout.splitlines()[-1] == "0 False", ended.stderr

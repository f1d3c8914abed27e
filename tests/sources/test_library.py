"""Datasets in the cache folder: complete or not there, and equal digits in one place, however many import them."""

import errno
import os
import threading
import time

import numpy as np
import pytest

from core.dataset import DatasetError
from sources import atomic, library, packed
from sources.readers import own
from tests.sources.own_digits import both, digit, is_one_sentence, zip_of

IMAGES = {
    "train": {3: np.stack([digit(n) for n in range(5)]), 7: np.stack([digit(n) for n in range(10, 14)])},
    "valid": {3: np.stack([digit(20)]), 7: np.stack([digit(30), digit(31)])},
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def files_of(home) -> list[str]:
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


def full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_staged_dataset_is_listed_only_after_it_is_published(home):
    staged = library.stage(IMAGES, "class.zip")
    assert library.names() == ()
    name = library.publish(staged)
    assert library.names() == (name,) == (staged.name,)
    assert library.index_of(name).title == "class.zip"
    assert library.index_of(name).total == 12
    assert list((home / "staging").iterdir()) == []


def test_a_published_dataset_has_the_images_that_were_read(home, tmp_path):
    images, report = own.read(zip_of(tmp_path / "class.zip", both()))
    name = library.publish(library.stage(images, report.source))
    dataset = packed.open_dataset(library.folder_of(name))
    for split in ("train", "valid"):
        for label in (3, 7):
            np.testing.assert_array_equal(dataset.split(split).of(label).numpy(), images[split][label])


def test_the_second_import_of_the_same_digits_keeps_the_first(home):
    name = library.publish(library.stage(IMAGES, "class.zip"))
    before = (library.folder_of(name) / packed.INDEX).stat()
    assert library.publish(library.stage(IMAGES, "the same again.zip")) == name
    assert (library.folder_of(name) / packed.INDEX).stat() == before
    assert list((home / "staging").iterdir()) == []


def test_other_digits_or_other_labels_give_another_name(home):
    swapped = {split: {3: stacks[7], 7: stacks[3]} for split, stacks in IMAGES.items()}
    assert library.stage(IMAGES, "a").name != library.stage(swapped, "a").name


def test_several_imports_at_once_produce_one_complete_dataset(home):
    names, staged = [], [library.stage(IMAGES, "class.zip") for _ in range(6)]
    threads = [threading.Thread(target=lambda one=one: names.append(library.publish(one))) for one in staged]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(names)) == 1
    assert len(names) == 6
    packed.open_dataset(library.folder_of(names[0]))
    assert {path.split("/")[1] for path in files_of(home)} == {names[0]}


@pytest.mark.parametrize("damage", ["index", "pixels", "short", "gone"])
def test_a_damaged_dataset_is_replaced_by_importing_it_again(home, damage):
    name = library.publish(library.stage(IMAGES, "class.zip"))
    folder = library.folder_of(name)
    pixels = folder / packed.PACKED / "train-3.bin"
    raw = bytearray(pixels.read_bytes())
    raw[100] ^= 1
    if damage == "index":
        (folder / packed.INDEX).write_text("{}")
    elif damage == "pixels":
        pixels.write_bytes(raw)
    elif damage == "short":
        pixels.write_bytes(raw[:-1])
    else:
        pixels.unlink()
    with pytest.raises(DatasetError, match="damaged"):
        packed.open_dataset(folder)
    assert library.publish(library.stage(IMAGES, "class.zip")) == name
    packed.open_dataset(folder)


def test_a_full_disk_while_staging_is_reported_and_leaves_nothing(home, monkeypatch):
    monkeypatch.setattr(packed, "write", full)
    with pytest.raises(DatasetError) as caught:
        library.stage(IMAGES, "class.zip")
    assert is_one_sentence(str(caught.value))
    assert "full" in str(caught.value)
    assert files_of(home) == []
    assert list((home / "staging").iterdir()) == []


def test_a_full_disk_while_publishing_changes_nothing(home, monkeypatch):
    staged = library.stage(IMAGES, "class.zip")
    before = files_of(home)
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", full)
        with pytest.raises(DatasetError, match="full"):
            library.publish(staged)
    assert files_of(home) == before
    assert library.names() == ()
    assert library.publish(staged) in library.names()


def test_publishing_a_staged_dataset_that_is_gone_is_one_sentence(home):
    staged = library.stage(IMAGES, "class.zip")
    library.discard(staged)
    with pytest.raises(DatasetError) as caught:
        library.publish(staged)
    assert is_one_sentence(str(caught.value))
    assert library.names() == ()


def test_staged_datasets_are_removed_after_a_day_and_not_before(home):
    old, new = library.stage(IMAGES, "a"), library.stage(IMAGES, "b")
    long_ago = time.time() - atomic.LEFTOVER_S - 60
    os.utime(old.folder, (long_ago, long_ago))
    (home / "staging" / "old.zip").write_bytes(b"x")
    os.utime(home / "staging" / "old.zip", (long_ago, long_ago))
    library.stage(IMAGES, "c")
    assert not old.folder.exists()
    assert not (home / "staging" / "old.zip").exists()
    assert new.folder.exists()


def age(folder, days: float) -> None:
    long_ago = time.time() - days * 24 * 3600
    os.utime(folder, (long_ago, long_ago))


def test_what_nobody_has_used_for_thirty_days_is_removed_but_for_mnist_and_what_sessions_begin_with(home, monkeypatch):
    other = {split: {3: stacks[7], 7: stacks[3]} for split, stacks in IMAGES.items()}
    third = {split: {2: stacks[7], 7: stacks[3]} for split, stacks in IMAGES.items()}
    old, kept, new = (library.publish(library.stage(images, "class.zip")) for images in (IMAGES, other, third))
    library.publish(library.stage(IMAGES, "all", library.MNIST))
    damaged, stranger = home / "datasets" / "own-0123456789abcdef", home / "datasets" / "stranger"
    for folder in (damaged, stranger):
        folder.mkdir()
    for folder in (damaged, stranger, *map(library.folder_of, (old, kept, library.MNIST))):
        age(folder, 31)
    age(library.folder_of(new), 29)
    monkeypatch.setenv(library.FIRST, kept)
    assert sorted(library.remove_unused()) == sorted([old, damaged.name])
    assert {*library.names()} == {library.MNIST, kept, new}
    assert stranger.exists()
    monkeypatch.setenv(library.DAYS, "28")
    assert library.remove_unused() == [new]


@pytest.mark.parametrize("days", ["", "0", "-1", "x", "9" * 5000])
def test_a_number_of_days_that_makes_no_sense_is_thirty(monkeypatch, days):
    monkeypatch.setenv(library.DAYS, days)
    assert library.kept_days() == 30


def test_use_is_recorded_once_an_hour(home):
    name = library.publish(library.stage(IMAGES, "class.zip"))
    age(library.folder_of(name), 10)
    library.mark_used(name)
    first = library.last_used(name)
    assert time.time() - first < 600
    library.mark_used(name)
    assert library.last_used(name) == first
    library.mark_used("own-0123456789abcdef")  # which has been removed


def test_what_is_staged_is_cleared_by_the_clock_without_another_import(home):
    old, new = library.stage(IMAGES, "a"), library.stage(IMAGES, "b")
    age(old.folder, 1.1)
    library.clear_staging()
    assert not old.folder.exists()
    assert new.folder.exists()


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc", "own-", "own-XYZ", "mnist-5000", "own-0123456789abcdef/..", "\0"]
)
def test_an_invalid_name_has_no_folder_and_no_index(home, name):
    with pytest.raises(ValueError, match=r".*"):
        library.folder_of(name)
    assert library.index_of(name) is None


def test_all_of_mnist_is_listed_first_and_other_folders_are_ignored(home):
    own_name = library.publish(library.stage(IMAGES, "class.zip"))
    library.publish(library.stage(IMAGES, "all", library.MNIST))
    (home / "datasets" / "stranger").mkdir()
    (home / "datasets" / "own-0123456789abcdef").mkdir()  # a folder that holds nothing
    assert library.names() == (library.MNIST, own_name)

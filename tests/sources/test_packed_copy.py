"""The packed copy of a folder of PNG files is only a cache: the PNG files are right, whatever is wrong with it."""

import errno
import os
import pickle
import resource
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.dataset import DatasetError, read_dataset
from sources.packed import read_pngs
from tests.pictures import assert_holds, random_pixels, write_folder


@pytest.fixture
def pixels() -> dict[tuple[str, int], np.ndarray]:
    return random_pixels()


@pytest.fixture
def folder(tmp_path, pixels) -> Path:
    write_folder(tmp_path / "digits", pixels)
    return tmp_path / "digits"


def garble_unnoticed(path: Path) -> None:
    """Spoil a file but keep its size and time, so that only someone who opens it can tell."""
    before = path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def garble_all_unnoticed(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        garble_unnoticed(path)


def test_the_second_reading_opens_no_png(folder, pixels):
    read_pngs(folder)
    garble_all_unnoticed(folder)
    assert_holds(read_pngs(folder), pixels)
    with pytest.raises(DatasetError):
        read_dataset(folder)


def test_an_edited_picture_is_noticed(folder, pixels):
    read_pngs(folder)
    pixels["train", 7][1] = 255 - pixels["train", 7][1]
    Image.fromarray(pixels["train", 7][1]).save(folder / "train" / "7" / "01.png")
    assert_holds(read_pngs(folder), pixels)


def test_a_change_that_keeps_the_size_of_a_file_is_noticed_by_its_time(folder):
    path = folder / "train" / "7" / "01.png"
    read_pngs(folder)
    garble_unnoticed(path)
    os.utime(path, (1, 1))
    with pytest.raises(DatasetError):
        read_pngs(folder)


def test_an_added_and_a_removed_picture_are_noticed(folder, pixels):
    read_pngs(folder)
    (folder / "train" / "3" / "00.png").unlink()
    new = np.full((1, 28, 28), 9, np.uint8)
    Image.fromarray(new[0]).save(folder / "train" / "3" / "99.png")
    pixels["train", 3] = np.concatenate([pixels["train", 3][1:], new])
    dataset = read_pngs(folder)
    assert_holds(dataset, pixels)
    assert dataset.train.paths_of(3)[-1].name == "99.png"


def test_renaming_pictures_changes_their_order(folder, pixels):
    read_pngs(folder)
    (folder / "train" / "3" / "00.png").rename(folder / "train" / "3" / "99.png")
    pixels["train", 3] = np.roll(pixels["train", 3], -1, axis=0)
    assert_holds(read_pngs(folder), pixels)


class Trap:
    """An object that leaves a mark when it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def packed_copies(folder: Path) -> list[Path]:
    """Return the packed copies beside a dataset."""
    return [path for path in (folder / ".packed").iterdir() if path.is_file()]


STAMP = 64  # bytes at the start of a packed copy; the pixels follow

BAD_PACKED = {
    "empty": lambda path, good: path.write_bytes(b""),
    "noise": lambda path, good: path.write_bytes(bytes(range(256)) * 9),
    "truncated": lambda path, good: path.write_bytes(good[:-600]),
    "too long": lambda path, good: path.write_bytes(good + b"\0"),
    "stale": lambda path, good: path.write_bytes(b"f" * STAMP + bytes(len(good) - STAMP)),
    "without a stamp": lambda path, good: path.write_bytes(bytes(len(good))),
    "without images": lambda path, good: path.write_bytes(good[:STAMP]),
    "one image short": lambda path, good: path.write_bytes(good[:STAMP] + bytes(len(good) - STAMP - 28 * 28)),
    "some pixels flipped": lambda path, good: path.write_bytes(good[:-300] + bytes(255 - b for b in good[-300:])),
    "a folder": lambda path, good: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("spoil", BAD_PACKED.values(), ids=BAD_PACKED)
def test_a_wrong_packed_copy_is_not_used(folder, pixels, spoil):
    read_pngs(folder)
    assert packed_copies(folder)
    for path in packed_copies(folder):
        spoil(path, path.read_bytes())
    assert_holds(read_pngs(folder), pixels)


@pytest.mark.parametrize("kind", ["noise", "truncated", "stale"])
def test_a_wrong_packed_copy_is_replaced(folder, pixels, kind):
    read_pngs(folder)
    for path in packed_copies(folder):
        BAD_PACKED[kind](path, path.read_bytes())
    read_pngs(folder)
    garble_all_unnoticed(folder)
    assert_holds(read_pngs(folder), pixels)


def test_nothing_pickled_in_a_packed_copy_is_ever_run(folder, pixels, tmp_path):
    read_pngs(folder)
    mark = tmp_path / "it-was-run"
    for path in packed_copies(folder):
        path.write_bytes(pickle.dumps(Trap(mark)))
    assert_holds(read_pngs(folder), pixels)
    assert not mark.exists()


def test_the_digits_are_read_even_if_no_packed_copy_can_be_written(folder, pixels):
    (folder / ".packed").write_text("a file in the place of the folder")
    for _ in range(2):
        assert_holds(read_pngs(folder), pixels)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize(("module", "call"), [(tempfile, "mkstemp"), (os, "replace")])
def test_a_read_only_folder_costs_only_the_packed_copy(folder, pixels, monkeypatch, module, call, number):
    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(module, call, refuse)
        assert_holds(read_pngs(folder), pixels)
    assert list((folder / ".packed").iterdir()) == []  # no half-written file is left behind


def test_a_full_disk_costs_only_the_packed_copy(folder, pixels):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))  # bytes a file: less than one image
    try:
        dataset = read_pngs(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_holds(dataset, pixels)
    assert list((folder / ".packed").iterdir()) == []
    assert_holds(read_pngs(folder), pixels)


def test_many_readers_at_once_all_read_the_same(folder, pixels):
    with ThreadPoolExecutor(8) as pool:
        for dataset in pool.map(lambda _: read_pngs(folder), range(16)):
            assert_holds(dataset, pixels)
    assert all(path.suffix == ".bin" for path in packed_copies(folder))

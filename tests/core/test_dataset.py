"""A folder of digits becomes tensors; whatever is wrong with the folder becomes one sentence."""

import errno
import os
import pickle
import resource
import shutil
import struct
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from core.dataset import DatasetError, find_digits, list_images, open_image, open_images, read_dataset

COUNTS = {("train", 3): 4, ("train", 5): 2, ("train", 7): 3, ("valid", 3): 2, ("valid", 5): 1, ("valid", 7): 1}


@pytest.fixture
def pixels() -> dict[tuple[str, int], np.ndarray]:
    """Random images: {(split, label): (n, 28, 28) uint8}."""
    rng = np.random.default_rng(0)
    return {key: rng.integers(0, 256, (n, 28, 28), dtype=np.uint8) for key, n in COUNTS.items()}


@pytest.fixture
def folder(tmp_path, pixels) -> Path:
    """The same images as PNG files in the train/valid layout."""
    for (split, label), images in pixels.items():
        target = tmp_path / "digits" / split / str(label)
        target.mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(target / f"{number:02}.png")
    return tmp_path / "digits"


def assert_holds(dataset, pixels) -> None:
    """Assert that the dataset has exactly these images."""
    for (split, label), images in pixels.items():
        np.testing.assert_array_equal(dataset.split(split).of(label).numpy(), images)


def assert_one_sentence(error: DatasetError, path: Path) -> None:
    """Assert that the error names the path and is a single line that ends as a sentence does."""
    assert str(path) in str(error)
    assert str(error).endswith(".")
    assert "\n" not in str(error)
    assert error.path == path


# Reading


def test_images_come_sorted_by_label_and_file_name(folder, pixels):
    dataset = read_dataset(folder)
    assert dataset.digits == (3, 5, 7)
    for split in ("train", "valid"):
        held = dataset.split(split)
        np.testing.assert_array_equal(held.images.numpy(), np.concatenate([pixels[split, d] for d in (3, 5, 7)]))
        np.testing.assert_array_equal(held.labels.numpy(), np.repeat([3, 5, 7], [COUNTS[split, d] for d in (3, 5, 7)]))
        assert held.images.dtype == torch.uint8
        assert held.labels.dtype == torch.int64


def test_each_image_is_the_content_of_its_path(folder):
    dataset = read_dataset(folder)
    for split, label in COUNTS:
        held = dataset.split(split)
        assert held.count(label) == len(held.of(label)) == len(held.paths_of(label)) == COUNTS[split, label]
        assert [held.path_of(label, number) for number in range(held.count(label))] == [*held.paths_of(label)]
        with pytest.raises(IndexError):
            held.path_of(label, held.count(label))
        for image, path in zip(held.of(label), held.paths_of(label), strict=True):
            assert path.parent == folder / split / str(label)
            np.testing.assert_array_equal(image.numpy(), np.asarray(Image.open(path)))


def test_the_images_of_one_digit_are_a_view_that_copies_nothing(folder):
    train = read_dataset(folder).train
    memory = train.images.untyped_storage().data_ptr()
    assert all(train.of(digit).untyped_storage().data_ptr() == memory for digit in (3, 5, 7))


def test_only_the_digits_asked_for_are_read_in_ascending_order(folder, pixels):
    shutil.rmtree(folder / "train" / "5")
    dataset = read_dataset(folder, (7, 3, 7))
    assert dataset.digits == (3, 7)
    assert_holds(dataset, {key: images for key, images in pixels.items() if key[1] != 5})


@pytest.mark.parametrize("digits", [(), (3,), (3, 3), (3, 10), (-1, 3), tuple(range(11))])
def test_anything_but_two_to_ten_digits_is_refused(folder, digits):
    with pytest.raises(DatasetError):
        read_dataset(folder, digits)


def test_other_files_are_left_alone_and_png_may_be_written_in_capitals(folder, pixels):
    (folder / "train" / "3" / "notes.txt").write_text("no picture")
    (folder / "train" / "notes").mkdir()
    (folder / "train" / "3" / "00.png").rename(folder / "train" / "3" / "00.PNG")
    assert_holds(read_dataset(folder), pixels)


def test_digits_are_found_in_either_split(tmp_path):
    for name in ("train/9", "valid/0", "train/4", "valid/4", "train/12", "train/x"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "train" / "1").write_text("a file is no label folder")
    assert find_digits(tmp_path) == (0, 4, 9)


def test_only_files_that_meet_the_condition_are_opened(folder, pixels):
    paths = read_dataset(folder).train.paths_of(3)
    images = open_images(paths, lambda path: path.name != "01.png")
    np.testing.assert_array_equal(torch.stack(images).numpy(), pixels["train", 3][[0, 2, 3]])
    assert open_images(paths, lambda path: False) == []


# Bad folders


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(DatasetError) as caught:
        read_dataset(tmp_path / "nowhere")
    assert_one_sentence(caught.value, tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["train/3", "valid/7"])
@pytest.mark.parametrize("kind", ["missing", "empty", "a file"])
def test_a_label_folder_that_holds_no_images_is_named(folder, name, kind):
    shutil.rmtree(folder / name)
    if kind == "empty":
        (folder / name).mkdir()
    if kind == "a file":
        (folder / name).write_text("no folder")
    with pytest.raises(DatasetError) as caught:
        read_dataset(folder, (3, 7))
    assert_one_sentence(caught.value, folder / name)


# Bad pictures


def enormous_png() -> bytes:
    """Return a PNG file that says that it is 60,000 x 60,000 pixels, but holds none."""
    png = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    for kind, content in ((b"IHDR", header), (b"IDAT", zlib.compress(b""))):
        png += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return png


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


BAD_PICTURES = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("This is no PNG."),
    "truncated": truncated,
    "a PNG header and nothing else": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"),
    "noise after the header": lambda path: path.write_bytes(path.read_bytes()[:60] + bytes(range(256))),
    "too wide": lambda path: Image.new("L", (29, 28)).save(path),
    "too small": lambda path: Image.new("L", (1, 1)).save(path),
    "enormous": lambda path: path.write_bytes(enormous_png()),
    "colour": lambda path: Image.new("RGB", (28, 28)).save(path),
    "colour with transparency": lambda path: Image.new("RGBA", (28, 28)).save(path),
    "grey with transparency": lambda path: Image.new("LA", (28, 28)).save(path),
    "palette": lambda path: Image.new("P", (28, 28)).save(path),
    "black or white": lambda path: Image.new("1", (28, 28)).save(path),
    "sixteen bits": lambda path: Image.new("I;16", (28, 28)).save(path),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("spoil", BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_a_bad_picture_is_named_in_one_sentence(folder, spoil):
    path = folder / "train" / "3" / "01.png"
    spoil(path)
    for read in (lambda: open_image(path), lambda: open_images((path,), lambda _: True), lambda: read_dataset(folder)):
        with pytest.raises(DatasetError) as caught:
            read()
        assert_one_sentence(caught.value, path)


def test_a_missing_picture_is_named_in_one_sentence(folder):
    with pytest.raises(DatasetError, match="missing") as caught:
        open_image(folder / "train" / "3" / "99.png")
    assert_one_sentence(caught.value, folder / "train" / "3" / "99.png")


def test_a_link_to_nowhere_is_named_as_the_picture_that_is_missing(folder):
    path = folder / "train" / "3" / "01.png"
    path.unlink()
    path.symlink_to(folder / "nowhere.png")
    with pytest.raises(DatasetError) as caught:
        read_dataset(folder)
    assert_one_sentence(caught.value, path)


@pytest.fixture(scope="module")
def some_png(tmp_path_factory) -> Path:
    """A file for a test that overwrites it again and again."""
    return tmp_path_factory.mktemp("damaged") / "some.png"


@given(st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=40))
@example(16, 13, b"")
def test_a_png_damaged_anywhere_is_an_image_or_a_dataset_error(some_png, place, lost, put):
    image = np.random.default_rng(1).integers(0, 256, (28, 28), dtype=np.uint8)
    Image.fromarray(image).save(some_png)
    whole = some_png.read_bytes()
    place %= len(whole)
    some_png.write_bytes(whole[:place] + put + whole[place + lost :])
    try:
        opened = open_image(some_png)
    except DatasetError:
        return
    assert opened.shape == (28, 28)
    assert opened.dtype == torch.uint8


# The packed copy


def garble_unnoticed(path: Path) -> None:
    """Spoil a file but keep its size and time, so that only someone who opens it can tell."""
    before = path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def garble_all_unnoticed(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        garble_unnoticed(path)


def test_the_second_reading_opens_no_png(folder, pixels):
    read_dataset(folder)
    garble_all_unnoticed(folder)
    assert_holds(read_dataset(folder), pixels)
    with pytest.raises(DatasetError):
        read_dataset(folder, packed=False)


def test_without_the_packed_copy_nothing_is_written(folder, pixels):
    before = sorted(folder.rglob("*"))
    assert_holds(read_dataset(folder, packed=False), pixels)
    assert sorted(folder.rglob("*")) == before


def test_an_edited_picture_is_noticed(folder, pixels):
    read_dataset(folder)
    pixels["train", 7][1] = 255 - pixels["train", 7][1]
    Image.fromarray(pixels["train", 7][1]).save(folder / "train" / "7" / "01.png")
    assert_holds(read_dataset(folder), pixels)


def test_a_change_that_keeps_the_size_of_a_file_is_noticed_by_its_time(folder):
    path = folder / "train" / "7" / "01.png"
    read_dataset(folder)
    garble_unnoticed(path)
    os.utime(path, (1, 1))
    with pytest.raises(DatasetError):
        read_dataset(folder)


def test_an_added_and_a_removed_picture_are_noticed(folder, pixels):
    read_dataset(folder)
    (folder / "train" / "3" / "00.png").unlink()
    new = np.full((1, 28, 28), 9, np.uint8)
    Image.fromarray(new[0]).save(folder / "train" / "3" / "99.png")
    pixels["train", 3] = np.concatenate([pixels["train", 3][1:], new])
    dataset = read_dataset(folder)
    assert_holds(dataset, pixels)
    assert dataset.train.paths_of(3)[-1].name == "99.png"


def test_renaming_pictures_changes_their_order(folder, pixels):
    read_dataset(folder)
    (folder / "train" / "3" / "00.png").rename(folder / "train" / "3" / "99.png")
    pixels["train", 3] = np.roll(pixels["train", 3], -1, axis=0)
    assert_holds(read_dataset(folder), pixels)


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
    "a folder": lambda path, good: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("spoil", BAD_PACKED.values(), ids=BAD_PACKED)
def test_whatever_is_wrong_with_the_packed_copy_the_png_files_are_right(folder, pixels, spoil):
    read_dataset(folder)
    assert packed_copies(folder)
    for path in packed_copies(folder):
        spoil(path, path.read_bytes())
    assert_holds(read_dataset(folder), pixels)


@pytest.mark.parametrize("kind", ["noise", "truncated", "stale"])
def test_a_bad_packed_copy_is_replaced_by_a_good_one(folder, pixels, kind):
    read_dataset(folder)
    for path in packed_copies(folder):
        BAD_PACKED[kind](path, path.read_bytes())
    read_dataset(folder)
    garble_all_unnoticed(folder)
    assert_holds(read_dataset(folder), pixels)


def test_nothing_pickled_in_a_packed_copy_is_ever_run(folder, pixels, tmp_path):
    read_dataset(folder)
    mark = tmp_path / "it-was-run"
    for path in packed_copies(folder):
        path.write_bytes(pickle.dumps(Trap(mark)))
    assert_holds(read_dataset(folder), pixels)
    assert not mark.exists()


def test_where_no_packed_copy_can_be_kept_the_digits_are_read_all_the_same(folder, pixels):
    (folder / ".packed").write_text("a file in the place of the folder")
    for _ in range(2):
        assert_holds(read_dataset(folder), pixels)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize(("module", "call"), [(tempfile, "mkstemp"), (os, "replace")])
def test_a_read_only_folder_costs_only_the_packed_copy(folder, pixels, monkeypatch, module, call, number):
    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(module, call, refuse)
        assert_holds(read_dataset(folder), pixels)
    assert list((folder / ".packed").iterdir()) == []  # no half-written file is left behind


def test_a_disk_that_is_full_before_the_packed_copy_is_written_costs_only_that(folder, pixels):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))  # bytes a file: less than one image
    try:
        dataset = read_dataset(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_holds(dataset, pixels)
    assert list((folder / ".packed").iterdir()) == []
    assert_holds(read_dataset(folder), pixels)


def test_many_readers_at_once_all_read_the_same(folder, pixels):
    with ThreadPoolExecutor(8) as pool:
        for dataset in pool.map(lambda _: read_dataset(folder), range(16)):
            assert_holds(dataset, pixels)
    assert all(path.suffix == ".bin" for path in packed_copies(folder))


def test_a_listing_gives_names_and_sizes(folder):
    listing = list_images(folder / "train" / "3")
    assert listing.names == ("00.png", "01.png", "02.png", "03.png")
    assert [size for size, _ in listing.stats] == [(folder / "train" / "3" / n).stat().st_size for n in listing.names]

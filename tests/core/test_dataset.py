"""A folder of digits becomes tensors; whatever is wrong with the folder becomes one sentence."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from core.dataset import DatasetError, find_digits, list_images, open_image, open_images, read_dataset
from tests.pictures import COUNTS, assert_holds, hollow_png, random_pixels, write_folder


@pytest.fixture
def pixels() -> dict[tuple[str, int], np.ndarray]:
    return random_pixels()


@pytest.fixture
def folder(tmp_path, pixels) -> Path:
    write_folder(tmp_path / "digits", pixels)
    return tmp_path / "digits"


def assert_one_sentence(error: DatasetError, path: Path) -> None:
    """Assert that the error names the end of the path alone, in a single line that ends as a sentence does."""
    assert path.name in str(error)
    assert str(path.anchor + path.parts[1]) not in str(error)  # a page shows it
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


def test_each_image_is_the_content_of_its_file(folder):
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


def test_the_images_of_one_digit_are_a_view(folder):
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


def test_other_files_are_ignored_and_png_may_be_in_capitals(folder, pixels):
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
    "enormous": lambda path: path.write_bytes(hollow_png(60_000, 60_000)),
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


def test_a_broken_link_is_named_as_the_missing_picture(folder):
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


# Listings


def test_a_listing_gives_names_and_sizes(folder):
    listing = list_images(folder / "train" / "3")
    assert listing.names == ("00.png", "01.png", "02.png", "03.png")
    assert [size for size, _ in listing.stats] == [(folder / "train" / "3" / n).stat().st_size for n in listing.names]


def test_reading_writes_nothing(folder, pixels):
    before = sorted(folder.rglob("*"))
    assert_holds(read_dataset(folder), pixels)
    assert sorted(folder.rglob("*")) == before

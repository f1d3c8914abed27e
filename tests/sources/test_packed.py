"""Packed digits: read as they were written, or refused; their PNG files are written when needed."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.dataset import DatasetError, list_images, open_image, read_dataset, read_images
from live.data_source import DataSource
from sources import packed

RNG = np.random.default_rng(7)
COUNTS = {"train": {2: 12, 5: 3, 9: 7}, "valid": {2: 4, 5: 2, 9: 1}}
IMAGES = {
    split: {label: RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8) for label, n in counts.items()}
    for split, counts in COUNTS.items()
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "digits").mkdir()
    packed.write(tmp_path / "digits", IMAGES, "some digits")
    return tmp_path / "digits"


def test_what_is_written_is_read_back(folder):
    dataset = packed.open_dataset(folder)
    assert dataset.digits == (2, 5, 9)
    for name, labels in IMAGES.items():
        split = dataset.split(name)
        assert split.labels.tolist() == [label for label, stack in labels.items() for _ in stack]
        for label, stack in labels.items():
            np.testing.assert_array_equal(split.of(label).numpy(), stack)
            assert split.count(label) == len(stack) == len(split.paths_of(label))


def test_only_some_of_the_digits_are_read(folder):
    dataset = packed.open_dataset(folder, (9, 2))
    assert dataset.digits == (2, 9)
    np.testing.assert_array_equal(dataset.valid.images.numpy(), np.concatenate([IMAGES["valid"][d] for d in (2, 9)]))
    for digits in ((2,), (2, 3)):
        with pytest.raises(DatasetError):
            packed.open_dataset(folder, digits)


def test_the_pixels_are_those_of_the_png_files_as_core_reads_them(built_in_folder):
    assert (
        packed.open_dataset(built_in_folder, (3, 7)).train.images == read_dataset(built_in_folder, (3, 7)).train.images
    ).all()


def test_workers_read_packed_digits_by_their_folder(folder):
    data = DataSource(str(folder), (2, 9)).load()
    np.testing.assert_array_equal(
        data.train_x.numpy(), np.concatenate([IMAGES["train"][d] for d in (2, 9)]).reshape(-1, 784)
    )
    assert data.valid_y.tolist() == [0] * 4 + [1]


def test_the_png_files_of_a_label_have_its_packed_pixels(folder):
    dataset = packed.open_dataset(folder)
    path = dataset.train.paths_of(5)[1]
    with pytest.raises(DatasetError) as missing:
        open_image(path)
    packed.write_pngs(folder, missing.value.path)
    np.testing.assert_array_equal(open_image(path).numpy(), IMAGES["train"][5][1])
    assert [file.name for file in folder.rglob("*.png")] == ["0001.png"]  # which was all that was needed
    packed.write_pngs(folder, path.parent)
    listing = list_images(folder / "train" / "5")
    assert listing.names == ("0000.png", "0001.png", "0002.png")
    np.testing.assert_array_equal(read_images(listing), IMAGES["train"][5])
    assert sorted(p.name for p in folder.iterdir()) == [packed.PACKED, packed.INDEX, "train"]


def test_damaged_png_files_are_written_again(folder):
    label = folder / "train" / "2"
    packed.write_pngs(folder, label)
    (label / "0003.png").write_text("no picture")
    (label / "0004.png").unlink()
    packed.write_pngs(folder, label / "0003.png")
    np.testing.assert_array_equal(open_image(label / "0003.png").numpy(), IMAGES["train"][2][3])
    packed.write_pngs(folder, label)
    np.testing.assert_array_equal(
        np.stack([np.asarray(Image.open(p)) for p in sorted(label.iterdir())]), IMAGES["train"][2]
    )


@pytest.mark.parametrize(
    "place",
    ["train/3", "train", "elsewhere/2", "train/x", "../digits", "train/2/0012.png", "train/2/x.png", "train/2/x/y"],
)
def test_no_files_are_written_for_a_label_that_the_dataset_lacks(folder, place):
    with pytest.raises(DatasetError):
        packed.write_pngs(folder, folder / place)


def test_a_label_has_its_files_when_all_of_them_are_there(folder):
    label = folder / "train" / "2"
    assert not packed.has_pngs(folder, label)
    packed.write_pngs(folder, label / "0003.png")
    assert packed.has_pngs(folder, label / "0003.png")
    assert not packed.has_pngs(folder, label / "0004.png")
    assert not packed.has_pngs(folder, label)
    packed.write_pngs(folder, label)
    assert packed.has_pngs(folder, label)
    (label / "0000.png").unlink()
    assert not packed.has_pngs(folder, label)


@pytest.mark.parametrize("what", ["missing", "a folder of PNG files"])
def test_a_folder_without_an_index_is_refused(tmp_path, what):
    if what != "missing":
        (tmp_path / "digits" / "train" / "3").mkdir(parents=True)
    with pytest.raises(DatasetError):
        packed.open_dataset(tmp_path / "digits")


def test_names_sort_as_their_numbers_do_however_many_there_are():
    names = list(packed._names(10_001))
    assert names == sorted(names)
    assert names[-1] == "10000.png"


def test_the_hash_depends_on_the_content_alone(tmp_path):
    sums = set()
    for number, title in enumerate(("a", "b")):
        (tmp_path / str(number)).mkdir()
        sums.add(packed.write(tmp_path / str(number), IMAGES, title))
    assert len(sums) == 1


@given(st.integers(0, 64 + 3 * 784 - 1), st.integers(1, 255))
def test_one_wrong_byte_is_never_read_as_digits(tmp_path_factory, place, by):
    folder = tmp_path_factory.mktemp("packed")
    packed.write(folder, IMAGES, "x")
    file = folder / packed.PACKED / "train-5.bin"
    raw = bytearray(file.read_bytes())
    raw[place] ^= by
    file.write_bytes(raw)
    with pytest.raises(DatasetError, match="damaged"):
        packed.open_dataset(folder)


GOOD = {"version": 1, "title": "x", "counts": {"train": {"3": 1, "7": 1}, "valid": {"3": 1, "7": 1}}}
BAD = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    json.dumps({**GOOD, "version": 2}),
    json.dumps({**GOOD, "counts": {}}),
    json.dumps({**GOOD, "counts": {"train": {"3": 1, "7": 1}, "valid": {"3": 1}}}),
    json.dumps({**GOOD, "counts": {"train": {"3": 1, "x": 1}, "valid": {"3": 1, "x": 1}}}),
    json.dumps({**GOOD, "counts": {"train": {"3": 1, "12": 1}, "valid": {"3": 1, "12": 1}}}),
    json.dumps({**GOOD, "counts": {"train": {"3": 1, "7": -1}, "valid": {"3": 1, "7": 1}}}),
    json.dumps({**GOOD, "counts": {"train": {"3": 1, "7": 0}, "valid": {"3": 1, "7": 1}}}),
    json.dumps({**GOOD, "counts": {"train": {"3": 1}, "valid": {"3": 1}}}),
    json.dumps({"title": "x", "counts": GOOD["counts"]}),
    "[" * 100_000,
]


@pytest.mark.parametrize("index", BAD, ids=range(len(BAD)))
def test_an_invalid_index_is_one_sentence(folder, index):
    (folder / packed.INDEX).write_text(index)
    with pytest.raises(DatasetError, match=r"damaged[^\n]*\.$"):
        packed.open_dataset(folder)


def test_an_index_that_claims_too_many_images_allocates_no_memory(folder):
    counts = {"train": {"2": 10**9, "5": 3, "9": 7}, "valid": {"2": 4, "5": 2, "9": 1}}
    (folder / packed.INDEX).write_text(json.dumps({**GOOD, "counts": counts}))
    with pytest.raises(DatasetError, match="damaged"):
        packed.open_dataset(folder)

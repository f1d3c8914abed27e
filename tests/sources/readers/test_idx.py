"""IDX files, written here by hand byte by byte."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.dataset import DatasetError
from sources.readers.idx import read_idx, read_mnist

SOME = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 7, 5, 3] * 5, dtype=np.uint8)
NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "valid": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


def header(*shape: int) -> bytes:
    """Two zeros, 8 for unsigned bytes, the rank, then each size as four bytes, the highest first."""
    return bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)


def idx(array: np.ndarray) -> bytes:
    return header(*array.shape) + array.tobytes()


def write_mnist(folder: Path, split: str, images: bytes, labels: bytes) -> None:
    for name, content in zip(NAMES[split], (images, labels), strict=True):
        (folder / name).write_bytes(content)


@pytest.fixture(scope="module")
def some_file(tmp_path_factory) -> Path:
    """A file for tests that overwrite it again and again."""
    return tmp_path_factory.mktemp("idx") / "some-file"


@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=4, min_side=0, max_side=5)), st.booleans())
def test_what_is_written_is_read_back_plain_or_compressed(some_file, array, compressed):
    path = some_file.with_suffix(".gz" if compressed else ".plain")
    path.write_bytes(gzip.compress(idx(array)) if compressed else idx(array))
    read = read_idx(path)
    assert read.dtype == np.uint8
    assert read.shape == array.shape
    np.testing.assert_array_equal(read, array)


def test_a_file_by_hand(tmp_path):
    (tmp_path / "file").write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60]))
    assert read_idx(tmp_path / "file").tolist() == [[10, 20, 30], [40, 50, 60]]


BAD = {
    "empty": b"",
    "three bytes": b"\0\0\x08",
    "text": b"This is no IDX file.",
    "the wrong magic": b"\1" + idx(SOME)[1:],
    "floats": b"\0\0\x0d" + idx(SOME)[3:],
    "compressed once more than its name says": gzip.compress(idx(SOME)),
    "half a header": header(20, 28, 28)[:10],
    "nothing but a header": header(20, 28, 28),
    "one byte short": idx(SOME)[:-1],
    "one byte long": idx(SOME) + b"\0",
    "a header that promises too much": header(2**32 - 1, 2**32 - 1, 2**32 - 1) + SOME.tobytes(),
    "a header that promises nothing": header(0, 28, 28) + SOME.tobytes(),
    "no axis and no value": header(),
    "no axis and one value": header() + b"\5",
    "a hundred axes": header(*[1] * 100) + b"\5",
    "nothing of an impossible size": header(0, 2**32 - 1, 2**32 - 1),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gz"])
def test_a_bad_file_is_named_in_one_sentence(tmp_path, content, compressed):
    path = tmp_path / ("file.gz" if compressed else "file")
    path.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DatasetError) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path.name} ")
    assert caught.value.path == path
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


whole = gzip.compress(idx(SOME))
BAD_GZ = {
    "empty": b"",
    "not compressed": idx(SOME),
    "truncated": whole[:-3000],
    "without its checksum": whole[:-8],
    "a wrong checksum": whole[:-8] + b"abcd" + whole[-4:],
    "noise after the header": whole[:10] + b"\xff" * 2000,
    "noise in the middle": whole[:5000] + b"\xff" * 5000 + whole[10000:],
}


@pytest.mark.parametrize("content", BAD_GZ.values(), ids=BAD_GZ)
def test_a_damaged_compressed_file_is_named_in_one_sentence(tmp_path, content):
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"file\.gz [^\n]*\.$"):
        read_idx(path)


@given(st.integers(0, len(whole) - 1), st.integers(0, 255))
def test_one_wrong_byte_in_a_compressed_file_never_gives_wrong_numbers(some_file, place, value):
    path = some_file.with_suffix(".gz")
    path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
    try:
        read = read_idx(path)
    except DatasetError:
        return
    np.testing.assert_array_equal(read, SOME)


def test_a_missing_file_and_a_folder_are_named_in_one_sentence(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("folder", "nowhere", "nowhere.gz"):
        with pytest.raises(DatasetError, match=name):
            read_idx(tmp_path / name)


@pytest.mark.parametrize("split", ["train", "valid"])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gz"])
def test_images_are_sorted_by_their_labels_in_file_order(tmp_path, split, compressed):
    write_mnist(tmp_path, split, idx(SOME), idx(LABELS))
    if compressed:
        for name in NAMES[split]:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
            (tmp_path / name).unlink()
    read = read_mnist(tmp_path, split, (7, 3, 9))
    assert list(read) == [7, 3, 9]
    np.testing.assert_array_equal(read[3], SOME[[0, 3, 4, 7, 8, 11, 12, 15, 16, 19]])
    np.testing.assert_array_equal(read[7], SOME[[1, 5, 9, 13, 17]])
    assert read[9].shape == (0, 28, 28)
    assert all(images.dtype == np.uint8 for images in read.values())


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (SOME, LABELS[:-1]),
        (SOME[:-1], LABELS),
        (SOME[:, 1:], LABELS),
        (SOME[0], LABELS),
        (SOME, SOME[0]),
        (LABELS, SOME),
    ],
)
def test_images_and_labels_that_do_not_fit_each_other_are_refused(tmp_path, images, labels):
    write_mnist(tmp_path, "train", idx(images), idx(labels))
    with pytest.raises(DatasetError, match=r"don't fit each other\.$"):
        read_mnist(tmp_path, "train", (3, 7))


@pytest.mark.parametrize("place", [0, 1])
def test_a_folder_without_one_of_the_files_says_which(tmp_path, place):
    write_mnist(tmp_path, "train", idx(SOME), idx(LABELS))
    (tmp_path / NAMES["train"][place]).unlink()
    with pytest.raises(DatasetError, match=NAMES["train"][place]):
        read_mnist(tmp_path, "train", (3, 7))


edits = st.lists(st.tuples(st.integers(0, len(idx(SOME)) - 1), st.integers(0, 255)), max_size=6)


@settings(max_examples=1000)
@given(edits, st.integers(0, len(idx(SOME)) + 20), st.binary(max_size=20), st.booleans())
def test_a_file_with_wrong_bytes_or_another_length_is_read_or_refused(some_file, changes, length, more, in_header):
    raw = bytearray(idx(SOME))
    for place, value in changes:
        raw[place % 20 if in_header else place] = value  # its header is where most can go wrong
    some_file.write_bytes(bytes(raw[:length]) + more)
    try:
        read = read_idx(some_file)
    except DatasetError as problem:
        sentence = str(problem)
    else:
        sentence = f"{read.size == len(raw[:length] + more) - 4 - 4 * read.ndim} values were read."
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not sentence.startswith("False")


def test_a_compressed_file_that_unpacks_to_gigabytes_is_refused_at_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("sources.readers.idx.MOST_BYTES", 10_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(header(2**31) + bytes(2_000_000)))
    with pytest.raises(DatasetError, match=r"bomb\.gz unpacks to more than"):
        read_idx(tmp_path / "bomb.gz")


def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "train-images-idx3-ubyte")
    with pytest.raises(DatasetError, match="no file"):
        read_idx(tmp_path / "train-images-idx3-ubyte")

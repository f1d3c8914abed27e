"""Broken or malicious zips: one plain sentence, no file anywhere, and no crash for any bytes."""

import io
import os
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset import DatasetError
from sources.readers import archive, own
from sources.readers.picture import NoDigit
from tests.sources.own_digits import both, digit, is_one_sentence, left_out, png, why_not, zip_of


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "class.zip"


@pytest.mark.parametrize(
    "name",
    [
        "../train/3/x.png",
        "train/../../3/x.png",
        "/etc/train/3/x.png",
        "C:/train/3/x.png",
        "..\\train\\3\\x.png",
        "\\\\host\\train\\3\\x.png",
    ],
)
def test_a_zip_with_a_name_that_leads_out_of_it_is_refused_and_writes_nothing(path, name):
    zip_of(path, both() | {name: png(digit(1))})
    assert "leads out of it" in why_not(path)
    assert os.listdir(path.parent) == [path.name]


def test_a_zip_with_a_link_is_refused(path):
    zip_of(path, both())
    with zipfile.ZipFile(path, "a") as out:
        link = zipfile.ZipInfo("train/3/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, "/etc/passwd")
    assert "link" in why_not(path)


def test_an_encrypted_zip_is_refused(path):
    zip_of(path, both())
    raw = bytearray(path.read_bytes())
    place = raw.find(archive.ENTRY)
    while place >= 0:
        raw[place + 8] |= 1  # the flag in the list of files
        place = raw.find(archive.ENTRY, place + 1)
    path.write_bytes(raw)
    assert "encrypted" in why_not(path)


def test_a_zip_within_a_zip_is_left_out_and_reported(path):
    inner = zip_of(path.parent / "inner.zip", both()).read_bytes()
    zip_of(path, both() | {"train/3/more.zip": inner})
    _, report = own.read(path)
    assert left_out(report) == {"train/3/more.zip": "is a zip within"}


def test_a_zip_with_only_a_zip_in_it_is_refused_for_that_reason(path):
    inner = zip_of(path.parent / "inner.zip", both()).read_bytes()
    assert "a zip within" in why_not(zip_of(path, {"digits.zip": inner}))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_zip_is_refused(path, share):
    raw = zip_of(path, both()).read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    assert "part of one" in why_not(path) or "empty" in why_not(path)


def test_an_empty_zip_is_refused(path):
    assert "no pictures" in why_not(zip_of(path, {}))
    path.write_bytes(b"")
    assert "empty" in why_not(path)


def test_a_zip_of_empty_folders_is_refused(path):
    assert "no pictures" in why_not(zip_of(path, {"train/3/": b"", "train/7/": b""}))


def test_a_zip_of_300_000_entries_is_refused_before_its_directory_is_read(path, monkeypatch):
    entry = archive.ENTRY + bytes(42)
    path.write_bytes(entry * 300_000 + b"PK\5\6" + bytes(18))  # its end says that it has none
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the list was read"))
    assert "100,000 files" in why_not(path)


def test_a_small_zip_that_unpacks_to_gigabytes_is_refused_at_200_mb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for number in range(6):
            packed.writestr(f"train/3/{number}.png", bytes(50_000_000))
    assert path.stat().st_size < 2_000_000
    read = []
    files = archive.ZipFiles(path, "class.zip")
    with pytest.raises(DatasetError, match="200 MB"):
        read += [len(files.read(place)) for place in range(6)]
    assert sum(read) <= archive.MOST_BYTES
    files.close()


def test_a_zip_with_wrong_sizes_in_its_header_is_limited_by_its_real_bytes(path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000)
    zip_of(path, {f"train/{number % 2}/{number}.png": bytes(9_000) for number in range(5)})
    raw = path.read_bytes().replace(struct.pack("<L", 9_000), struct.pack("<L", 100))  # in both headers
    path.write_bytes(raw)
    files = archive.ZipFiles(path, "class.zip")
    for place in range(5):
        with suppress(NoDigit):
            assert len(files.read(place)) <= 100
    files.close()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_could_unpack_to_gigabytes_in_one_step_is_not_used(path, compression):
    zip_of(path, both())
    with zipfile.ZipFile(path, "a", compression) as out:
        out.writestr("train/3/bomb.png", bytes(50_000_000))
    _, report = own.read(path)
    assert left_out(report) == {"train/3/bomb.png": "is compressed in an unusual way"}


def test_only_the_damaged_file_of_a_zip_is_left_out(path):
    files = both()
    raw = bytearray(zip_of(path, files, zipfile.ZIP_STORED).read_bytes())
    place = raw.find(files["train/7/2.png"])
    raw[place + 20] ^= 255
    path.write_bytes(raw)
    _, report = own.read(path)
    assert left_out(report) == {"train/7/2.png": "is damaged within the zip"}
    assert report.read == 13


def test_system_files_are_ignored(path):
    files = both() | dict.fromkeys(
        [
            "__MACOSX/train/3/._0.png",
            "__MACOSX/._train",
            "train/.DS_Store",
            "train/3/Thumbs.db",
            "desktop.ini",
            "train/3/._1.png",
            ".git/config",
        ],
        b"x",
    )
    _, report = own.read(zip_of(path, files))
    assert report.notes == []
    assert report.remarks == ["Passed over, as systems leave them in folders: 7."]


@pytest.mark.parametrize(
    "name",
    [
        "Клас 7/train/3/три.png",
        "クラス/train/3/三.png",
        "my class/train/3/a b c.png",
        "train/3/é\u0301.png",
        "train/3/" + "x" * 240 + ".png",
        "train/3/-rf *.png",
        "train/3/[x](y) `z` $a$.PNG",
        "TRAIN/3/x.JPEG",
    ],
)
def test_names_in_other_scripts_with_spaces_and_signs_are_read(path, name):
    kind = "JPEG" if name.endswith("JPEG") else "PNG"
    _, report = own.read(zip_of(path, both() | {name: png(digit(77), kind)}))
    assert left_out(report) == {}
    assert report.counts["train"][3] == 6


def test_a_file_name_can_not_break_a_line_or_control_a_terminal(path):
    _, report = own.read(zip_of(path, both() | {"train/3/\x1b[2J\n\r\u202ex.txt": b"x"}))
    assert all(line.isprintable() for line in report.lines(every=True))
    assert len(left_out(report)) == 1


def test_a_folder_is_read_like_a_zip_of_it_without_its_links(tmp_path, path):
    for name, content in both().items():
        (tmp_path / "digits" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "digits" / name).write_bytes(content)
    os.symlink("/etc/passwd", tmp_path / "digits" / "train" / "3" / "link.png")
    from_folder, report = own.read(tmp_path / "digits")
    from_zip, _ = own.read(zip_of(path, both()))
    assert left_out(report) == {"train/3/link.png": "is a link, or no file"}
    for split in ("train", "valid"):
        for label in (3, 7):
            assert (from_folder[split][label] == from_zip[split][label]).all()


# Whatever bytes there are


@pytest.fixture(scope="module")
def some_zip(tmp_path_factory) -> Path:
    """A file for tests that overwrite it again and again, in a folder of its own."""
    return tmp_path_factory.mktemp("fuzz") / "some.zip"


def _raw() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in list(both().items())[::3]:
            packed.writestr(name, content)
    return out.getvalue()


RAW = _raw()
places = st.integers(0, len(RAW) - 1)
edits = st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


def read_or_refuse(path: Path, raw: bytes) -> None:
    """Read it: digits of the right shape, or one sentence, and nothing beside it on the disk."""
    path.write_bytes(raw)
    try:
        images, report = own.read(path)
    except DatasetError as problem:
        refused = is_one_sentence(str(problem))
    else:
        refused = None
        for split, counts in report.counts.items():
            assert {label: stack.shape for label, stack in images[split].items()} == {
                label: (count, 28, 28) for label, count in counts.items()
            }
    assert refused in (None, True)
    assert os.listdir(path.parent) == [path.name]


@settings(max_examples=1000)
@given(edits)
def test_a_zip_with_wrong_bytes_is_read_or_refused(some_zip, changes):
    raw = bytearray(RAW)
    for place, value in changes:
        raw[place] = value
    read_or_refuse(some_zip, bytes(raw))


@settings(max_examples=300)
@given(places, places, st.binary(max_size=30))
def test_a_zip_that_is_cut_and_spliced_is_read_or_refused(some_zip, start, end, between):
    read_or_refuse(some_zip, RAW[:start] + between + RAW[end:])


@settings(max_examples=100)
@given(st.dictionaries(names, st.binary(max_size=60), max_size=5))
def test_a_zip_of_any_names_and_contents_is_read_or_refused(some_zip, files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    read_or_refuse(some_zip, out.getvalue())


def damage_sums(path: Path) -> None:
    """Write a wrong CRC-32 for each entry, so that its damage is found after its last byte."""
    raw = bytearray(path.read_bytes())
    place = raw.find(archive.ENTRY)
    while place >= 0:
        raw[place + 16] ^= 1
        place = raw.find(archive.ENTRY, place + 1)
    path.write_bytes(raw)


def test_bytes_of_damaged_files_count_towards_the_limit(path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000_000)
    zip_of(path, {f"train/3/{number}.png": bytes(2_000_000) for number in range(20)})
    damage_sums(path)
    assert "unpacks to more than 10 MB" in why_not(path)


def test_a_file_that_is_larger_than_any_picture_is_left_out(path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILE_BYTES", 1_000_000)
    _, report = own.read(zip_of(path, both() | {"train/3/large.png": bytes(1_000_001)}))
    assert left_out(report) == {"train/3/large.png": "has more than 1 MB"}

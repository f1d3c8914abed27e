"""A user's own digits: what is accepted, what is changed, and what is left out and why."""

import time
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.dataset import DatasetError
from core.drawing.normalise import go_through, ink_of
from sources.readers import own, picture
from sources.readers.picture import CONVERTED, EVENED, INVERTED, RESIZED
from sources.report import LEFT_OUT, Report
from tests.core.drawing.test_photo import jpeg_with_odd_exif
from tests.sources.own_digits import both, changed, digit, left_out, png, some, why_not, zip_of
from tests.sources.readers.test_idx import LABELS, SOME, idx, write_mnist


@pytest.fixture
def read(tmp_path):
    """Return a function that reads files, given by name, as a zip."""
    return lambda files: own.read(zip_of(tmp_path / "class.zip", files))


def test_pictures_like_mnists_are_read_unchanged(read):
    images, report = read(both())
    assert report.counts == {"train": {3: 5, 7: 5}, "valid": {3: 2, 7: 2}}
    assert (report.notes, report.remarks) == ([], [])
    np.testing.assert_array_equal(images["train"][7], [digit(7000 + n) for n in range(5)])
    np.testing.assert_array_equal(images["valid"][3], [digit(3100 + n) for n in range(2)])


@pytest.mark.parametrize("before", ["", "class 7b/", "a/b/c/"])
@pytest.mark.parametrize("words", [("train", "valid"), ("Training", "Validation"), ("train", "test")])
def test_folders_around_the_layout_and_other_words_for_it_are_understood(read, before, words):
    files = {before + name.replace("train", words[0]).replace("valid", words[1]): raw for name, raw in both().items()}
    assert read(files)[1].counts == {"train": {3: 5, 7: 5}, "valid": {3: 2, 7: 2}}


@pytest.mark.parametrize("split", ["train/", "valid/", ""])
def test_without_one_of_the_folders_a_fifth_is_set_aside_by_a_seed_and_reported(read, split):
    files = {f"{split}{name.removeprefix('train/')}": raw for name, raw in some(count=20).items()}
    images, report = read(files)
    assert report.counts == {"train": {3: 16, 7: 16}, "valid": {3: 4, 7: 4}}
    (remark,) = report.remarks
    assert "20%" in remark
    assert "fixed seed" in remark
    together = {image.tobytes() for split in images.values() for stack in split.values() for image in stack}
    assert len(together) == 40  # none is in both
    again, _ = read(files)
    assert all((again[s][label] == images[s][label]).all() for s in images for label in (3, 7))


def test_a_label_in_only_one_folder_is_split_and_reported(read):
    _, report = read(both() | some(labels="5", count=10))
    assert report.counts == {"train": {3: 5, 5: 8, 7: 5}, "valid": {3: 2, 5: 2, 7: 2}}
    assert any("Label 5" in remark and "2 of its 10" in remark for remark in report.remarks)


def test_a_label_with_one_image_is_left_out_and_reported(read):
    _, report = read(both() | some(labels="5", count=1))
    assert 5 not in report.counts["train"]
    assert any("Label 5" in remark for remark in report.remarks)


@given(st.integers(2, 300))
def test_both_parts_of_a_split_by_seed_have_images_and_nothing_in_common(count):
    stack = np.arange(count * 784).reshape(-1, 28, 28)
    train, valid = own.split_by_seed(stack)
    assert len(train) >= 1
    assert len(valid) == max(1, round(count / 5))
    np.testing.assert_array_equal(np.sort(np.concatenate([train, valid])[:, 0, 0]), stack[:, 0, 0])


# What is changed, and said


def test_dark_on_light_is_detected_at_the_border_inverted_and_reported(read):
    files = both() | {f"train/3/i{n}.png": png(255 - digit(50 + n)) for n in range(3)}
    images, report = read(files)
    assert changed(report) == {f"train/3/i{n}.png": INVERTED for n in range(3)}
    np.testing.assert_array_equal(images["train"][3][-3:], [digit(50 + n) for n in range(3)])


@pytest.mark.parametrize("size", [(100, 140), (28, 29), (14, 14), (640, 480)], ids=str)
def test_any_size_is_converted_to_28_by_28_as_on_the_draw_page_and_reported(read, size):
    large = np.asarray(Image.fromarray(digit(5)).resize(size, Image.Resampling.BICUBIC))
    images, report = read(both() | {"train/3/large.png": png(255 - large)})
    assert changed(report) == {"train/3/large.png": f"{INVERTED}; {RESIZED}"}
    paper = np.dstack([255 - large] * 3 + [np.full_like(large, 255)])  # as the canvas gives it
    np.testing.assert_array_equal(images["train"][3][-1], go_through(ink_of(paper)).digit)


def test_jpeg_is_read_and_rotated_by_its_exif_orientation(read):
    image = np.zeros((120, 80), np.uint8)
    image[10:110, 30:40] = 255  # a one
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90 degrees to see it upright
    lying = Image.fromarray(image).rotate(90, expand=True)
    images, report = read(both() | {"train/3/phone.jpg": png(lying, "JPEG", exif=exif, quality=95)})
    assert changed(report) == {"train/3/phone.jpg": RESIZED}
    rows, columns = np.nonzero(images["train"][3][-1] > 128)
    assert np.ptp(rows) > 3 * np.ptp(columns)


def test_grey_paper_with_noise_is_evened_so_that_only_ink_is_left(read):
    rng = np.random.default_rng(3)
    clean = np.asarray(Image.fromarray(digit(5)).resize((112, 112), Image.Resampling.NEAREST)).astype(float)
    scan = (215 - 0.7 * clean + rng.normal(0, 5, clean.shape)).clip(0, 255).astype(np.uint8)
    images, report = read(both() | {"train/3/scan.png": png(scan)})
    assert changed(report) == {"train/3/scan.png": f"{INVERTED}; {EVENED}; {RESIZED}"}
    ink = images["train"][3][-1]
    rows, columns = np.nonzero(ink)
    assert np.ptp(rows) <= 20
    assert np.ptp(columns) <= 20
    assert ink.max() > 200


@pytest.mark.parametrize(
    ("mode", "is_said"), [("RGB", True), ("RGBA", True), ("P", True), ("1", False), ("I;16", False), ("LA", False)]
)
def test_pictures_of_other_modes_are_converted_to_grey(read, mode, is_said):
    image = np.where(digit(5) > 0, 255, 0).astype(np.uint8)
    picture_ = (
        Image.fromarray(image.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(image).convert(mode)
    )
    images, report = read(both() | {"train/3/x.png": png(picture_)})
    assert changed(report) == ({"train/3/x.png": CONVERTED} if is_said else {})
    np.testing.assert_array_equal(images["train"][3][-1], image)


def test_transparent_pixels_are_paper(read):
    image = np.zeros((28, 28, 4), np.uint8)  # black, and all of it transparent
    image[8:20, 12:16, 3] = 255
    images, _ = read(both() | {"train/3/x.png": png(Image.fromarray(image))})
    np.testing.assert_array_equal(images["train"][3][-1], image[..., 3])


def test_cmyk_jpeg_is_read(read):
    picture_ = Image.fromarray(np.dstack([255 - digit(5)] * 3)).convert("CMYK")
    _, report = read(both() | {"train/3/x.jpg": png(picture_, "JPEG")})
    assert CONVERTED in changed(report)["train/3/x.jpg"]


# What is left out, and why


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("train/three/x.png", png(digit(1)), "its folder 'three' is no label from 0 to 9"),
        ("train/10/x.png", png(digit(1)), "its folder '10' is no label from 0 to 9"),
        ("train/٣/x.png", png(digit(1)), "its folder '٣' is no label from 0 to 9"),
        ("train/x.png", png(digit(1)), "its folder 'train' is no label from 0 to 9"),
        ("x.png", png(digit(1)), "is in no label folder"),
        ("train/3/x.txt", b"text", "is no PNG or JPEG file"),
        ("train/3/x.png", b"", "can't be read as a picture"),
        ("train/3/x.png", b"no picture", "can't be read as a picture"),
        ("train/3/x.png", png(digit(1))[:-40], "can't be read as a picture"),
        ("train/3/x.png", png(digit(1), "GIF"), "can't be read as a picture"),
        ("train/3/x.jpg", jpeg_with_odd_exif(), "can't be read as a picture"),
        ("train/3/x.png", png(np.zeros((28, 28), np.uint8)), "has no ink"),
        ("train/3/x.png", png(np.full((28, 28), 255, np.uint8)), "has no ink"),
        ("train/3/x.png", png(np.full((90, 60), 200, np.uint8)), "has no ink"),
        ("train/3/x.png", png(np.zeros((1, 1), np.uint8)), "has no ink"),
        ("train/3/x.png", png(digit(3000)), "the same image is there twice"),
    ],
)
def test_a_file_without_a_digit_is_left_out_with_its_reason(read, name, content, why):
    images, report = read(both() | {name: content})
    assert left_out(report) == {name: why}
    assert len(images["train"][3]) == 5


@pytest.mark.parametrize(
    ("size", "why"),
    [((5000, 4000), "has more than 16 million pixels"), ((30000, 30000), "can't be read as a picture")],
    ids=str,
)
def test_a_picture_that_is_too_large_is_left_out_with_its_reason(read, size, why):
    images, report = read(both() | {"train/3/x.png": png(Image.new("1", size))})
    assert left_out(report) == {"train/3/x.png": why}
    assert len(images["train"][3]) == 5


def test_an_image_that_decodes_to_nothing_is_left_out(read):
    empty = png(digit(1)).replace((28).to_bytes(4, "big") * 2, bytes(8))  # of no width and no height
    assert "train/3/x.png" in left_out(read(both() | {"train/3/x.png": empty})[1])


def test_one_image_under_two_labels_is_left_out_of_both(read):
    files = both() | {"train/7/other.png": png(digit(3000)), "valid/7/again.png": png(digit(3000))}
    images, report = read(files)
    assert set(left_out(report)) == {"train/3/0.png", "train/7/other.png", "valid/7/again.png"}
    assert set(left_out(report).values()) == {"the same image stands under two labels"}
    assert report.counts == {"train": {3: 4, 7: 5}, "valid": {3: 2, 7: 2}}
    assert digit(3000).tobytes() not in [image.tobytes() for image in images["train"][3]]


def test_a_validation_image_that_is_also_a_training_image_is_left_out(read):
    _, report = read(both() | {"valid/3/x.png": png(digit(3001))})
    assert left_out(report) == {"valid/3/x.png": "the same image is there twice"}


def test_pictures_too_large_in_all_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(own, "MOST_ALL_PIXELS", 10 * 784)
    assert "too large" in why_not(zip_of(tmp_path / "class.zip", both()))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (some(labels="3"), ["two labels"]),
        (
            {name.replace("/3/", "/three/").replace("/7/", "/seven/"): raw for name, raw in both().items()},
            ["14 files were left out", "seven"],
        ),
        (dict.fromkeys(both(), b"no picture"), ["14 files were left out", "can't be read as a picture"]),
    ],
)
def test_digits_that_can_not_be_used_are_refused_with_the_main_reason(tmp_path, files, words):
    sentence = why_not(zip_of(tmp_path / "class.zip", files))
    assert all(word in sentence for word in words)


@pytest.mark.parametrize("name", ["nowhere", "no\0path", "x" * 5000])
def test_a_path_that_leads_nowhere_is_refused(tmp_path, name):
    assert why_not(tmp_path / name)


def test_a_file_that_is_no_zip_and_an_empty_folder_are_refused(tmp_path):
    (tmp_path / "file.zip").write_text("no zip")
    (tmp_path / "folder").mkdir()
    assert "file.zip" in why_not(tmp_path / "file.zip")
    assert "no pictures" in why_not(tmp_path / "folder")


def test_progress_goes_from_0_to_1(tmp_path):
    shares = []
    own.read(zip_of(tmp_path / "class.zip", some(count=150)), lambda share, text: shares.append(share))
    assert shares == sorted(shares)
    assert len(shares) >= 4
    assert shares[0] == 0
    assert shares[-1] <= 1


# IDX files


@pytest.mark.parametrize("by", ["folder", "file"])
def test_idx_files_are_read_by_their_folder_or_one_of_them(tmp_path, by):
    for split in ("train", "valid"):
        write_mnist(tmp_path, split, idx(SOME), idx(LABELS))
    images, report = own.read(tmp_path if by == "folder" else tmp_path / "t10k-labels-idx1-ubyte")
    assert report.counts["train"] == {3: 10, 5: 5, 7: 5}
    np.testing.assert_array_equal(images["valid"][7], SOME[LABELS == 7])


def test_idx_files_of_one_split_are_split_by_seed_and_reported(tmp_path):
    write_mnist(tmp_path, "train", idx(SOME), idx(LABELS))
    _, report = own.read(tmp_path)
    assert report.counts == {"train": {3: 8, 5: 4, 7: 4}, "valid": {3: 2, 5: 1, 7: 1}}
    assert len(report.remarks) == 1


def test_idx_labels_above_9_are_left_out_and_reported(tmp_path):
    for split in ("train", "valid"):
        write_mnist(tmp_path, split, idx(SOME), idx(np.where(LABELS == 5, 25, LABELS).astype(np.uint8)))
    _, report = own.read(tmp_path)
    assert report.counts["train"] == {3: 10, 7: 5}
    assert "5 train images have labels above 9 and were left out." in report.remarks


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (idx(SOME)[1:], idx(LABELS)),
        (idx(SOME)[:-1], idx(LABELS)),
        (idx(SOME), idx(LABELS)[:-1]),
        (idx(SOME), idx(LABELS[:-1])),
        (idx(SOME[:, 1:]), idx(LABELS)),
        (b"", b""),
    ],
)
def test_idx_files_that_are_cut_short_or_do_not_fit_are_refused(tmp_path, images, labels):
    write_mnist(tmp_path, "train", images, labels)
    write_mnist(tmp_path, "valid", idx(SOME), idx(LABELS))
    assert str(tmp_path) not in why_not(tmp_path)


def test_the_limits_are_the_documented_ones():
    from sources.readers import archive

    assert (archive.MOST_FILES, archive.MOST_BYTES) == (100_000, 200_000_000)
    assert picture.MOST_PIXELS == 16_000_000
    assert zipfile.ZIP_DEFLATED in archive.USUAL


# Work


def computing_seconds(function) -> float:
    """Return how long a call computes, which a busy machine hardly changes; the shorter of two calls."""
    took = []
    for _ in range(2):
        began = time.process_time()
        function()
        took.append(time.process_time() - began)
    return min(took)


def test_many_images_under_two_labels_take_linear_time(tmp_path):
    def read(path) -> None:
        with pytest.raises(DatasetError):
            own.read(path)

    took = []
    for count in (750, 3000):
        pairs = {f"train/{label}/{n}.png": png(255 - digit(n)) for n in range(count) for label in (3, 7)}
        path = zip_of(tmp_path / f"{count}.zip", pairs)
        took.append(computing_seconds(lambda path=path: read(path)))
    assert took[1] < 9 * took[0]  # 16 times, if it is quadratic


def test_a_report_on_many_folders_takes_linear_time():
    def report_on(count: int) -> None:
        report = Report("class.zip")
        for number in range(count):
            report.note(f"{number}/x.png", LEFT_OUT, f"its folder '{number}' is no label from 0 to 9")
        assert len(report.lines()) > 2 * count

    assert computing_seconds(lambda: report_on(8000)) < 9 * computing_seconds(lambda: report_on(2000))


def test_reading_ends_with_a_sentence_when_its_time_is_over(tmp_path, monkeypatch):
    monkeypatch.setattr(own, "SECONDS", -1)
    assert "to read" in why_not(zip_of(tmp_path / "class.zip", both()))


def test_a_jpeg_of_very_many_scans_is_left_out(read):
    scans = png(digit(1), "JPEG", progressive=True)
    start = scans.index(picture.SCAN)
    many = scans[:start] + scans[start : scans.index(picture.SCAN, start + 1)] * 1500 + scans[start:]
    assert "scans" in left_out(read(both() | {"train/3/x.jpg": many})[1])["train/3/x.jpg"]


def test_a_zip_with_one_picture_of_a_label_is_not_said_to_hold_none(tmp_path):
    sentence = why_not(zip_of(tmp_path / "class.zip", some(labels="3", count=1)))
    assert "no pictures" not in sentence
    assert "two labels" in sentence


def test_one_file_that_is_left_out_is_counted_as_one(tmp_path):
    assert "1 file was left out" in why_not(zip_of(tmp_path / "class.zip", {"train/3/x.png": b"x"}))

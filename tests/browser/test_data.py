"""The Data page in a real browser: a zip is uploaded, and two visitors see the progress of one download."""

import os
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.dataset import SPLITS
from sources import __main__ as command
from sources import builtin
from tests.sources.mirror import Mirror
from tests.sources.own_digits import png, zip_of
from tests.sources.published import publish


@pytest.fixture
def place(built_in_folder, tmp_path):
    """A cache folder of this test's own."""
    shutil.copytree(built_in_folder, tmp_path / "home" / builtin.NAME, copy_function=os.link)
    return tmp_path / "home"


@pytest.fixture
def scans(built_in_folder, tmp_path):
    """A zip of scans: dark on grey paper, four times as large."""
    files = {}
    for label in (3, 7):
        for path in sorted((built_in_folder / "train" / str(label)).glob("*.png"))[:15]:
            large = Image.open(path).resize((112, 112), Image.Resampling.BICUBIC)
            scan = (220 - 0.8 * np.asarray(large).astype(float)).astype(np.uint8)
            files[f"Our class/{label}/{path.stem}.jpg"] = png(scan, "JPEG", quality=95)
    return zip_of(tmp_path / "our class.zip", files)


@pytest.fixture
def slow_mirror(built_in_folder, tmp_path, monkeypatch):
    """A mirror of a few digits with a slow connection."""
    stacks = {
        split: {
            digit: np.stack([np.asarray(Image.open(path)) for path in sorted((folder / str(digit)).iterdir())[:20]])
            for digit in range(10)
        }
        for split in SPLITS
        if (folder := built_in_folder / split)
    }
    sums = tmp_path / "sums"
    files = publish(stacks, sums)
    with Mirror(files, speed=40_000) as mirror:
        monkeypatch.setenv(command.MIRRORS, mirror.url)
        monkeypatch.setenv(command.SUMS, str(sums))
        yield mirror


def test_a_zip_is_uploaded_while_two_visitors_see_one_download(visitors, serve, place, scans, slow_mirror):
    with serve(place, THREE_OR_SEVEN_WORKERS="1") as app:
        first, second = visitors(app.url), visitors(app.url, viewport={"width": 390, "height": 844})
        one, other = first.open("data", "Data"), second.open("data", "Data")
        one.get_by_role("button", name="Download it").click()
        expect(one.get_by_test_id("stProgress")).to_contain_text("of 0.3 MB", timeout=60_000)
        other.reload()
        expect(other.get_by_test_id("stProgress")).to_contain_text("of 0.3 MB", timeout=60_000)
        one.set_input_files("input[type=file]", scans)
        one.get_by_role("button", name="Use these digits").click(timeout=60_000)
        first.rest("Data")
        assert "dataset=own-" in one.url
        slow_mirror.speed = None  # the rest comes at once
        expect(other.locator(".st-key-use_mnist-70000")).to_be_visible(timeout=60_000)
        expect(one.locator(".st-key-use_mnist-70000")).to_be_visible(timeout=60_000)
        assert len(slow_mirror.asked) == 4
        page = first.switch("Distance")
        assert "dataset=own-" in page.url
        assert first.specimen() == "valid/3/0002.png"
        other.locator(".st-key-use_mnist-70000 button").click()
        second.rest("Data")
        assert "dataset=mnist-70000" in other.url
        assert page.get_by_test_id("stAlertContentError").all_inner_texts() == []
        first.leave()
        second.leave()
        assert "Traceback" not in app.log.read_text(errors="replace")


def test_a_zip_of_90_megabytes_is_uploaded_and_answered(visitor, tmp_path):
    large = {"train/3/x.png": bytes(90_000_000), "train/7/y.png": b"no picture"}
    page = visitor.open("data", "Data")
    page.set_input_files("input[type=file]", zip_of(tmp_path / "large.zip", large, zipfile.ZIP_STORED))
    answer = page.get_by_test_id("stAlertContentError")
    expect(answer).to_contain_text("pictures of at least two labels", timeout=60_000)
    expect(page.get_by_test_id("stMain")).to_contain_text("has more than 50 MB")

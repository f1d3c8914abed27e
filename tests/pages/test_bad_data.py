"""Bad data: each problem with the folder of digits is reported in one sentence, and the app keeps working."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.dataset import SPLITS
from live.weights_file import FOLDER as CLASSIFIERS
from sources import builtin, packed
from sources.home import VARIABLE
from sources.packed import PACKED
from tests.pages.visitor import PAGES, recognised

pytestmark = pytest.mark.usefixtures("fresh_server")


def write_text(path):
    path.unlink()  # a hard link: to write to it would change the file of all tests
    path.write_bytes(b"not a picture")


def write_too_large_a_png(path):
    path.unlink()
    Image.new("L", (29, 28)).save(path)


def remove_its_folder(path):
    shutil.rmtree(path.parent)


def empty_its_folder(path):
    for file in path.parent.iterdir():
        file.unlink()


@pytest.fixture
def digits_folder(own_home, shared_home):
    """The built-in digits of this test's own, with their PNG files."""
    folder = own_home / builtin.NAME
    for split in SPLITS:
        (folder / split).unlink()  # a link to the folder of all tests
        shutil.copytree(shared_home / builtin.NAME / split, folder / split, copy_function=os.link)
    return folder


def is_intact(path) -> bool:
    with Image.open(path) as img:
        return img.mode == "L" and img.size == (28, 28) and np.asarray(img).any()


@pytest.mark.parametrize("damage", [write_text, remove_its_folder])
def test_damaged_pixels_are_repaired_at_the_start_and_reported(digits_folder, anywhere, damage):
    path = digits_folder / PACKED / "train-4.bin"
    whole = path.read_bytes()
    damage(path)
    visitor = anywhere()
    (sentence,) = visitor.said("info")
    assert "damaged" in sentence
    assert "unpacked again" in sentence
    assert str(digits_folder) not in sentence
    assert visitor.said("error") == visitor.said("warning") == []
    assert path.read_bytes() == whole


def test_a_file_damaged_while_the_app_runs_is_repaired_and_reported(digits_folder, anywhere, mnist):
    visitor = anywhere("pixels", digit="7", number="12")
    path = digits_folder / "valid" / "7" / "0012.png"
    assert visitor.said("info") == []
    write_too_large_a_png(path)
    visitor.run()
    assert any("damaged" in one and "0012.png" in one for one in visitor.said("info"))
    assert visitor.said("error") == []
    assert is_intact(path)
    (picture,) = visitor.pictures("The specimen:")
    assert recognised(picture, mnist["valid", 7]) == 12


def test_a_label_folder_emptied_while_the_app_runs_is_filled_again(digits_folder, anywhere):
    visitor = anywhere("data")
    empty_its_folder(digits_folder / "train" / "3" / "0000.png")
    visitor.run()
    assert visitor.said("error") == visitor.said("warning") == []
    assert len(list((digits_folder / "train" / "3").iterdir())) == 400


def test_files_are_written_only_when_a_page_shows_them(empty_home, anywhere):
    visitor = anywhere("distance")
    assert list(empty_home.glob("mnist-5000/*/*/*.png")) == []
    visitor.open("tensors")
    assert {path.parent.name for path in empty_home.glob("mnist-5000/*/*/*.png")} == {"3"}
    assert visitor.said("error") == visitor.said("info") == []


@pytest.mark.parametrize("condition", ["every file", "files larger than"])
def test_files_and_pixels_that_are_both_damaged_are_repaired_together(digits_folder, anywhere, condition):
    anywhere("home")
    path = digits_folder / "train" / "3" / "0111.png"
    write_text(path)
    path.parent.joinpath("0112.png").unlink()
    write_text(digits_folder / PACKED / "train-3.bin")
    assert anywhere("tensors", condition=condition).said("error") == []
    assert is_intact(path)


def test_a_training_file_damaged_while_the_app_runs_is_repaired_when_tensors_opens_it(digits_folder, anywhere):
    path = digits_folder / "train" / "3" / "0111.png"
    visitor = anywhere("home")
    write_text(path)
    visitor.open("tensors")
    assert any("0111.png" in one for one in visitor.said("info"))
    assert visitor.said("error") == []
    assert is_intact(path)


def test_a_cache_folder_that_cannot_be_written_is_reported_and_the_app_works(tmp_path, monkeypatch, anywhere, caplog):
    (tmp_path / "in-the-way").write_text("a plain file")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "in-the-way" / "home"))
    visitor = anywhere()
    (sentence,) = visitor.said("info")
    assert "can't be written to" in sentence
    assert str(tmp_path) not in sentence
    assert VARIABLE in sentence
    assert str(tmp_path / "in-the-way" / "home") in caplog.text  # for whoever runs the server
    for page in PAGES:
        visitor.open(page)
        assert visitor.said("error") == visitor.said("warning") == []
        assert visitor.specimen == "valid/3/0002.png"
    assert (tmp_path / "in-the-way").read_text() == "a plain file"


def raise_disk_full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def empty_home(tmp_path, monkeypatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv(VARIABLE, str(home))
    return home


@pytest.mark.parametrize(
    ("owner", "name"),
    [(Path, "write_text"), (tempfile, "mkdtemp"), (Path, "mkdir")],
    ids=["writing", "temporary folder", "making folders"],
)
def test_a_full_disk_is_reported_in_one_sentence(empty_home, anywhere, monkeypatch, owner, name):
    monkeypatch.setattr(owner, name, raise_disk_full)
    visitor = anywhere()
    (sentence,) = visitor.said("error")
    assert "full" in sentence
    assert "\n" not in sentence
    assert len(visitor.app.title) == 1


def test_every_page_reports_a_full_disk_and_works_once_there_is_room(empty_home, anywhere, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkdtemp", raise_disk_full)
        visitor = anywhere()
        for page in PAGES:
            assert len(visitor.open(page).said("error")) == 1
    assert visitor.open("distance").said("error") == []
    assert visitor.specimen == "valid/3/0002.png"
    left = {path.name for path in empty_home.iterdir()} - {CLASSIFIERS}
    assert left == {builtin.NAME}  # and no half-written folder


def test_where_only_the_cache_folder_is_full_the_app_uses_a_temporary_one(empty_home, anywhere, monkeypatch):
    rename = os.rename

    def rename_elsewhere(old, new):
        return raise_disk_full() if str(new).startswith(str(empty_home)) else rename(old, new)

    monkeypatch.setattr(os, "rename", rename_elsewhere)
    visitor = anywhere("distance")
    (sentence,) = visitor.said("info")
    assert "full" in sentence
    assert "temporary folder" in sentence
    assert visitor.said("error") == []
    assert visitor.specimen == "valid/3/0002.png"


@pytest.mark.parametrize("page", ["pixels", "tensors"])
def test_damage_that_a_full_disk_keeps_from_repair_is_reported_and_other_pages_work(
    digits_folder, anywhere, monkeypatch, page
):
    visitor = anywhere("home")
    for folder in ("train", "valid"):
        write_text(digits_folder / folder / "3" / "0002.png")
    monkeypatch.setattr(packed, "write_file", raise_disk_full)
    monkeypatch.setattr(Path, "write_bytes", raise_disk_full)
    visitor.open(page)
    assert len(visitor.said("error")) >= 1
    assert all("\n" not in sentence for sentence in visitor.said("error"))
    for other in ("home", "ideal_digits", "distance", "draw"):
        assert visitor.open(other).said("error") == []

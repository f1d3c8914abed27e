"""Files and folders appear complete or not at all, and leftovers of killed processes are removed in the end."""

import os
import time

import pytest

from sources.atomic import LEFTOVER_S, atomic_folder, write_file


def put(folder, **options) -> None:
    with atomic_folder(folder, **options) as temporary:
        (temporary / "file").write_text("new")


def left_behind(folder, name: str, seconds_ago: float):
    """Make a folder such as a process leaves that was killed some time ago."""
    path = folder / name
    path.mkdir()
    (path / "half").write_text("x")
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


@pytest.mark.parametrize("name", [".digits-abc", ".damaged-abc"])
def test_leftovers_of_a_killed_process_are_removed_after_a_day_and_not_before(tmp_path, name):
    old, new = left_behind(tmp_path, name, LEFTOVER_S + 60), left_behind(tmp_path, f"{name}d", LEFTOVER_S - 60)
    put(tmp_path / "digits")
    assert not old.exists()
    assert new.exists()


def test_other_old_folders_are_not_removed(tmp_path):
    others = [left_behind(tmp_path, name, 10 * LEFTOVER_S) for name in ("digits2", ".other-abc", "judges")]
    put(tmp_path / "digits")
    assert all((other / "half").exists() for other in others)


def test_a_folder_is_replaced_completely_and_only_on_request(tmp_path):
    folder = tmp_path / "digits"
    left_behind(tmp_path, "digits", 0)
    put(folder)
    assert os.listdir(folder) == ["half"]
    put(folder, replace=True)
    assert os.listdir(folder) == ["file"]
    assert os.listdir(tmp_path) == ["digits"]


def test_the_old_folder_is_restored_if_the_new_one_can_not_be_moved_there(tmp_path, monkeypatch):
    folder = left_behind(tmp_path, "digits", 0)
    rename = os.rename

    def refuse(source, target):
        if target == folder and os.path.basename(source).startswith(".digits-"):
            raise PermissionError("no")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PermissionError):
        put(folder, replace=True)
    assert os.listdir(folder) == ["half"]
    assert os.listdir(tmp_path) == ["digits"]


def test_a_file_is_replaced_and_its_folder_is_created(tmp_path):
    path = tmp_path / "new" / "file"
    write_file(path, b"old")
    write_file(path, b"ne", b"w")
    assert path.read_bytes() == b"new"
    assert os.listdir(path.parent) == ["file"]


def test_the_old_file_stays_if_the_new_one_can_not_be_written(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def refuse(source, target):
        raise PermissionError("no")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]
